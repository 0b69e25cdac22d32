"""What goes wrong around the processes, for some seconds each."""

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncpg

from deploy.local.files import LocalError
from deploy.local.processes import Process
from tests.faults.keeper import BOUNDARIES
from tests.faults.stage import Stage

ROLES = tuple(BOUNDARIES)
SESSION_SECONDS = 10
"""After this long without a sign of life Kafka gives a worker's partitions to others."""


async def boundaries(on: Stage, seconds: float, chance: float, at_most: float = 0.0) -> None:
    """Every process dies at one of its boundaries after the other; for longer where one was not passed yet."""
    before = Counter(on.keeper.deaths)
    await on.keeper.arm(chance)
    began = time.monotonic()
    while (spent := time.monotonic() - began) < seconds or (spent < at_most and missed(on.keeper.deaths - before)):
        await asyncio.sleep(1)
    await on.keeper.calm()


def missed(deaths: Mapping[tuple[str, str], int]) -> set[tuple[str, str]]:
    """Roles and boundaries at which nobody died."""
    return {(role, place) for role, places in BOUNDARIES.items() for place in places if not deaths.get((role, place))}


async def random_deaths(on: Stage, seconds: float, every: float) -> None:
    """Crashes, and now and then an orderly stop."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        name = random.choice(ROLES)
        await (on.keeper.terminate(name) if random.random() < 0.25 else on.keeper.kill(name))
        await asyncio.sleep(random.uniform(0.5, 1.5) * every)
    await on.keeper.calm()


async def zombies(on: Stage, names: Sequence[str]) -> None:
    """Processes that sleep until others have their work, and wake in the middle of it."""
    for name in names:
        await on.keeper.freeze(name, SESSION_SECONDS + 4)
        await asyncio.sleep(2)
    await on.keeper.calm()


@asynccontextmanager
async def second_owners(on: Stage, names: Sequence[str]) -> AsyncIterator[list[str]]:
    """A second process beside each of these."""
    seconds = []
    for name in names:
        original = next(process for process in on.system.running if process.name == name)
        second = f"{name}-2"
        await on.system.add(Process(second, original.module, original.arguments))
        seconds.append(second)
    try:
        yield seconds
    finally:
        for second in seconds:
            on.keeper.resting.add(second)
            await on.system.children[second].stop()
            del on.system.children[second]


@asynccontextmanager
async def instead(on: Stage, name: str, less: str, failpoint: str = "") -> AsyncIterator[None]:
    """Runs a process without one of its promises, and with a failpoint in every life."""
    child = on.system.children[name]
    before = child.argv
    module = before.index("-m") + 1
    on.keeper.fixed[name] = failpoint
    await _swap(on, name, [sys.executable, "-m", "tests.faults.without", less, *before[module:]], {})
    try:
        yield
    finally:
        on.keeper.fixed.pop(name, None)
        await _swap(on, name, before, {})


@asynccontextmanager
async def elsewhere(on: Stage, names: Sequence[str], changes: dict[str, str]) -> AsyncIterator[None]:
    """Runs processes with other addresses."""
    given = {name: on.system.children[name].environment for name in names}
    for name in names:
        await _swap(on, name, on.system.children[name].argv, changes)
    try:
        yield
    finally:
        for name in names:
            on.system.children[name].environment = given[name]
            await _swap(on, name, on.system.children[name].argv, {})


async def _swap(on: Stage, name: str, argv: Sequence[str], environment: dict[str, str]) -> None:
    child = on.system.children[name]
    on.keeper.resting.add(name)
    await child.kill()
    child.argv = argv
    on.keeper.resting.discard(name)
    failpoint = on.keeper.fixed.get(name, "")
    try:
        await on.system.start(name, FAILPOINT=failpoint, **environment)
    except LocalError:
        # under load it may die at its failpoint before it was seen ready; then the keeper starts it anew
        if not failpoint:
            raise


async def cut_connections(postgres: str, seconds: float) -> None:
    """Half of all connections to PostgreSQL end every second."""
    connection = await asyncpg.connect(postgres)
    try:
        for _ in range(int(seconds)):
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'bijli-setu %' AND random() < 0.5"
            )
            await asyncio.sleep(1)
    finally:
        await connection.close()


BAD_DAY: Mapping[str, Mapping[str, object]] = {
    "latency": {"rate": 0.1, "seconds": 2.0},
    "throttled": {"rate": 0.05},
    "error": {"rate": 0.03, "code": 131000, "status": 500},
    "server_error": {"rate": 0.03},
    "server_error_empty": {"rate": 0.03},
    "reset_before": {"rate": 0.02},
    "reset_after": {"rate": 0.05},
    "no_answer": {"rate": 0.02},
    "status_late": {"rate": 0.2, "seconds": 3.0},
    "status_doubled": {"rate": 0.2},
    "status_reordered": {"rate": 0.2},
    "status_missing": {"rate": 0.1},
    "webhook_doubled": {"rate": 0.3},
}


@asynccontextmanager
async def whatsapp_fails(on: Stage, kinds: Mapping[str, Mapping[str, object]] = BAD_DAY) -> AsyncIterator[None]:
    """WhatsApp as it is on a bad day."""
    url = on.system.url("simulator", "/api/faults")
    for kind, details in kinds.items():
        async with on.http.post(url, json={"kind": kind, "seed": random.randrange(1000), **details}) as response:
            assert response.status == 201, await response.text()
    try:
        yield
    finally:
        async with on.http.delete(url) as response:
            assert response.status == 200, await response.text()


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Returns when the condition holds. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)
