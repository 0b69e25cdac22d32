"""The profile `cluster` of deploy/docker-compose.yml, with the handles of the local cluster."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.compose.project import PORTS, Project
from deploy.local.child import whole
from deploy.local.files import ROOT, LocalError
from deploy.local.network import HOST, free_port, kafka_answers

REACHABLE = Path(__file__).with_name("cluster.yml")
BROKERS = ("kafka-1", "kafka-2", "kafka-3")
PATIENCE_SECONDS = 240


@dataclass
class Member:
    """One of the brokers."""

    cluster: "ContainerCluster"
    service: str
    port: int

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    async def kill(self) -> None:
        """SIGKILL, as a crash would; nothing starts it anew. A busy engine calls it failed; it dies all the same."""
        with suppress(LocalError):
            await self.cluster.compose("kill", self.service)
        await self._until(answers=False)

    async def restart(self) -> None:
        """Starts it with its data; returns when it gives clients an answer."""
        await self.cluster.compose("start", self.service)
        await self.up()

    async def up(self) -> None:
        await self._until(answers=True)

    async def _until(self, *, answers: bool) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await kafka_answers(self.port) != answers:
                    await asyncio.sleep(0.2)
        except TimeoutError:
            how = "does not answer" if answers else "still answers"
            raise LocalError(f"{self.service} {how} after {PATIENCE_SECONDS} s") from None


class ContainerCluster:
    """Three members; usable with `async with`. Kill and restart them one by one."""

    def __init__(self, directory: Path, heap: str = "320m") -> None:
        self._directory = directory
        self._heap = heap
        ports: list[int] = []
        for _ in BROKERS:
            ports.append(free_port(21_000, ports))
        self.members = [Member(self, service, port) for service, port in zip(BROKERS, ports, strict=True)]
        self._project = Project(
            f"bijli-setu-cluster-{os.getpid()}",
            ("cluster",),
            PORTS,
            directory / "secrets",
            ROOT / "deploy" / "discoms",
            directory / "settings.env",
        )

    @property
    def bootstrap(self) -> str:
        """All members: a client that begins while one is down finds another."""
        return ",".join(member.bootstrap for member in self.members)

    async def compose(self, *arguments: str) -> None:
        done = await asyncio.to_thread(self._project.ask, "--file", str(REACHABLE), *arguments)
        if done.returncode:
            raise LocalError(f"docker compose {' '.join(arguments)}: {done.stderr}")

    async def start(self) -> None:
        """Returns when each of them gives clients an answer."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._project.remember()
        with self._project.settings.open("a", encoding="utf-8") as settings:
            settings.write(f"KAFKA_HEAP_OPTS=-Xms{self._heap} -Xmx{self._heap}\n")
            settings.writelines(f"KAFKA_{n}_PORT={member.port}\n" for n, member in enumerate(self.members, start=1))
        await self.compose("up", "--detach", "--no-build", "--no-deps", *BROKERS)
        await asyncio.gather(*(member.up() for member in self.members))

    async def stop(self) -> None:
        """All at once: a broker whose peers are gone would wait for them."""
        await whole(self._stop())

    async def _stop(self) -> None:
        await self.compose("down", "--volumes", "--timeout=0")
        self._project.settings.unlink(missing_ok=True)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
