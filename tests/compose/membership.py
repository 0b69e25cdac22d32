"""Is static membership worth it? Measures how long records wait while consumers of a group come, go and are replaced.

python -m tests.compose.membership     a table for docs/adr/0006-no-static-membership.md
"""

import asyncio
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from libs.kit import kafka
from libs.kit.settings import Settings
from tests.containers import choice

PARTITIONS = 3
PER_SECOND = 20
START_SECONDS = 2.5
"""A Python service needs so long from its start to its first poll."""
REST_SECONDS = 5.0
CALM_SECONDS = 0.5


@dataclass
class Member:
    """One consumer, by the settings of every worker here, with a fixed id where membership is static."""

    settings: Settings
    topic: str
    id: str | None
    waits: list[float]
    seen: Counter[str] = field(default_factory=Counter)
    name: str = ""
    _consumer: AIOKafkaConsumer | None = None
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        more = {"group_instance_id": self.id} if self.id else {}
        self._consumer = consumer = await kafka.start_consumer(self.settings, self.topic, **more)
        consumer.subscribe([self.topic])
        self._task = asyncio.create_task(self._consume(consumer))

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                self.waits += [time.time() - record.timestamp / 1000 for record in records]
                self.seen[self.name] += len(records)
                with suppress(KafkaError):  # given away by a rebalance: read again by whoever has it now
                    await consumer.commit()

    async def stop(self) -> None:
        assert self._task and self._consumer
        self._task.cancel()
        (ended,) = await asyncio.gather(self._task, return_exceptions=True)
        if isinstance(ended, KafkaError):
            print(f"{self.name or self.id} had ended by {ended!r}")
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(5):
                await self._consumer.stop()

    async def replace(self) -> None:
        await self.stop()
        await asyncio.sleep(START_SECONDS)
        await self.start()


async def _produce(producer: AIOKafkaProducer, topic: str) -> None:
    n = 0
    while True:
        await producer.send_and_wait(topic, b"", partition=n % PARTITIONS)
        n += 1
        await asyncio.sleep(1 / PER_SECOND)


async def _topic(settings: Settings) -> str:
    name = f"membership-{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
    await admin.close()
    producer = await kafka.start_producer(settings)
    for partition in range(PARTITIONS):  # from here on everybody knows the topic
        await producer.send_and_wait(name, b"", partition=partition)
    await producer.stop()
    await asyncio.sleep(1)
    return name


async def measure(settings: Settings, static: bool) -> dict[str, float]:
    """The longest wait in each situation."""
    topic = await _topic(settings)
    waits: list[float] = []
    members = [Member(settings, topic, f"member-{n}" if static else None, waits) for n in range(PARTITIONS)]
    producer = await kafka.start_producer(settings)
    writing = asyncio.create_task(_produce(producer, topic))
    found: dict[str, float] = {}

    async def longest(what: str) -> None:
        """Since the last time, once records flow again as they do in calm."""
        await asyncio.sleep(REST_SECONDS)
        while not waits or max(waits[-PER_SECOND:]) > CALM_SECONDS:
            await asyncio.sleep(0.2)
        found[what] = max(waits)
        waits.clear()

    await members[0].start()
    await longest("the first comes")
    await longest("nothing happens")
    await asyncio.gather(members[1].start(), members[2].start())
    await longest("1 → 3")
    for member in members:
        await member.replace()
        await asyncio.sleep(REST_SECONDS)
    await longest("each replaced in turn")
    await members[1].stop()
    await members[2].stop()
    await asyncio.sleep(12)  # the session of a member that said nothing
    await longest("3 → 1")
    await members[0].stop()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await producer.stop()
    return found


async def same_id(settings: Settings, seconds: float = 20.0) -> tuple[Counter[str], float]:
    """Two members with one id: how much each reads, and the longest wait."""
    topic = await _topic(settings)
    waits: list[float] = []
    seen: Counter[str] = Counter()
    members = [Member(settings, topic, "twin", waits, seen, name) for name in ("first", "second")]
    producer = await kafka.start_producer(settings)
    writing = asyncio.create_task(_produce(producer, topic))
    for member in members:
        await member.start()
    await asyncio.sleep(seconds)
    writing.cancel()
    for member in members:
        await member.stop()
    await producer.stop()
    return seen, max(waits, default=0.0)


async def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as directory:
        async with choice.kafka(Path(directory) / "kafka", heap="384m") as broker:
            settings = Settings(
                environment="test",
                kafka_bootstrap=broker.bootstrap,
                postgres_dsn="postgresql://nobody",
                postgres_password_dir=Path(directory),
            )
            await same_id(settings, 5.0)  # a broker's first group takes longer than all later ones
            dynamic, static = await measure(settings, False), await measure(settings, True)
            print("| longest wait of a record | dynamic | static |\n|---|---:|---:|")
            for what in dynamic:
                print(f"| {what} | {dynamic[what]:.1f} s | {static[what]:.1f} s |")
            seen, wait = await same_id(settings)
            print(f"two members with one id, 20 s: {dict(seen)}, longest wait {wait:.1f} s")


if __name__ == "__main__":
    asyncio.run(main())
