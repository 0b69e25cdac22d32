"""Negative controls: with one promise taken away, the audit finds what that promise is for."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local.processes import Process
from tests.faults import faults
from tests.faults.report import Report
from tests.faults.stage import Stage
from tests.phone import Phone

pytestmark = pytest.mark.long
PATIENCE = 15.0
CONTROLS: Mapping[str, tuple[Mapping[str, str], set[str]]] = {
    "inbox": (
        {
            "gateway-router": "before_offset_commit:0.3",
            "gateway-sender": "before_offset_commit:0.3",
            "menu": "before_offset_commit:0.3",
        },
        {"twice", "doubled"},
    ),
    "sweep": ({"gateway-router": "after_commit:0.2", "menu": "after_commit:0.2"}, {"lost"}),
    "kafka-before-ack": ({"gateway-webhook": "webhook_before_kafka:0.1"}, {"lost"}),
    "ledger": ({"gateway-sender": "sender_after_call:0.1"}, {"doubled"}),
}
"""What is taken away, from whom, where these die, and what the audit must find."""


@pytest.mark.parametrize("less", CONTROLS)
async def test_the_audit_fails_without(on: Stage, report: Report, less: str) -> None:
    deaths, expected = CONTROLS[less]
    async with AsyncExitStack() as closing:
        if less == "ledger":
            # otherwise a status webhook tells what the ledger does not know
            await closing.enter_async_context(faults.whatsapp_fails(on, {"status_missing": {"rate": 1.0}}))
        async with on.crowd(people=10, per_second=10):
            for name, failpoint in deaths.items():
                await closing.enter_async_context(faults.instead(on, name, less, failpoint))
            await asyncio.sleep(15)
        for name in deaths:
            on.keeper.fixed[name] = ""
            await on.keeper.kill(name)
        await on.keeper.calm()
        found = await on.broken(PATIENCE)
    report.control(less, found)
    assert any(getattr(found, name) for name in expected), f"the audit noticed nothing: {found}"


async def test_a_woken_zombie_is_fenced_and_changes_nothing(on: Stage) -> None:
    async with _zombie_and_successor(on, "haste") as (zombie, successor):
        fenced = on.system.log("menu").read_text("utf-8").count("worker.fenced")
        os.kill(zombie, signal.SIGCONT)
        await faults.until(lambda: on.system.log("menu").read_text("utf-8").count("worker.fenced") > fenced)
        # as a member again it would do right; here it is to be seen what it did as a zombie
        await on.keeper.kill("menu")
        os.kill(successor, signal.SIGCONT)
        account = await on.account("a zombie", time.monotonic())
    assert account.clean, account.findings


async def test_without_the_epoch_a_woken_zombie_disorders_a_chat(on: Stage, report: Report) -> None:
    async with _zombie_and_successor(on, "haste,epoch") as (zombie, successor):
        os.kill(zombie, signal.SIGCONT)
        await faults.until(lambda: not on.system.children["menu"].running)
        os.kill(successor, signal.SIGCONT)
        found = await on.broken(PATIENCE)
    report.control("epoch", found)
    assert found.disordered, f"the audit noticed nothing: {found}"


@asynccontextmanager
async def _zombie_and_successor(on: Stage, less: str) -> AsyncIterator[tuple[int, int]]:
    """Two menus that sleep with the same message in hand; the second owns its partition. A newer message waits.

    The first one dies after its next commit, and is started anew only at the end.
    """
    number = f"9198{uuid4().int % 10**8:08}"
    phone = Phone(on.http, on.system.url("simulator"), number, "mvvnl")
    original = next(process for process in on.system.running if process.name == "menu")
    async with faults.instead(on, "menu", less, "after_commit:1"), on.crowd(0, 1) as crowd:
        crowd.poster.phones.add(("mvvnl", number))
        on.keeper.resting |= {"menu", "menu-2"}
        zombie = on.system.children["menu"].pid
        await phone.says("नमस्ते")
        await faults.until(lambda: asleep(zombie))
        async with _successor(on, original) as successor:
            await faults.until(lambda: asleep(successor))
            await phone.says("6")
            await asyncio.sleep(1)
            assert zombie
            yield zombie, successor
        on.keeper.resting.discard("menu")


@asynccontextmanager
async def _successor(on: Stage, original: Process) -> AsyncIterator[int]:
    """A second menu that falls asleep, too, when it has its first records in hand."""
    second = Process("menu-2", "tests.faults.without", ("haste", original.module, *original.arguments))
    await on.system.add(second)
    child = on.system.children["menu-2"]
    try:
        assert child.pid
        yield child.pid
    finally:
        await child.kill()
        del on.system.children["menu-2"]


def asleep(pid: int | None) -> bool:
    """Whether a process is stopped."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"
