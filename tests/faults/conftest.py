"""The long form's own Kafka and PostgreSQL, one system on them for all runs, and the report of what came of each."""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from deploy.local.kafka import LocalKafka
from deploy.local.postgres import LocalPostgres
from tests.faults.people import Crowd
from tests.faults.report import Report, told
from tests.faults.stage import Account, Stage, stage

SCALE = float(os.environ.get("FAULTS_SCALE", "1"))
"""Shortens all runs of the long form, for work on them; a report is written of full length only."""


@dataclass
class Ground:
    """What the processes stand on."""

    kafka: LocalKafka
    postgres: LocalPostgres


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """A broker and a database of the long form's own, which it may kill.

    Processes here, whatever else tests run on: a container engine answers in the place of what it has lost, so that a
    connection stays open to nobody.
    """
    directory = tmp_path_factory.mktemp("ground")
    async with (
        LocalKafka(directory / "kafka", heap="384m") as kafka,
        LocalPostgres(directory / "postgres", shared_buffers="64MB") as postgres,
    ):
        yield Ground(kafka, postgres)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def on(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """All services and the simulator as processes."""
    async with stage(tmp_path_factory.mktemp("stage"), ground.kafka.bootstrap, ground.postgres.dsn) as running:
        yield running


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Iterator[Report]:
    """Collects the accounts; writes `docs/guarantees.md` when all runs of full length passed or were skipped aloud."""
    found = Report(full=SCALE == 1)
    before = request.session.testsfailed
    yield found
    found.write(passed=request.session.testsfailed == before)


@dataclass
class Runs:
    """Runs faults under a crowd and files the account."""

    on: Stage
    report: Report
    people: int = 24
    per_second: float = 12.0

    async def run(self, name: str, fault: Callable[[float, Crowd], Awaitable[None]], seconds: float) -> Account:
        """A crowd writes, the fault goes on for so many seconds, all of it is settled; asserts every promise."""
        began = time.monotonic()
        async with self.on.crowd(self.people, self.per_second) as crowd:
            await fault(seconds * SCALE, crowd)
        account = await self.on.account(name, began)
        self.report.accounts.append(account)
        print(f"\n{told(account)}")
        assert account.clean, told(account)
        for found in account.findings:
            # no fault here makes a record that no code can handle, or a bubble that may never be sent
            assert not found.parked and not found.refused, told(account)
            assert found.accepted == found.answered + found.withheld, told(account)
        return account


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def runs(on: Stage, report: Report) -> Runs:
    return Runs(on, report)
