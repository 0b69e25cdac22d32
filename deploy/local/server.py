"""What the local Kafka and the local PostgreSQL have in common: a directory of their own, a port, an orderly life."""

import asyncio
import os
import shutil
import signal
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.child import Child
from deploy.local.files import LocalError, Lock
from deploy.local.network import HOST, free_port, is_free, listens
from deploy.local.progress import Say

START_SECONDS = 120
STOP_SECONDS = 20
FREE_BYTES = 1_000_000_000


class Server(ABC):
    """A server whose data survives in `directory`; usable with `async with`.

    A `port` that is given is insisted on; without one the usual one is taken where it is free, else another near it.
    """

    name: str
    title: str
    default_port: int

    def __init__(self, directory: Path, port: int | None, log: Path | None, say: Say) -> None:
        self.directory = directory.resolve()
        self.log = log or self.directory / f"{self.name}.log"
        self.port = port or 0
        self._fixed = port is not None
        self._say = say
        self._lock = Lock(self.directory / "lock")
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._child is not None and self._child.running

    @property
    def reason(self) -> str:
        """How it ended, in words."""
        return self._child.reason if self._child else "was not started"

    async def start(self) -> None:
        """Returns when a client gets answers. Leaves nothing running when it fails or is cancelled."""
        if (holder := self._lock.acquire()) is not None:
            raise LocalError(f"{self.directory} is used by the {self.title} of process {holder}: stop that one first.")
        try:
            if shutil.disk_usage(self.directory).free < FREE_BYTES:
                raise LocalError(f"Less than 1 GB is free on the disk of {self.directory}: make room for {self.title}.")
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Asks it to end, after 20 s makes it. May be repeated."""
        try:
            if self._child:
                await self._child.stop()
        finally:
            self._lock.release()

    async def kill(self) -> None:
        """SIGKILL, as a crash would: for fault tests."""
        try:
            if self._child:
                await self._child.kill()
        finally:
            self._lock.release()

    async def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        if pid := self.pid:
            os.kill(pid, number)

    async def restart(self) -> None:
        """Stops it where it still runs, and starts it on the same port with its data."""
        await self.stop()
        self._fixed = self.port != 0
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @abstractmethod
    async def _start(self) -> None:
        """Prepares the data where there is none, and starts the process."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether a client gets an answer now."""

    def _choose_port(self) -> None:
        if not self._fixed:
            self.port = free_port(self.port or self.default_port)
        elif not is_free(self.port):
            raise LocalError(f"Port {self.port} on {HOST} is taken: {self.title} cannot start there.")

    async def _up(self, child: Child) -> bool:
        """Waits until a client gets an answer (true) or the process has ended (false)."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while child.running:
                    if listens(child.pid, self.port) and await self._answers():
                        return True
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise LocalError(
                f"{self.title} did not answer on {HOST}:{self.port} in {START_SECONDS} s: see {self.log}"
            ) from None
        return False

    def _failed(self, child: Child) -> LocalError:
        return LocalError(
            f"{self.title} {child.reason} before it answered on {HOST}:{self.port}. Its log is {self.log}; "
            f"`make clean-local` drops its data.\n{child.output}".rstrip()
        )
