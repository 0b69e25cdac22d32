"""The keeper counts deaths and sleeps apart, and starts nothing after its end."""

import asyncio
import subprocess
from types import SimpleNamespace
from typing import Any, cast

from deploy.local.system import System
from tests.faults.keeper import Keeper


def keeper_of(child: Any, delay: float = 0.0) -> Keeper:
    return Keeper(cast(System, SimpleNamespace(children={"menu": child})), delay=delay)


class Dead:
    """A child that was killed, and notes when it is started."""

    def __init__(self) -> None:
        self.running, self.code, self.output = False, -9, ""
        self.environment: dict[str, str] = {}
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        self.running = True


def test_who_is_stopped_and_woken_did_not_die() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        keeper = keeper_of(SimpleNamespace(pid=sleeper.pid))
        asyncio.run(keeper.freeze("menu", 0.01))
        sleeper.kill()
    assert keeper.sleeps == 1 and keeper.total == 0 and keeper.died == []


async def test_who_died_is_counted_with_the_time_and_started_anew() -> None:
    child = Dead()
    async with keeper_of(child) as keeper, asyncio.timeout(20):
        while not child.starts:
            await asyncio.sleep(0.01)
    assert keeper.deaths == {("menu", "SIGKILL"): 1} and len(keeper.died) == keeper.total == 1


async def test_nobody_is_started_after_the_end() -> None:
    child = Dead()
    async with keeper_of(child, delay=0.2) as keeper, asyncio.timeout(20):
        while not keeper.total:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    assert child.starts == 0
