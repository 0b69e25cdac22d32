"""One effect per record: fence, inbox, state and outbox in one transaction, what follows published after it."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer

from libs.kit import outbox
from libs.kit.batch import Batch, Record
from libs.kit.database import Connection, Pool
from libs.kit.failpoint import failpoint
from libs.kit.logs import log
from libs.kit.metrics import EVENTS_OUT

OPEN = """
WITH fence AS (
    SELECT 1 FROM owner
    WHERE (topic, partition, epoch) IN (SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[]))
    FOR SHARE
), published AS (
    DELETE FROM outbox WHERE id = ANY($4::bigint[])
), fresh AS (
    INSERT INTO inbox (day, event_id) SELECT * FROM unnest($5::date[], $6::uuid[])
    ON CONFLICT DO NOTHING RETURNING event_id
)
SELECT (SELECT count(*) FROM fence) AS held, (SELECT array_agg(event_id) FROM fresh) AS fresh
"""
CLAIM = """
INSERT INTO owner (topic, partition, epoch)
SELECT topic, partition, 1 FROM unnest($1::text[], $2::int[]) AS t (topic, partition)
ORDER BY 1, 2
ON CONFLICT (topic, partition) DO UPDATE SET epoch = owner.epoch + 1
RETURNING topic, partition, epoch
"""


RENEW = """
UPDATE owner SET epoch = owner.epoch + 1
FROM unnest($1::text[], $2::int[], $3::bigint[]) AS t (topic, partition, epoch)
WHERE (owner.topic, owner.partition, owner.epoch) = (t.topic, t.partition, t.epoch)
RETURNING owner.topic, owner.partition, owner.epoch
"""


class Fenced(Exception):
    """Another process owns one of the partitions by now; what was decided here must not count."""


@dataclass(frozen=True)
class Promises:
    """Parts of the loop that a negative control may switch off, to show that its test can fail."""

    inbox: bool = True
    sweep: bool = True
    epoch: bool = True


@dataclass
class Delivery:
    """The transactions of one worker, for the partitions it owns."""

    discom: str
    service: str
    role: str
    pool: Pool
    producer: AIOKafkaProducer
    promises: Promises = Promises()
    epochs: dict[tuple[str, int], int] = field(default_factory=dict)
    """The epoch under which we own each partition."""
    published: list[int] = field(default_factory=list)
    """Outbox rows that are in Kafka by now; the next transaction deletes them."""

    async def claim(self, mine: Sequence[tuple[str, int]]) -> None:
        """Raises the epoch of these partitions and publishes what their last owner left behind."""
        async with self.pool.acquire() as connection:
            rows = await connection.fetch(CLAIM, [topic for topic, _ in mine], [partition for _, partition in mine])
        failpoint("after_claim")
        if self.promises.sweep:
            await self.sweep(mine, 0.0)
        for row in rows:
            self.epochs[row["topic"], row["partition"]] = row["epoch"]

    async def renew(self) -> None:
        """Learns what became of a transaction whose end was not seen, and publishes what it left.

        It may still be under way in the server: a new epoch waits for its end, as it holds the present one. Raises
        `Fenced` where another process owns a partition by now.
        """
        mine = sorted(self.epochs.items())
        async with self.pool.acquire() as connection:
            rows = await connection.fetch(
                RENEW,
                [topic for (topic, _), _ in mine],
                [partition for (_, partition), _ in mine],
                [epoch for _, epoch in mine],
            )
        self.epochs |= {(row["topic"], row["partition"]): row["epoch"] for row in rows}
        if self.promises.epoch and len(rows) < len(mine):
            raise Fenced
        if self.promises.sweep:
            await self.sweep(list(self.epochs), 0.0)

    async def sweep(self, sources: Sequence[tuple[str, int]], age: float) -> None:
        """Publishes rows that were committed and never published; known ones wait for the next batch to delete them."""
        while sources:
            async with self.pool.acquire() as connection:
                found = await outbox.leftovers(connection, sources, self.published, age)
            await outbox.publish(self.producer, [event for _, event in found])
            async with self.pool.acquire() as connection:
                await outbox.delete(connection, [*(id for id, _ in found), *self.published])
            if found or self.published:
                failpoint("after_outbox_delete")
            self.published.clear()
            if found:
                log.info("outbox.swept", service=self.service, role=self.role, discom=self.discom, events=len(found))
            if len(found) < 500:
                return

    @asynccontextmanager
    async def transaction(
        self, records: Sequence[Record], more: Collection[tuple[str, int]] = ()
    ) -> AsyncIterator[Batch]:
        """One transaction and what follows from it; the batch holds the records that had no effect yet.

        `more` are partitions that are written for without a record of theirs. Raises `Fenced` when one of them all is
        not ours.
        """
        once = {record.event.id: record for record in records}
        if not self.promises.inbox:
            once = dict(enumerate(records))  # type: ignore[arg-type]
        for record in records:
            record.followers = 0  # a transaction that failed gave out ordinals, which must be the same on every run
        sources = sorted({*more, *(record.source for record in records)})
        async with self.pool.acquire() as connection:
            async with connection.transaction():
                fresh = await self._open(connection, sources, list(once.values()))
                batch = Batch(self.discom, self.service, connection, fresh)
                yield batch
                ids = await outbox.store(connection, batch.outgoing)
                failpoint("in_transaction")
        # whatever was published before is deleted by now
        if self.published:
            failpoint("after_outbox_delete")
        self.published.clear()
        failpoint("after_commit")
        await outbox.publish(self.producer, batch.outgoing)
        failpoint("after_publish")
        self.published += ids
        EVENTS_OUT.labels(self.service, self.role, self.discom).inc(len(ids))

    async def _open(
        self, connection: Connection, sources: Sequence[tuple[str, int]], records: Sequence[Record]
    ) -> list[Record]:
        """Takes the fence and the inbox; the records that are new. Ids are sorted, so two owners cannot deadlock."""
        if any(source not in self.epochs for source in sources):
            raise Fenced
        ordered = sorted(records, key=lambda record: record.event.id) if self.promises.inbox else []
        row = await connection.fetchrow(
            OPEN,
            [topic for topic, _ in sources],
            [partition for _, partition in sources],
            [self.epochs[source] for source in sources],
            self.published,
            [record.event.time.date() for record in ordered],
            [record.event.id for record in ordered],
        )
        assert row
        if self.promises.epoch and row["held"] != len(sources):
            raise Fenced
        if not self.promises.inbox:
            return list(records)
        fresh = set(row["fresh"] or ())
        return [record for record in records if record.event.id in fresh]
