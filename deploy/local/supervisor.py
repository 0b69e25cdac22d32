"""Keeps processes running: waits until each is ready, starts anew what dies, stops all of them."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from deploy.local.child import Child, until
from deploy.local.files import LOCAL, ROOT, LocalError
from deploy.local.network import listens, ready
from deploy.local.processes import Process
from deploy.local.progress import Say

RUN, LOGS = LOCAL / "run", LOCAL / "logs"
READY_SECONDS = 90
STOP_SECONDS = 10
FIRST_STARTS = 3
LONGEST_DELAY = 30.0
HEALTHY_SECONDS = 60
LOG_BYTES = 10_000_000


class Supervised(Protocol):
    """What can be kept running: a service, and Kafka and PostgreSQL too."""

    name: str
    log: Path

    @property
    def pid(self) -> int | None: ...
    @property
    def running(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    async def restart(self) -> None: ...
    async def stop(self) -> None: ...


class Service:
    """One of our Python processes. Its output is added to `.local/logs/<name>.log`."""

    def __init__(self, process: Process, environment: Mapping[str, str], admin_port: int) -> None:
        self.name = process.name
        self.log = log_file(process.name)
        self._admin_port = admin_port
        self._child = Child(
            process.name,
            command(process),
            RUN / f"{process.name}.pid",
            self.log,
            environment=environment,
            folder=ROOT,
            patience=STOP_SECONDS,
        )

    @property
    def pid(self) -> int | None:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def reason(self) -> str:
        return self._child.reason

    @property
    def output(self) -> str:
        """The last lines it wrote since its start."""
        return self._child.output

    async def restart(self) -> None:
        """Starts it and returns when it is ready, or says that it ended or takes too long."""
        self._child.start()
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not (listens(self.pid, self._admin_port) and await ready(self._admin_port)):
                    if not self.running:
                        raise LocalError(f"{self.name} {self.reason} before it was ready")
                    # each question makes the service ask Kafka and PostgreSQL
                    await asyncio.sleep(0.25)
        except TimeoutError:
            raise LocalError(f"{self.name} runs, but is not ready after {READY_SECONDS} s") from None

    async def stop(self) -> None:
        """SIGTERM, after 10 s SIGKILL."""
        await self._child.stop()


class Supervisor:
    """Starts, watches and stops. `changed` is called whenever a process has a new pid."""

    def __init__(self, say: Say, changed: Callable[[], None]) -> None:
        self.items: list[Supervised] = []
        self._say = say
        self._changed = changed

    @property
    def pids(self) -> dict[str, int]:
        return {item.name: item.pid for item in self.items if item.pid}

    async def start(self, services: Sequence[Service]) -> None:
        """Starts them side by side and returns when all are ready."""
        self.items += services
        await together(*(self._start(service) for service in services))

    async def _start(self, service: Service) -> None:
        for attempt in range(1, FIRST_STARTS + 1):
            try:
                await service.restart()
            except LocalError as error:
                if attempt == FIRST_STARTS or service.running:
                    raise LocalError(f"{error}. From {service.log}:\n{service.output}") from None
                self._say(f"{error}; starts again")
                await asyncio.sleep(attempt)
            else:
                self._say(f"{service.name} is ready (pid {service.pid})")
                return

    async def watch(self) -> None:
        """Starts anew what dies, for ever."""
        await together(*(self._keep(item) for item in self.items))

    async def _keep(self, item: Supervised) -> None:
        delay, since = 1.0, time.monotonic()
        while True:
            await until(lambda: not item.running, every=0.2)
            if time.monotonic() - since > HEALTHY_SECONDS:
                delay = 1.0
            self._say(f"{item.name} {item.reason}; starts again in {delay:g} s (log: {item.log})")
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)
            since = time.monotonic()
            restarting = asyncio.create_task(item.restart())
            try:
                await self._announce(item, restarting)
                self._say(f"{item.name} is back (pid {item.pid})")
            except LocalError as error:
                if item.running:
                    self._say(str(error))
            finally:
                await _cancelled(restarting)

    async def _announce(self, item: Supervised, restarting: "asyncio.Task[None]") -> None:
        """Makes the new pid known as soon as there is one: it may take long until the process is ready."""
        known = None
        while not restarting.done():
            if item.pid != known:
                known = item.pid
                self._changed()
            await asyncio.wait([restarting], timeout=0.1)
        self._changed()
        restarting.result()

    async def stop(self) -> None:
        """Stops services first, then what they rest on."""
        services = [item for item in self.items if isinstance(item, Service)]
        await together(*(item.stop() for item in services))
        await together(*(item.stop() for item in self.items if item not in services))


async def run_once(process: Process, environment: Mapping[str, str]) -> None:
    """Runs a step to its end; its failure ends the start, with the last lines of its log."""
    log = log_file(process.name)
    pid_file = RUN / f"{process.name}.pid"
    await Child(process.name, command(process), pid_file, log, environment, folder=ROOT, patience=2).finish()


async def together(*work: Coroutine[Any, Any, None] | Awaitable[None]) -> None:
    """All of it side by side; the first failure cancels the rest, is waited for, and comes out alone."""

    async def one(item: Awaitable[None]) -> None:
        await item

    try:
        async with asyncio.TaskGroup() as group:
            for item in work:
                group.create_task(one(item))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


def command(process: Process) -> list[str]:
    """Its command line."""
    return [sys.executable, "-m", process.module, *process.arguments]


def log_file(name: str) -> Path:
    """Where a process's output goes; moved aside when it has grown."""
    path = LOGS / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path
