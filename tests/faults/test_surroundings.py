"""The long form: PostgreSQL, Kafka, WhatsApp, the network and the clock fail; nothing is lost, nothing twice."""

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from deploy.local.postgres import LocalPostgres
from tests.containers import choice
from tests.faults import faults
from tests.faults.conftest import Ground, Runs
from tests.faults.disk import SmallDiskKafka, mounted
from tests.faults.people import Crowd
from tests.faults.proxy import Proxy
from tests.faults.report import Report
from tests.faults.stage import Stage, stage

pytestmark = pytest.mark.long


async def test_postgresql_restarts_at_once_and_cuts_connections(on: Stage, ground: Ground, runs: Runs) -> None:
    async def restarts(seconds: float, __: Crowd) -> None:
        for _ in range(3):
            await asyncio.sleep(seconds / 6)
            await ground.postgres.signal(signal.SIGQUIT)  # what `pg_ctl stop -m immediate` sends
            await faults.until(lambda: not ground.postgres.running)
            await ground.postgres.restart()
            await asyncio.sleep(seconds / 6)
            await faults.cut_connections(ground.postgres.dsn, 3)

    await runs.run("PostgreSQL restarted immediately, connections cut", restarts, seconds=30)


async def test_kafka_is_killed_and_comes_back(on: Stage, ground: Ground, runs: Runs) -> None:
    async def kills(seconds: float, __: Crowd) -> None:
        for _ in range(2):
            await asyncio.sleep(seconds / 4)
            await ground.kafka.kill()
            await asyncio.sleep(seconds / 4)
            await ground.kafka.restart()
        await asyncio.sleep(5)

    await runs.run("Kafka killed and restarted", kills, seconds=24)


async def test_whatsapp_has_a_bad_day(on: Stage, runs: Runs) -> None:
    async def bad_day(seconds: float, __: Crowd) -> None:
        async with faults.whatsapp_fails(on):
            await asyncio.sleep(seconds)

    await runs.run("WhatsApp slow, throttling, failing, resetting", bad_day, seconds=60)


async def test_the_network_is_slow_and_breaks(on: Stage, ground: Ground, runs: Runs) -> None:
    async def slow(seconds: float, crowd: Crowd) -> None:
        async with AsyncExitStack() as closing:
            database, whatsapp, webhook = [
                await closing.enter_async_context(Proxy(target, delay=0.04, per_second=200_000))
                for target in (
                    lambda: ground.postgres.port,
                    lambda: on.system.ports["simulator"],
                    lambda: on.system.ports["gateway-webhook"],
                )
            ]
            crowd.poster.port = webhook.port
            changes = {
                "POSTGRES_DSN": moved(on.system.environment()["POSTGRES_DSN"], database.port),
                "WHATSAPP_BASE_URL": f"http://127.0.0.1:{whatsapp.port}",
            }
            async with faults.elsewhere(on, faults.ROLES, changes):
                for _ in range(5):
                    await asyncio.sleep(seconds / 5)
                    for proxy in (database, whatsapp, webhook):
                        proxy.cut()
                crowd.poster.port = None

    await runs.run("40 ms and 200 kB/s each way, connections reset", slow, seconds=40)


def moved(dsn: str, port: int) -> str:
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}"))


async def test_clocks_are_wrong_and_jump(on: Stage, runs: Runs) -> None:
    async def jump(seconds: float, __: Crowd) -> None:
        for shifts in ((3600, -3600, 900), (-1800, 3600, -60)):
            async with AsyncExitStack() as closing:
                for n, name in enumerate(faults.ROLES):
                    shift = f"clock={shifts[n % len(shifts)]}"
                    await closing.enter_async_context(faults.instead(on, name, shift))
                await asyncio.sleep(seconds / 2)

    await runs.run("clocks an hour wrong, each differently, then jumping", jump, seconds=20)


async def test_the_brokers_disk_is_full(report: Report, tmp_path: Path) -> None:
    if why := mounted(tmp_path / "disk"):
        report.skipped.append(f"the broker's disk full: {why}")
        pytest.skip(f"the disk of a broker was not filled: {why}")
    async with (
        SmallDiskKafka(tmp_path / "kafka", heap="320m") as kafka,
        LocalPostgres(tmp_path / "postgres", shared_buffers="64MB") as postgres,
        stage(tmp_path / "stage", kafka.bootstrap, postgres.dsn) as small,
    ):

        async def full(seconds: float, __: Crowd) -> None:
            await asyncio.sleep(seconds / 3)
            kafka.fill()
            await asyncio.sleep(seconds / 3)
            kafka.empty()
            await kafka.restart()

        await Runs(small, report).run("the broker's disk full", full, seconds=36)


async def test_one_of_three_brokers_is_killed(report: Report, tmp_path: Path) -> None:
    async with (
        choice.cluster(tmp_path / "kafka") as cluster,
        choice.postgres(tmp_path / "postgres", shared_buffers="64MB") as postgres,
        stage(tmp_path / "stage", cluster.bootstrap, postgres.dsn, settings={"KAFKA_REPLICATION": "3"}) as three,
    ):

        async def kill(seconds: float, __: Crowd) -> None:
            await asyncio.sleep(seconds / 4)
            await cluster.members[0].kill()
            await asyncio.sleep(seconds / 2)
            await cluster.members[0].restart()
            await asyncio.sleep(seconds / 4)

        await Runs(three, report).run("one of three brokers killed", kill, seconds=40)
