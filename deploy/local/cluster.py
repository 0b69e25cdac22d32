"""Three brokers on this machine, every record on all three, two of them enough to write: for fail-over tests only."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.child import whole
from deploy.local.kafka import PROPERTIES, LocalKafka, new_cluster
from deploy.local.network import HOST, free_port
from deploy.local.supervisor import together

BROKERS = 3
CHANGES = {
    "node.id": "{id}",
    "controller.quorum.voters": "{voters}",
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    # a broker that is gone leaves the others waiting no longer than it must
    "replica.lag.time.max.ms": "5000",
}
LEFT_OUT = "controller.quorum.bootstrap.servers"


class Member(LocalKafka):
    """One broker of a cluster, and one vote of its quorum."""

    def __init__(self, directory: Path, id: int, port: int, controllers: list[int], cluster: str, heap: str) -> None:
        super().__init__(directory, port, heap=heap)
        self._id = id
        self._controllers = controllers
        self._cluster = cluster

    def _identity(self) -> list[str]:
        return ["-t", self._cluster]

    def _write_properties(self, file: Path, data: Path, controller: int) -> None:
        del controller  # the others must know it, so it was chosen before
        own = self._controllers[self._id - 1]
        text = PROPERTIES.format(host=HOST, port=self.port, controller=own, data=data)
        voters = ",".join(f"{id}@{HOST}:{port}" for id, port in enumerate(self._controllers, start=1))
        changes = {name: value.format(id=self._id, voters=voters) for name, value in CHANGES.items()}
        kept = [line for line in text.splitlines() if line.partition("=")[0] not in {*changes, LEFT_OUT}]
        file.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in changes.items())]) + "\n")


class LocalCluster:
    """Three members; usable with `async with`. Kill and restart them one by one."""

    def __init__(self, directory: Path, heap: str = "320m") -> None:
        self._directory = directory
        self._heap = heap
        self.members: list[Member] = []

    @property
    def bootstrap(self) -> str:
        """All members: a client that begins while one is down finds another."""
        return ",".join(member.bootstrap for member in self.members)

    async def start(self) -> None:
        """Returns when each of them gives clients an answer."""
        cluster = new_cluster()
        ports: list[int] = []
        for _ in range(2 * BROKERS):
            ports.append(free_port(21_000, ports))
        brokers, controllers = ports[:BROKERS], ports[BROKERS:]
        self.members = [
            Member(self._directory / str(id), id, brokers[id - 1], controllers, cluster, self._heap)
            for id in range(1, BROKERS + 1)
        ]
        await together(*(member.start() for member in self.members))

    async def stop(self) -> None:
        """All at once: a broker whose peers are gone would wait for them."""
        await whole(self._stop())

    async def _stop(self) -> None:
        await asyncio.gather(*(member.kill() for member in self.members), return_exceptions=True)

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
