"""One system under faults: its processes on a Kafka and a PostgreSQL, crowds that write, an account after each run."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import aiohttp
import asyncpg

from deploy.local.files import ROOT
from deploy.local.processes import PROCESSES
from deploy.local.system import System
from libs.kit.audit import Databases, Findings, Reader, Tables, Trail, judge
from libs.kit.settings import Settings
from tests.faults import diary
from tests.faults.keeper import Keeper
from tests.faults.people import Crowd
from tests.faults.phones import compared, look
from tests.faults.poster import Poster

DISCOMS = ("mvvnl", "pvvnl")
PARTITIONS = 2
"""Two, so that two processes of one role both have work."""
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
COUNTED = (
    *("accepted", "effects", "answered", "withheld", "due", "arrived"),
    *("statuses", "complaints", "repeated", "refused", "parked"),
)
NAMED = ("lost", "twice", "doubled", "disordered")
RUNNING = tuple(
    replace(process, module=diary.__name__) if process.name == "simulator" else process for process in PROCESSES
)
"""What the demo runs, with a simulator that keeps a diary."""


@dataclass
class Account:
    """What came of one run."""

    name: str
    findings: list[Findings]
    """What is new in each discom."""
    deaths: Mapping[tuple[str, str], int]
    died: list[float]
    """When, one by one."""
    sleeps: int
    """How often a process was stopped and woken later."""
    seconds: float
    settled_after: float
    """Seconds from the last fault until nothing was under way any more."""
    failures: list[str]

    @property
    def clean(self) -> bool:
        return all(found.clean and found.settled for found in self.findings)


@dataclass
class Watch:
    """One discom's trail and tables, read on from run to run."""

    reader: Reader
    databases: Databases
    trail: Trail
    last: Findings

    async def judge(self) -> tuple[Findings, Tables]:
        """As the audit does it."""
        await self.reader.catch_up()
        tables = await self.databases.read(self.trail)
        await self.reader.catch_up()
        return judge(self.trail, tables, await self.reader.waiting()), tables


@dataclass
class Stage:
    """A running system and those who talk to it."""

    system: System
    settings: Settings
    http: aiohttp.ClientSession
    keeper: Keeper
    accounts: Mapping[str, list[str]]
    """Account IDs that people may name, by discom."""
    watches: dict[str, Watch] = field(default_factory=dict)
    _crowds: list[Crowd] = field(default_factory=list)
    _deaths: Counter[tuple[str, str]] = field(default_factory=Counter)
    _sleeps: int = 0
    _failures: int = 0

    @asynccontextmanager
    async def crowd(self, people: int, per_second: float) -> AsyncIterator[Crowd]:
        """People who write for as long as the block runs."""
        crowd = Crowd(self.system, Poster(self.system, self.http), self.accounts, people, per_second)
        self._crowds.append(crowd)
        crowd.begin()
        try:
            yield crowd
        finally:
            await crowd.end()

    async def account(self, name: str, began: float, patience: float = 180.0) -> Account:
        """Waits until nothing is under way any more, at most `patience` seconds, and judges what is new."""
        quiet = time.monotonic()
        while True:
            found = await self._judge()
            new = [news(findings, self.watches[code].last) for code, findings in found.items()]
            if all(one.clean and one.settled for one in new) or time.monotonic() > quiet + patience:
                break
            await asyncio.sleep(1)
        self._remember(found)
        now = time.monotonic()
        keeper = self.keeper
        account = Account(
            name,
            new,
            deaths=keeper.deaths - self._deaths,
            died=keeper.died[self._deaths.total() :],
            sleeps=keeper.sleeps - self._sleeps,
            seconds=now - began,
            settled_after=now - quiet,
            failures=keeper.failures[self._failures :],
        )
        self._deaths, self._sleeps, self._failures = Counter(keeper.deaths), keeper.sleeps, len(keeper.failures)
        return account

    async def broken(self, patience: float) -> Findings:
        """What is new after so many seconds and still there at a second look, in all discoms together.

        For what is meant to fail: nobody waits until it is settled.
        """
        await asyncio.sleep(patience)
        first = await self._judge()
        await asyncio.sleep(1)
        found = await self._judge()
        kept = [news(found[code].confirmed(first[code]), self.watches[code].last) for code in found]
        self._remember(found)
        together = {name: {id: why for one in kept for id, why in getattr(one, name).items()} for name in NAMED}
        return replace(Findings("all"), **together)  # type: ignore[arg-type]

    async def _judge(self) -> dict[str, Findings]:
        """The whole account of every discom until now; phones are asked once the rest has settled."""
        found = {}
        for code, watch in self.watches.items():
            findings, tables = await watch.judge()
            numbers = {number for crowd in self._crowds for number in crowd.numbers if number[0] == code}
            posted: list[tuple[str, UUID]] = [one for crowd in self._crowds for one in crowd.poster.accepted]
            seen = await look(self.http, self.system.url("simulator"), numbers, posted)
            seen[code].statuses |= diary.read(Path(self.system.environment()["SIMULATOR_DIR"]), code)
            found[code] = compared(findings, seen[code], watch.trail, tables)
        return found

    def _remember(self, found: Mapping[str, Findings]) -> None:
        for code, findings in found.items():
            self.watches[code].last = findings


