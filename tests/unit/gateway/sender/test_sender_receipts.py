"""Read receipts with `typing…`: shown where nothing else has to go first, and never after the answer."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from prometheus_client import REGISTRY

from deploy.local.files import ROOT
from services.gateway.sender.gate import Gate
from services.gateway.sender.holds import Holds
from services.gateway.sender.receipts import LATE, MOST, Receipts
from services.gateway.store import Hold
from services.gateway.whatsapp import receipt, wamid_of

DISCOM = "receipts"


class Meta:
    """Keeps what it was asked to show; answers once it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.shown: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def mark_read(self, body: dict[str, Any]) -> str:
        self.asked.append(body["message_id"])
        await self.may_answer.wait()
        self.shown.append(body["message_id"])
        return "shown"


class Setting:
    """Receipts, and all that goes before them."""

    def __init__(self) -> None:
        self.meta = Meta()
        self.gate = Gate(80)
        self.holds = Holds(None, DISCOM)  # type: ignore[arg-type]  # no rows are asked for
        self.receipts = Receipts(self.meta, self.gate, self.holds, DISCOM)  # type: ignore[arg-type]  # a fake

    def show(self, chat: str = "chat", ago: timedelta = timedelta()) -> None:
        self.receipts.show(chat, f"wamid.{chat}", datetime.now(UTC) - ago)


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("receipts_total", {"discom": DISCOM, "outcome": outcome}) or 0.0


async def a_moment() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_body_is_metas() -> None:
    schema = json.loads((ROOT / "libs/schemas/meta/mark-read.request.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(receipt("wamid.1"))
    assert receipt("wamid.1")["typing_indicator"] == {"type": "text"}


@pytest.mark.parametrize(
    ("id", "kept"),
    [("wamid.1", "wamid.1"), ("wamid\0.1", "wamid.1"), ("", None), (None, None), (7, None), ("w" * 513, None)],
)
def test_only_what_can_be_named_again_is_kept_as_an_id(id: object, kept: str | None) -> None:
    assert wamid_of({"id": id}) == kept


async def test_whoever_waits_sees_it_once() -> None:
    it, before = Setting(), counted("shown")
    it.show()
    await a_moment()
    assert it.meta.shown == ["wamid.chat"] and counted("shown") == before + 1


async def test_a_bubble_that_goes_out_breaks_it_off() -> None:
    it, before = Setting(), counted("overtaken")
    it.meta.may_answer.clear()
    it.show()
    await a_moment()
    it.receipts.give_way("another")
    it.receipts.give_way("chat")
    it.meta.may_answer.set()
    await a_moment()
    assert it.meta.asked == ["wamid.chat"] and it.meta.shown == [] and counted("overtaken") == before + 1


async def test_a_held_number_shows_nothing() -> None:
    it, before = Setting(), counted("held")
    it.holds.seen((Hold("number", "spam"),), 0.0)
    it.show()
    await a_moment()
    assert it.meta.asked == [] and counted("held") == before + 1


async def test_a_number_that_is_asked_to_rest_rests() -> None:
    it, before = Setting(), counted("busy")
    it.gate.pause(60)
    it.show()
    await a_moment()
    assert it.meta.asked == [] and counted("busy") == before + 1


async def test_bubbles_that_wait_for_the_rate_go_first() -> None:
    it = Setting()
    it.gate = Gate(1)
    it.receipts = Receipts(it.meta, it.gate, it.holds, DISCOM)  # type: ignore[arg-type]  # a fake
    waiting = [asyncio.create_task(it.gate.enter(0)) for _ in range(3)]
    await a_moment()
    it.show()
    await a_moment()
    assert it.meta.asked == []
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_calls_are_few_and_one_per_chat() -> None:
    it = Setting()
    it.meta.may_answer.clear()
    for n in range(MOST + 5):
        it.show(str(n))
        it.show(str(n))
    await a_moment()
    assert len(it.meta.asked) == len(set(it.meta.asked)) == MOST
    it.meta.may_answer.set()
    await a_moment()
    it.show("later")
    await a_moment()
    assert it.meta.shown[-1] == "wamid.later", "room is given back"


async def test_nobody_is_told_of_what_was_asked_long_ago() -> None:
    it, before = Setting(), counted("late")
    it.show(ago=LATE + timedelta(seconds=1))
    await a_moment()
    assert it.meta.asked == [] and counted("late") == before + 1
