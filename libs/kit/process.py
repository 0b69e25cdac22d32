"""The frame of every process: settings, discoms, logging, admin port, signals, workers that live and die together."""

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import uvloop
from pydantic import ValidationError

from libs.kit import admin, failpoint, kafka
from libs.kit.consumer import OwnFault
from libs.kit.database import TRANSIENT, Pool, tidy
from libs.kit.logs import configure, log
from libs.kit.parking import signature
from libs.kit.settings import Settings, SettingsError, environment_of, load
from libs.schemas.discom import Discom, DiscomFileError, load_all, select, shared

WATCHDOG_SECONDS = 90.0
STOP_SECONDS = 9.0
Kind = TypeVar("Kind", bound=Settings)


class Runnable(Protocol):
    """What a process runs: a worker, a sender, an HTTP server."""

    async def run(self) -> None: ...

    def stop(self) -> None: ...

    @property
    def last_poll(self) -> float: ...


class PoolUser(Runnable, Protocol):
    """A runnable that works on one discom's database."""

    pool: Pool


@dataclass
class Process:
    """What runs inside one process, and what the admin port asks."""

    settings: Settings
    service: str
    role: str
    discoms: dict[str, Discom]
    workers: list[Runnable] = field(default_factory=list)
    checks: dict[str, admin.Check] = field(default_factory=dict)
    holds: dict[str, admin.Check] = field(default_factory=dict)
    """What waits for a person: `/readyz` says so, and nobody need start the process anew."""
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """Called in reverse order at the end."""
    ready: bool = False

    def add_lane(self, discom: str, open: Callable[[], Awaitable[PoolUser]]) -> None:
        """One discom's share of this process; a database that does not answer keeps no other discom waiting."""
        lane = Lane(open)
        self.workers.append(lane)
        self.checks[f"postgres {discom}"] = lane.check
        self.closing.append(lane.close)


class Lane:
    """Opens one discom's database, then runs the worker on it, and keeps its tables' days tidy."""

    def __init__(self, open: Callable[[], Awaitable[PoolUser]]) -> None:
        self._open = open
        self._worker: PoolUser | None = None
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Until it is stopped, also while it waits for the database."""
        opening, stop = asyncio.ensure_future(self._open()), asyncio.create_task(self._stop.wait())
        await asyncio.wait([opening, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not opening.done():
            opening.cancel()
            return
        self._worker = worker = opening.result()
        tidying = asyncio.create_task(_keep_tidy(worker.pool))
        try:
            await worker.run()
        finally:
            tidying.cancel()

    def stop(self) -> None:
        self._stop.set()
        if self._worker:
            self._worker.stop()

    @property
    def last_poll(self) -> float:
        return self._worker.last_poll if self._worker else time.monotonic()

    async def check(self) -> str | None:
        """For `/readyz`: what this discom waits for."""
        if self._worker is None:
            return "waits for its database"
        await self._worker.pool.fetchval("SELECT 1", timeout=2)
        return None

    async def close(self) -> None:
        if self._worker:
            self._worker.pool.terminate()


async def _keep_tidy(pool: Pool) -> None:
    while True:
        await asyncio.sleep(3600)
        try:
            await tidy(pool)
        except TRANSIENT as error:
            log.warning("days.tidying_waits", error=type(error).__name__)


Build = Callable[[Process], Coroutine[Any, Any, None]]


def discoms_of(settings: Settings, wanted: str) -> dict[str, Discom]:
    """The discoms this process serves, with what the environment says about them. Leaves the process on a bad file."""
    try:
        discoms = {code: _configured(discom) for code, discom in load_all(settings.discoms_dir).items()}
        for attribute, discom, other in shared(discoms):
            raise SettingsError(f"{discom.code}_{attribute}".upper() + f": is that of {other.code} already")
        return select(discoms, wanted)
    except DiscomFileError as error:
        raise SystemExit(str(error)) from None


def _configured(discom: Discom) -> Discom:
    """A discom with what the environment says about it."""
    try:
        return Discom.model_validate(discom.model_dump() | environment_of(discom.code))
    except ValidationError as error:
        lines = [f"{discom.code}_{problem['loc'][0]}".upper() + f": {problem['msg']}" for problem in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def parser(service: str, doc: str | None) -> argparse.ArgumentParser:
    """A command line with the help text of a main's docstring."""
    return argparse.ArgumentParser(
        prog=f"python -m services.{service}", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def run(kind: type[Settings], service: str, role: str, wanted: str, build: Build) -> None:
    """Runs a process until SIGTERM or SIGINT; leaves with a non-zero status when something fails for good."""
    settings = load(kind)
    failpoint.arm(settings.failpoint)
    discoms = discoms_of(settings, wanted)
    configure(settings.log_level, service=service, role=role)
    status = uvloop.run(_main(Process(settings, service, role, discoms), build))
    sys.stdout.flush()
    # what a library left running must not keep a process that has said goodbye
    os._exit(status)


async def _main(process: Process, build: Build) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def kafka_check() -> str | None:
        return None if await kafka.answers(process.settings) else "Kafka does not answer"

    async def started() -> str | None:
        return None if process.ready else "starting"

    process.checks |= {"kafka": kafka_check, "start": started}
    settings = process.settings
    runner = await admin.serve(
        settings.admin_port, process.checks, lambda: _polls(process.workers), settings.admin_host, process.holds
    )
    starting = asyncio.create_task(build(process))
    await _first(starting, stop)
    if starting.done() and not stop.is_set():
        starting.result()
    tasks = [asyncio.create_task(worker.run()) for worker in process.workers]
    tasks.append(asyncio.create_task(_watch(process.workers)))
    process.ready = True
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    log.info("process.started", discoms=len(process.discoms), pid=os.getpid())
    status = 0
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            status = 1
            _report(task.exception())
    finally:
        process.ready = False
        await _wind_down(process, tasks)
        await runner.cleanup()
    log.info("process.stopped", status=status)
    return status


async def _first(task: asyncio.Task[None], stop: asyncio.Event) -> None:
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not task.done():
        task.cancel()


async def _wind_down(process: Process, tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Lets batches in hand end and offsets be committed, for 9 s, then closes."""
    for worker in process.workers:
        worker.stop()
    running = [task for task, _ in zip(tasks, process.workers, strict=False)]
    if running:
        await asyncio.wait(running, timeout=STOP_SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for close in reversed(process.closing):
        try:
            async with asyncio.timeout(3):
                await close()
        except Exception as error:
            log.warning("process.close_failed", error=type(error).__name__)


def _polls(workers: Sequence[Runnable]) -> bool:
    """Whether every worker polled within the watchdog's time."""
    now = time.monotonic()
    return all(now - worker.last_poll < WATCHDOG_SECONDS for worker in workers)


async def _watch(workers: Sequence[Runnable]) -> None:
    """Leaves with an error when a worker polls no more, so that the supervisor starts the process anew."""
    while True:
        await asyncio.sleep(5)
        if not _polls(workers):
            raise OwnFault("a worker does not poll any more")


def _report(error: BaseException | None) -> None:
    # a port that is taken, a bad migration: uvicorn and SystemExit carry words for people
    text = str(error) if isinstance(error, SystemExit) else signature(error) if error else "a task ended"
    log.error("process.failed", error=text, restart="by the supervisor")
