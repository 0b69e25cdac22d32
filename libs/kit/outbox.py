"""Events decided in a transaction and published after it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer

from libs.kit.database import Connection
from libs.schemas.events import Event

INSERT = """
INSERT INTO outbox (topic, key, value, headers, source_topic, source_partition)
SELECT topic, key, value, headers, source_topic, source_partition
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::jsonb[], $5::text[], $6::int[])
     WITH ORDINALITY AS t (topic, key, value, headers, source_topic, source_partition, n)
ORDER BY n
RETURNING id
"""
LEFTOVER = """
SELECT id, topic, key, value, headers FROM outbox
WHERE (source_topic, source_partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
  AND NOT id = ANY($3::bigint[]) AND created_at <= clock_timestamp() - make_interval(secs => $4)
ORDER BY id LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event on its way to a topic, with the partition whose owner answers for it."""

    topic: str
    key: str
    value: bytes
    headers: list[tuple[str, bytes]]
    source: tuple[str, int]

    @classmethod
    def of(cls, event: Event, topic: str, source: tuple[str, int]) -> "Outgoing":
        return cls(topic, event.subject, event.value(), event.headers(), source)


async def store(connection: Connection, events: Sequence[Outgoing]) -> list[int]:
    """Writes events to the outbox, in order; returns their row ids."""
    if not events:
        return []
    rows = await connection.fetch(
        INSERT,
        [event.topic for event in events],
        [event.key for event in events],
        [event.value for event in events],
        [{name: value.decode() for name, value in event.headers} for event in events],
        [event.source[0] for event in events],
        [event.source[1] for event in events],
    )
    return [row["id"] for row in rows]


async def publish(producer: AIOKafkaProducer, events: Sequence[Outgoing]) -> None:
    """Sends all and returns once every one is acknowledged by all replicas. Order is kept per key."""
    sent = [
        await producer.send(event.topic, value=event.value, key=event.key.encode(), headers=event.headers)
        for event in events
    ]
    if sent:
        await asyncio.gather(*sent)


async def leftovers(
    connection: Connection, sources: Sequence[tuple[str, int]], known: Sequence[int], age_seconds: float
) -> list[tuple[int, Outgoing]]:
    """Rows of these partitions that someone committed and nobody published, oldest first, at most 500."""
    rows: list[Any] = await connection.fetch(
        LEFTOVER, [topic for topic, _ in sources], [partition for _, partition in sources], list(known), age_seconds
    )
    return [
        (
            row["id"],
            Outgoing(
                row["topic"],
                row["key"],
                row["value"],
                [(name, value.encode()) for name, value in row["headers"].items()],
                ("", 0),
            ),
        )
        for row in rows
    ]


async def delete(connection: Connection, ids: Sequence[int]) -> None:
    """Forgets rows that are in Kafka by now."""
    if ids:
        await connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", list(ids))
