"""What the Kafka and the PostgreSQL of a test have in common when they run in containers."""

import asyncio
import os
import signal
from abc import ABC, abstractmethod
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import Any, Self

import docker  # type: ignore[import-untyped]
from docker.errors import APIError, NotFound  # type: ignore[import-untyped]
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer

from deploy.local.child import whole
from deploy.local.files import LocalError
from deploy.local.network import HOST, free_port

OWNER = "bijli-setu.tests.owner"
"""Label of every container of a test run: the pid that has to live for it to stay."""
START_SECONDS = 180


@cache
def prepare() -> None:
    """Settings for engines without a registry or inside a container; removes what killed test runs left behind."""
    client = docker.from_env()
    # the image that would tidy up cannot be pulled everywhere: the label does its work
    testcontainers_config.ryuk_disabled = True
    testcontainers_config.connection_mode_override = ConnectionMode.docker_host
    for container in client.containers.list(all=True, filters={"label": OWNER}):
        if not _alive(int(container.labels[OWNER])):
            try:
                container.remove(force=True, v=True)
            except (NotFound, APIError):
                continue  # another test run was quicker
    client.close()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class ContainedServer(ABC):
    """A server in a container, on a port of this machine that it keeps; usable with `async with`."""

    title: str
    wished_port: int
    inner_port: int

    def __init__(self) -> None:
        self.port = 0
        self._container: DockerContainer | None = None

    @property
    def pid(self) -> int | None:
        """The pid as this machine sees it, while it runs."""
        state = self._state()
        return int(state["Pid"]) if state.get("Running") else None

    @property
    def running(self) -> bool:
        return bool(self._state().get("Running"))

    async def start(self) -> None:
        """Returns when a client gets answers. Leaves nothing running when it fails or is cancelled."""
        self.port = self.port or free_port(self.wished_port)
        try:
            await asyncio.to_thread(self._run)
            await self._up()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Removes the container and its data. May be repeated."""
        await whole(asyncio.to_thread(self._remove))

    async def kill(self) -> None:
        """SIGKILL, as a crash would; the data stays. A busy engine calls it failed; it dies all the same."""
        if self.running:
            with suppress(APIError):
                await asyncio.to_thread(self._wrapped().kill)
            async with asyncio.timeout(START_SECONDS):
                while self.running:
                    await asyncio.sleep(0.1)

    async def signal(self, number: signal.Signals) -> None:
        """Sends its main process a signal."""
        await asyncio.to_thread(self._wrapped().kill, signal=number.name)

    async def restart(self) -> None:
        """Stops it where it still runs, and starts it on the same port with its data."""
        if self.running:
            await asyncio.to_thread(self._wrapped().stop, timeout=20)
        await asyncio.to_thread(self._wrapped().start)
        await self._up()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @abstractmethod
    def _made(self) -> DockerContainer:
        """The container, not yet started; `port` is known."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether a client gets an answer now."""

    def _run(self) -> None:
        prepare()
        self._container = container = self._made()
        # loopback only, whatever the engine's default is: there is no password on a test's Kafka
        container.ports = {str(self.inner_port): (HOST, self.port)}  # type: ignore[dict-item]
        container.with_kwargs(labels={OWNER: str(os.getpid())})
        container.start()

    async def _up(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers():
                    if not self.running:
                        raise LocalError(f"{self.title} ended before it answered:\n{self._words()}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise LocalError(f"{self.title} did not answer in {START_SECONDS} s:\n{self._words()}") from None

    def _words(self) -> str:
        return "\n".join(self._wrapped().logs(tail=8).decode(errors="replace").splitlines())

    def _state(self) -> dict[str, Any]:
        if self._container is None:
            return {}
        try:
            wrapped = self._wrapped()
            wrapped.reload()
        except NotFound:
            return {}
        return dict(wrapped.attrs["State"])

    def _wrapped(self) -> Any:
        assert self._container
        return self._container.get_wrapped_container()

    def _remove(self) -> None:
        if self._container:
            self._container.stop()
            self._container = None