def news(findings: Findings, earlier: Findings) -> Findings:
    """What was not there the last time."""
    counts = {name: getattr(findings, name) - getattr(earlier, name) for name in COUNTED}
    named = {
        name: {id: why for id, why in getattr(findings, name).items() if id not in getattr(earlier, name)}
        for name in NAMED
    }
    return replace(findings, **counts, **named)  # type: ignore[arg-type]


@asynccontextmanager
async def stage(
    directory: Path,
    kafka: str,
    postgres: str,
    *,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Stage]:
    """Starts everything below a directory and stops it at the end."""
    discoms = directory / "discoms"
    discoms.mkdir(parents=True)
    for code in DISCOMS:
        text = (ROOT / "deploy" / "discoms" / f"{code}.toml").read_text(encoding="utf-8")
        text, count = re.subn(r"^partitions = \d+", f"partitions = {PARTITIONS}", text, flags=re.MULTILINE)
        assert count == 1
        (discoms / f"{code}.toml").write_text(text, encoding="utf-8")
    quick = {"DISCOMS_DIR": str(discoms), "SIMULATOR_RETRY_SECONDS": "0.3", "SIMULATOR_RETRY_CAP_SECONDS": "3"}
    system = System(directory, kafka, postgres, running=RUNNING, settings={**quick, **(settings or {})})
    own = Settings(
        environment="test",
        kafka_bootstrap=kafka,
        postgres_dsn=postgres,
        postgres_password_dir=directory / "secrets" / "postgres",
        discoms_dir=discoms,
    )
    async with AsyncExitStack() as closing:
        await closing.enter_async_context(system)
        # a server that closes an idle connection just then would look like a fault
        connector = aiohttp.TCPConnector(force_close=True)
        http = await closing.enter_async_context(aiohttp.ClientSession(connector=connector))
        keeper = await closing.enter_async_context(Keeper(system))
        on = Stage(system, own, http, keeper, await _accounts(own))
        for code in DISCOMS:
            trail = Trail(code, BEGIN)
            watch = on.watches[code] = Watch(Reader(own, trail), Databases(own, code), trail, Findings(code))
            closing.push_async_callback(watch.reader.close)
            closing.push_async_callback(watch.databases.close)
            await watch.reader.open()
            await watch.databases.open()
        yield on


async def _accounts(settings: Settings) -> dict[str, list[str]]:
    found = {}
    for code in DISCOMS:
        connection = await asyncpg.connect(settings.dsn(f"{code}_billing", f"{code}_billing"))
        rows = await connection.fetch("SELECT account_id FROM accounts ORDER BY account_id LIMIT 50")
        await connection.close()
        found[code] = [row["account_id"] for row in rows]
    return found
