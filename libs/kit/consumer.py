"""The delivery loop: records in, one effect each, events out.

A batch is one PostgreSQL transaction: inbox (drops repeats), the service's state, outbox, and the deletion of the
outbox rows that the batch before has published. After the commit all events are produced, later the offsets are
committed. Killed anywhere in between, the next owner of the partition publishes what is left and drops what repeats.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from libs.kit import parking
from libs.kit.batch import Batch, Record
from libs.kit.database import Pool, is_transient
from libs.kit.delivery import Delivery, Fenced, Promises
from libs.kit.failpoint import failpoint
from libs.kit.kafka import MAX_RECORDS, OF_NO_USE, start_consumer
from libs.kit.logs import Seldom, log
from libs.kit.metrics import BATCH_RECORDS, RECORDS, RESTARTS
from libs.kit.settings import Settings
from libs.schemas.events import Unreadable, read
from libs.schemas.topics import Topic

COMMIT_SECONDS = 0.2
SWEEP_SECONDS = 2.0
LEAVE_SECONDS = 5.0
SAME_ERROR_CHATS = 3
"""The same error on this many chats in a row is our own fault: stop and park nothing."""


class OwnFault(RuntimeError):
    """The same error on several chats in a row: this program is broken, not the records."""


Handler = Callable[[Batch], Awaitable[None]]
Apology = Callable[[Batch, Record], None]
Hook = Callable[[], Awaitable[None]]
Claimed = Callable[[Sequence[tuple[str, int]]], Awaitable[None]]


@dataclass
class Worker:
    """Runs one handler over the topics of one discom until it is stopped."""

    settings: Settings
    service: str
    role: str
    discom: str
    topics: Sequence[Topic]
    pool: Pool
    producer: AIOKafkaProducer
    handle: Handler
    apologise: Apology | None = None
    """Tells the consumer that a message was parked; gets a batch of its own."""
    after_commit: Hook | None = None
    """Called after every batch that committed, outside the transaction."""
    claimed: Claimed | None = None
    """Called with the partitions that this process has just come to own, or whose last transaction may have been
    committed without our knowing: what stands in the database is to be looked at before the next batch."""
    companions: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    """Work that goes on for as long as the worker runs: what it stored to be done outside its transactions."""
    promises: Promises = Promises()
    last_poll: float = field(default_factory=time.monotonic)
    _consumer: AIOKafkaConsumer | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _unclaimed: set[tuple[str, int]] = field(default_factory=set)
    _offsets: dict[TopicPartition, int] = field(default_factory=dict)
    _committed_at: float = 0.0
    _swept_at: float = 0.0
    _failures: dict[str, set[bytes]] = field(default_factory=dict)
    _stopping: bool = False
    _doubtful: bool = False
    """A transaction may have been committed without our knowing."""
    _seldom: Seldom = field(default_factory=Seldom)

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.discom, self.service, self.role, self.pool, self.producer, self.promises)

    async def run(self) -> None:
        """Consumes until `stop`. Starts over when fenced; leaves with an error that only a restart may heal."""
        self.log = log.bind(service=self.service, role=self.role, discom=self.discom)
        work = [
            asyncio.ensure_future(self._keep_consuming()),
            *(asyncio.ensure_future(one()) for one in self.companions),
        ]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _keep_consuming(self) -> None:
        while not self._stopping:
            try:
                await self._consume()
            except Fenced:
                RESTARTS.labels(self.service, self.role, self.discom, "fenced").inc()
                self.log.warning("worker.fenced")
                await asyncio.sleep(1.0)
            finally:
                self._forget()

    def stop(self) -> None:
        """Finishes the batch in hand, commits its offsets and leaves the group."""
        self._stopping = True

    @property
    def owns(self) -> frozenset[tuple[str, int]]:
        """Partitions this process may write for."""
        return frozenset(self.delivery.epochs)

    def _forget(self) -> None:
        self.delivery.epochs.clear()
        self._unclaimed.clear()
        self.delivery.published.clear()
        self._offsets.clear()

    async def _consume(self) -> None:
        group = f"{self.discom}.{self.service}.{self.role}"
        self._consumer = consumer = await start_consumer(self.settings, group)
        consumer.subscribe([topic.name(self.discom) for topic in self.topics], listener=_Rebalance(self))
        try:
            while not self._stopping:
                wait = COMMIT_SECONDS if self._offsets else 1.0
                polled = await consumer.getmany(timeout_ms=int(wait * 1000), max_records=MAX_RECORDS)
                self.last_poll = time.monotonic()
                if polled:
                    failpoint("after_poll")
                await self._patiently(partial(self._step, polled))
        finally:
            async with self._lock:
                await self._commit_offsets(force=True)
            self._consumer = None
            with suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(LEAVE_SECONDS):
                    await consumer.stop()

    async def _step(self, polled: dict[TopicPartition, list[Any]]) -> None:
        """One turn: claim what is new, handle what was polled, then the housekeeping that is due."""
        await self._learn()
        await self._claim()
        if polled:
            await self._process(polled)
        await self._commit_offsets(force=not polled)
        now = time.monotonic()
        if self.promises.sweep and now - self._swept_at > SWEEP_SECONDS:
            self._swept_at = now
            await self.delivery.sweep(list(self.delivery.epochs), SWEEP_SECONDS)

    async def _patiently(self, step: Callable[[], Awaitable[None]]) -> None:
        """Repeats a step over passing troubles. Meanwhile fetching rests and polling goes on, so the group keeps us."""
        assert self._consumer
        consumer, pause = self._consumer, 0.05
        paused = False
        while True:
            try:
                async with self._lock:
                    await step()
                break
            except Exception as error:
                if isinstance(error, OF_NO_USE):
                    raise
                # leftovers of a broker trouble are published in order by whoever claims the partition next
                if isinstance(error, KafkaError):
                    raise Fenced from error
                if not is_transient(error):
                    raise
                self._doubtful = True
                self._seldom.warning(
                    "worker.waits", error=type(error).__name__, service=self.service, discom=self.discom
                )
            if self._stopping:
                return
            paused = True
            consumer.pause(*consumer.assignment())
            await consumer.getmany(timeout_ms=0)
            self.last_poll = time.monotonic()
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))
            pause = min(5.0, pause * 2)
        if paused:
            consumer.resume(*consumer.assignment())

    async def _learn(self) -> None:
        """After a transaction of unknown outcome: what it left comes before anything newer."""
        if self._doubtful:
            await self.delivery.renew()
            if self.claimed:
                await self.claimed(sorted(self.delivery.epochs))
            self._doubtful = False

    async def _claim(self) -> None:
        """Takes what was newly assigned and publishes what its last owner left behind."""
        if not self._unclaimed:
            return
        mine = sorted(self._unclaimed)
        await self.delivery.claim(mine)
        self._unclaimed.difference_update(mine)
        if self.claimed:
            await self.claimed(mine)
        self.log.info("worker.claimed", partitions=len(mine))

    async def _process(self, polled: dict[TopicPartition, list[Any]]) -> None:
        records: list[Record] = []
        for tp, raw in polled.items():
            if (tp.topic, tp.partition) in self.delivery.epochs:
                records += await self._readable(raw)
            elif self._consumer and tp in self._consumer.assignment():
                # polled before a rebalance that gave the partition back to us: read it again under the new epoch
                self._consumer.seek(tp, raw[0].offset)
        bad: list[tuple[Record, Exception]] = []
        await self._bisect(records, bad)
        await self._park(bad)
        for tp, raw in polled.items():
            if (tp.topic, tp.partition) in self.delivery.epochs:
                self._offsets[tp] = raw[-1].offset + 1
        RECORDS.labels(self.service, self.role, self.discom).inc(sum(map(len, polled.values())))

    async def _readable(self, raw: Sequence[Any]) -> list[Record]:
        found = []
        for item in raw:
            try:
                event = read(item.headers, item.value)
            except Unreadable as error:
                async with self.pool.acquire() as connection:
                    await parking.park_unreadable(connection, item, str(error))
                self.log.error("delivery.parked", error=f"unreadable: {error}", topic=item.topic)
                continue
            if event is not None:
                found.append(
                    Record(event, item.topic, item.partition, item.offset, item.key, tuple(item.headers), item.value)
                )
        return found

    async def _bisect(self, records: list[Record], bad: list[tuple[Record, Exception]], again: bool = False) -> None:
        """Handles records; halves them until those that cannot be handled, twice, stand alone; these are collected."""
        if not records:
            return
        try:
            await self._transact(records)
            self._failures.clear()
        except Exception as error:
            if isinstance(error, (Fenced, OwnFault, KafkaError)) or is_transient(error):
                raise
            # nobody knows every error of a dying connection: this one may have come after the commit
            self._doubtful = True
            await self._learn()
            if len(records) == 1:
                if again:
                    bad.append((records[0], error))
                else:
                    await self._bisect(records, bad, again=True)
                return
            half = len(records) // 2
            await self._bisect(records[:half], bad)
            await self._bisect(records[half:], bad)

    async def _park(self, bad: Sequence[tuple[Record, Exception]]) -> None:
        """Puts records aside and tells their consumers, unless several chats fail alike: then none is parked."""
        for record, error in bad:
            where = parking.signature(error)
            chats = self._failures.setdefault(where, set())
            chats.add(record.key or b"")
            if len(chats) >= SAME_ERROR_CHATS:
                raise OwnFault(where)
        for record, error in bad:
            await self._park_one(record, parking.signature(error))

    async def _park_one(self, record: Record, where: str) -> None:
        async def park(batch: Batch) -> None:
            await parking.park(batch.connection, record, where)
            if self.apologise:
                self.apologise(batch, record)

        await self._transact([record], park)
        self.log.error("delivery.parked", error=where, event_id=str(record.event.id), topic=record.topic)

    async def _transact(self, records: Sequence[Record], handle: Handler | None = None) -> None:
        """One transaction and what follows from it."""
        async with self.delivery.transaction(records) as batch:
            if batch.records:
                await (handle or self.handle)(batch)
        BATCH_RECORDS.labels(self.service, self.role).observe(len(records))
        if self.after_commit:
            await self.after_commit()

    @asynccontextmanager
    async def follow_up(self, sources: Collection[tuple[str, int]]) -> AsyncIterator[Batch]:
        """A transaction for what was asked outside one: fenced and published like a batch, which it excludes.

        The caller builds the causing `Record`s itself, from what it stored when it asked. Raises `Fenced` when one of
        the partitions is not ours any more, or when the broker failed; passing troubles of the database come out as
        they are. In both cases the caller looks at the database again: the transaction may have been committed.
        """
        async with self._lock:
            try:
                await self._learn()
                async with self.delivery.transaction((), sources) as batch:
                    yield batch
            except OF_NO_USE:
                raise
            except KafkaError as error:
                self._doubtful = True
                raise Fenced from error
            except Exception as error:
                self._doubtful = self._doubtful or is_transient(error)
                raise

    async def _commit_offsets(self, force: bool) -> None:
        now = time.monotonic()
        if not self._offsets or not self._consumer or (not force and now - self._committed_at < COMMIT_SECONDS):
            return
        self._committed_at = now
        failpoint("before_offset_commit")
        offsets, self._offsets = self._offsets, {}
        held = {tp: offset for tp, offset in offsets.items() if tp in self._consumer.assignment()}
        try:
            if held:
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._consumer.commit(held)
        except (CommitFailedError, IllegalStateError):
            pass  # lost to a rebalance: the next owner reads them again and its inbox drops them
        except (KafkaError, TimeoutError) as error:
            self._offsets = held | self._offsets
            self._seldom.warning("worker.commit_waits", error=type(error).__name__, discom=self.discom)

    async def revoked(self, partitions: Sequence[tuple[str, int]]) -> None:
        """Waits for the batch in hand, then gives the partitions up."""
        async with self._lock:
            await self._commit_offsets(force=True)
            for partition in partitions:
                self.delivery.epochs.pop(partition, None)
                self._unclaimed.discard(partition)

    def assigned(self, partitions: Sequence[tuple[str, int]]) -> None:
        """Notes what is to be claimed; the loop does it, as errors raised in a listener are swallowed."""
        self._unclaimed.update(partitions)


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """aiokafka rebalances in a background task; both sides take the worker's lock."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._worker.revoked([(tp.topic, tp.partition) for tp in revoked])

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._worker.assigned([(tp.topic, tp.partition) for tp in assigned])
