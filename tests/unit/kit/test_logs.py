"""Logs are one JSON object per line, name moments and ids, and quote nobody: not the words of an exception either."""

import asyncio
import gc
import io
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from libs.kit.logs import Once, Seldom, configure, log

WORDS = "मेरा नंबर 919000000017 है"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What has been logged since it was asked last, with the logging of a process that runs."""
    before, aiokafka = logging.root.handlers[:], logging.getLogger("aiokafka").level
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    configure("INFO", service="menu", role="worker")

    def read() -> list[dict[str, Any]]:
        text = written.getvalue()
        written.seek(0)
        written.truncate()
        assert WORDS not in text and "919000000017" not in text
        return [json.loads(line) for line in text.splitlines()]

    yield read
    logging.root.handlers[:] = before
    logging.getLogger("aiokafka").setLevel(aiokafka)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def fail() -> None:
    raise ValueError(WORDS)


def test_a_line_names_the_moment_and_carries_service_and_role(lines: Lines) -> None:
    log.info("delivery.parked", event_id="e", error="ZeroDivisionError at domain.py:7")
    [line] = lines()
    assert line["event"] == "delivery.parked" and line["event_id"] == "e"
    assert (line["service"], line["role"], line["level"]) == ("menu", "worker", "info")
    assert line["timestamp"].endswith("Z")


def test_an_exception_that_a_library_logs_is_named_by_its_class_only(lines: Lines) -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", WORDS)
    [line] = lines()
    assert line["error"] == "ValueError" and line["event"] == "Error handling request from %s"


async def test_a_task_that_failed_unheard_is_named_without_its_exceptions_words(lines: Lines) -> None:
    async def unheard() -> None:
        fail()

    task = asyncio.create_task(unheard())
    await asyncio.wait([task])
    del task
    gc.collect()
    await asyncio.sleep(0)
    [line] = lines()
    assert line["event"] == "Task exception was never retrieved" and line["error"] == "ValueError"


async def test_a_callback_that_failed_is_named_without_its_arguments(lines: Lines) -> None:
    def callback(words: str) -> None:
        raise ValueError(words)

    asyncio.get_running_loop().call_soon(callback, WORDS)
    await asyncio.sleep(0)
    [line] = lines()
    assert line["error"] == "ValueError" and line["event"].startswith("Exception in callback")


def test_a_library_that_repeats_itself_is_heard_once_in_ten_seconds(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    for _ in range(500):
        logging.getLogger("aiokafka.conn").error("no broker at %s", "127.0.0.1:1")
    logging.getLogger("aiokafka.conn").error("another trouble")
    assert [line["event"] for line in lines()] == ["no broker at 127.0.0.1:1", "another trouble"]
    now += 11
    logging.getLogger("aiokafka.conn").error("no broker at %s", "127.0.0.1:1")
    assert len(lines()) == 1


def test_what_lasts_is_said_once_in_ten_seconds(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    seldom = Seldom()
    for _ in range(3):
        seldom.warning("worker.waits", error="ConnectionRefusedError")
    seldom.warning("kafka.waits", error="KafkaConnectionError")
    assert [line["event"] for line in lines()] == ["worker.waits", "kafka.waits"]
    now += 11
    seldom.warning("worker.waits", error="ConnectionRefusedError")
    assert len(lines()) == 1


def test_the_filter_tells_levels_and_templates_apart() -> None:
    def record(level: int, text: str) -> logging.LogRecord:
        return logging.LogRecord("library", level, "", 0, text, None, None)

    once = Once()
    assert once.filter(record(logging.ERROR, "a")) and not once.filter(record(logging.ERROR, "a"))
    assert once.filter(record(logging.WARNING, "a")) and once.filter(record(logging.ERROR, "b"))


def test_a_library_below_warning_is_not_heard(lines: Lines) -> None:
    logging.getLogger("asyncio").info("chatter")
    logging.getLogger("aiokafka").warning("chatter")
    assert lines() == []
