"""All services on a given Kafka and PostgreSQL, for tests, fault runs and the benchmark.

Everything they write lies below one directory, so that several systems can run on one machine, one after the other or
side by side. What dies stays dead here, unless `keep_running` is asked to watch: tests decide who restarts.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import processes
from deploy.local.child import Child, until
from deploy.local.files import ROOT, LocalError
from deploy.local.network import free_port, listens, ready
from deploy.local.processes import PROCESSES, SEED, SETUP, Places, Process
from deploy.local.supervisor import command, together

READY_SECONDS = 90


class System:
    """The demo's processes without the demo: started together, killed and started one by one."""

    def __init__(
        self,
        directory: Path,
        kafka: str,
        postgres: str,
        *,
        running: Sequence[Process] = PROCESSES,
        seed: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.kafka, self.postgres = kafka, postgres
        self.running = running
        self._seed = seed
        self._settings = dict(settings or {})
        self.ports: dict[str, int] = {}
        self.children: dict[str, Child] = {}
        self._watch: asyncio.Task[None] | None = None
        self.restarts = 0

    @property
    def places(self) -> Places:
        return Places(self.ports, self.kafka, self.postgres)

    def environment(self) -> dict[str, str]:
        """What every process is told."""
        return processes.environment(self.places, self.directory) | self._settings

    def url(self, process: str, path: str = "") -> str:
        """Where a process serves HTTP."""
        return self.places.url(process, path)

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _start(self) -> None:
        # where they are does not matter, and another system may start at the same moment
        somewhere = random.randrange(20_000, 30_000)
        for process in self.running:
            for name in [process.name, f"{process.name} admin"] if process.port else [f"{process.name} admin"]:
                self.ports[name] = free_port(somewhere, self.ports.values())
        environment = self.environment()
        await self._once(SETUP, environment | {"POSTGRES_DSN": self.postgres})
        if self._seed:
            await self._once(SEED, environment)
        for process in self.running:
            self.children[process.name] = self._child(process, environment)
        await together(*(self.start(process.name) for process in self.running))

    async def _once(self, process: Process, environment: Mapping[str, str]) -> None:
        await self._child(process, environment, patience=2).finish()

    def _child(self, process: Process, environment: Mapping[str, str], patience: float = 10) -> Child:
        own = {"ADMIN_PORT": str(self.ports.get(f"{process.name} admin", 0))}
        if process.port:
            own["PORT"] = str(self.ports[process.name])
        return Child(
            process.name,
            command(process),
            self.directory / "run" / f"{process.name}.pid",
            self.log(process.name),
            {**environment, **own},
            folder=ROOT,
            patience=patience,
        )

    def log(self, name: str) -> Path:
        """Where a process's output goes."""
        return self.directory / "logs" / f"{name}.log"

    async def start(self, name: str, **more: str) -> None:
        """Starts one process, with more in its environment where asked, and returns when it is ready."""
        child = self.children[name]
        if more:
            child.environment = {**(child.environment or {}), **more}
        child.start()
        again = True  # as a supervisor would: a client of Kafka's may give up while groups are forming
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not await self.ready(name):
                    if not child.running and again and not more:
                        again = False
                        child.start()
                    elif not child.running:
                        raise LocalError(f"{name} {child.reason} before it was ready:\n{child.output}")
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise LocalError(f"{name} runs, but is not ready after {READY_SECONDS} s:\n{child.output}") from None

    async def ready(self, name: str) -> bool:
        """Whether a process says that it is ready."""
        port = self.ports[f"{name} admin"]
        return listens(self.children[name].pid, port) and await ready(port)

    async def add(self, process: Process) -> None:
        """Starts one more process, and returns when it is ready."""
        self.ports[f"{process.name} admin"] = free_port(random.randrange(20_000, 30_000), self.ports.values())
        self.children[process.name] = self._child(process, self.environment())
        await self.start(process.name)

    async def kill(self, name: str) -> None:
        """SIGKILL, as a crash would."""
        await self.children[name].kill()

    def keep_running(self, delay: float = 0.2) -> None:
        """From now on starts anew whatever dies."""
        self._watch = asyncio.create_task(self._keep_running(delay))

    async def _keep_running(self, delay: float) -> None:
        while True:
            for child in self.children.values():
                if not child.running:
                    self.restarts += 1
                    child.start()
            await asyncio.sleep(delay)

    async def leave_be(self) -> None:
        """Ends `keep_running`."""
        if self._watch:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None

    async def all_ready(self, seconds: float = READY_SECONDS) -> None:
        """Returns when every process is ready. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while not all([await self.ready(name) for name in self.children]):
                await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """Stops all that still run."""
        await self.leave_be()
        await together(*(child.stop() for child in self.children.values()))
        await until(lambda: not any(child.running for child in self.children.values()))
