"""The long form: processes die at every boundary and anywhere, sleep and wake; nothing is lost, nothing twice."""

import asyncio

import pytest

from tests.faults import faults
from tests.faults.conftest import Runs
from tests.faults.people import Crowd
from tests.faults.stage import Stage

pytestmark = pytest.mark.long
TWO = ("gateway-router", "gateway-sender", "gateway-statuses", "menu", "billing", "complaints")


async def test_processes_die_at_every_boundary(on: Stage, runs: Runs) -> None:
    account = await runs.run(
        "a death at every boundary", lambda s, _: faults.boundaries(on, s, 0.1, at_most=2 * s), seconds=330
    )
    missed = faults.missed(account.deaths)
    assert not missed or not runs.report.full, f"nobody died at {missed}"


async def test_processes_die_anywhere(on: Stage, runs: Runs) -> None:
    async def anywhere(seconds: float, _: Crowd) -> None:
        await faults.random_deaths(on, seconds, every=1.0)

    await runs.run("SIGKILL and SIGTERM at random", anywhere, seconds=100)


async def test_two_processes_of_each_role_die_and_sleep_and_wake(on: Stage, runs: Runs) -> None:
    async def two_owners(seconds: float, _: Crowd) -> None:
        async with faults.second_owners(on, TWO) as seconds_names:
            await asyncio.sleep(5)
            async with asyncio.TaskGroup() as group:
                group.create_task(faults.zombies(on, ["gateway-router", "menu-2", "gateway-sender"]))
                group.create_task(faults.zombies(on, ["billing", "complaints-2", "gateway-statuses"]))
                group.create_task(_kill_some(on, seconds_names, seconds))

    await runs.run("two owners, SIGSTOP for 14 s, SIGCONT", two_owners, seconds=50)


async def _kill_some(on: Stage, names: list[str], seconds: float) -> None:
    for name in names:
        await asyncio.sleep(seconds / len(names))
        await on.keeper.kill(name)


async def test_a_sender_that_was_cut_off_sleeps_while_another_takes_its_place(on: Stage, runs: Runs) -> None:
    async def cut_off(_: float, __: Crowd) -> None:
        async with faults.second_owners(on, ["gateway-sender"]):
            for name in ("gateway-sender", "gateway-sender-2"):
                async with asyncio.TaskGroup() as group:
                    group.create_task(on.keeper.freeze(name, 12))
                    group.create_task(faults.cut_connections(on.settings.postgres_dsn, 2))

    await runs.run("the sender loses its lock asleep", cut_off, seconds=0)
