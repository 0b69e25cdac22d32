"""Records that could not be handled: kept whole, listed, sent again on command."""

import traceback
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from aiokafka import AIOKafkaProducer

from libs.kit.batch import Record
from libs.kit.database import Connection, Pool
from libs.schemas.events import NAMESPACE

APOLOGY = 1000
"""Ordinal of the bubble that tells of a parking: the answer after a replay must not be taken for a repeat of it."""
INSERT = """
INSERT INTO parked (id, topic, partition, "offset", key, headers, value, root_day, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET replayed_at = NULL, parked_at = now(), error = $9
"""


def signature(error: BaseException) -> str:
    """Class and place of an error. Never its text, which may quote what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {place}"


async def park(connection: Connection, record: Record, error: str) -> None:
    """Keeps a record that its handler failed on."""
    await connection.execute(
        INSERT,
        record.event.id,
        record.topic,
        record.partition,
        record.offset,
        record.key,
        _headers(record.headers),
        record.value,
        record.event.time.date(),
        error,
    )


async def park_unreadable(connection: Connection, item: Any, error: str) -> None:
    """Keeps a record that is no event of ours, under an id made from its place."""
    id = uuid5(NAMESPACE, f"{item.topic}/{item.partition}/{item.offset}")
    await connection.execute(
        INSERT,
        id,
        item.topic,
        item.partition,
        item.offset,
        item.key,
        _headers(item.headers),
        item.value,
        None,
        f"unreadable: {error}",
    )


def _headers(headers: Any) -> dict[str, str]:
    # what other programs write may be nothing, or bytes that jsonb takes in no form
    return {
        name.replace("\0", "\ufffd"): (value or b"").decode(errors="replace").replace("\0", "\ufffd")
        for name, value in headers
    }


async def listed(pool: Pool) -> list[dict[str, Any]]:
    """Parked records that were not sent again, oldest first, without their content."""
    rows = await pool.fetch(
        "SELECT id, topic, error, parked_at FROM parked WHERE replayed_at IS NULL ORDER BY parked_at LIMIT 1000"
    )
    return [dict(row) for row in rows]


async def replay(pool: Pool, producer: AIOKafkaProducer, id: UUID) -> bool:
    """Sends a parked record to its topic again and lets it through the inbox once more; False if it is not here."""
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow("SELECT * FROM parked WHERE id = $1 AND replayed_at IS NULL FOR UPDATE", id)
        if row is None:
            return False
        if row["root_day"]:
            await connection.execute("DELETE FROM inbox WHERE day = $1 AND event_id = $2", row["root_day"], id)
        await connection.execute("UPDATE parked SET replayed_at = now() WHERE id = $1", id)
        headers = [(name, value.encode()) for name, value in row["headers"].items()]
        # before the commit: killed in between, the record is handled once more or stays parked, never lost
        await producer.send_and_wait(row["topic"], value=row["value"], key=row["key"], headers=headers)
    return True
