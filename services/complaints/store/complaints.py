"""Complaints, their history and their numbers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from libs.kit.database import Connection
from services.complaints.domain import Complaint, Entry

COLUMNS = tuple(Complaint.__dataclass_fields__)
"""The fields of a complaint are the columns of its row."""
INSERT = f"""
INSERT INTO complaints ({", ".join(COLUMNS)})
SELECT {", ".join(COLUMNS)} FROM jsonb_populate_recordset(NULL::complaints, $1::jsonb)
"""
CHANGING = ("turn", "heard_at", "phone", "area", "hours", "photos", "latitude", "longitude", "due_at", "next_at",
            "priority", "status", "level", "resolved_at", "unconfirmed", "remark", "version")  # fmt: skip
UPDATE = f"""
UPDATE complaints SET ({", ".join(CHANGING)}) = ({", ".join(f"n.{column}" for column in CHANGING)})
FROM jsonb_populate_recordset(NULL::complaints, $1::jsonb) AS n WHERE complaints.number = n.number
"""
HISTORY = """
INSERT INTO history (id, number, at, kind, by_whom, text, status)
SELECT id, number, at, kind, by_whom, text, status FROM jsonb_populate_recordset(NULL::history, $1::jsonb)
ON CONFLICT (id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history, with the id of the action that wrote it."""

    id: UUID
    at: datetime
    complaint: Complaint
    entry: Entry


def complaint_of(row: asyncpg.Record) -> Complaint:
    """A complaint from its row."""
    fields = {column: row[column] for column in COLUMNS}
    plain = {"key": uuid_of(row["key"]), "chat_id": str(row["chat_id"]), "photos": tuple(row["photos"])}
    return Complaint(**fields | plain)


def uuid_of(value: UUID) -> UUID:
    """Python's own UUID: asyncpg's cannot be written as JSON."""
    return UUID(int=value.int)


async def one(connection: Connection, number: str) -> Complaint | None:
    """One complaint, to look at."""
    row = await connection.fetchrow(f"SELECT {', '.join(COLUMNS)} FROM complaints WHERE number = $1", number)
    return complaint_of(row) if row else None


async def locked(connection: Connection, number: str) -> Complaint | None:
    """One complaint, locked until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {', '.join(COLUMNS)} FROM complaints WHERE number = $1 FOR NO KEY UPDATE", number
    )
    return complaint_of(row) if row else None


async def register(connection: Connection, complaints: Sequence[Complaint]) -> None:
    """Writes new complaints; their drafts have had their use."""
    await connection.execute(INSERT, list(complaints))
    await connection.execute("DELETE FROM drafts WHERE key = ANY($1::uuid[])", [c.key for c in complaints])


async def update(connection: Connection, complaints: Sequence[Complaint]) -> None:
    """Writes what has changed of complaints that were read under their lock."""
    await connection.execute(UPDATE, sorted(complaints, key=lambda complaint: complaint.number))


async def is_done(connection: Connection, action: UUID) -> bool:
    """Whether an action has had its effect already."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM history WHERE id = $1)", action))


async def remember(connection: Connection, lines: Sequence[Line]) -> None:
    """Adds to the history."""
    await connection.execute(
        HISTORY,
        [
            {
                "id": line.id,
                "number": line.complaint.number,
                "at": line.at,
                "kind": line.entry.kind,
                "by_whom": line.entry.by,
                "text": line.entry.text,
                "status": line.complaint.status,
            }
            for line in lines
        ],
    )


async def due(connection: Connection, partitions: Sequence[int], now: datetime, most: int) -> list[Complaint]:
    """Complaints of these partitions that the clock has to look at, the longest overdue first, locked."""
    rows = await connection.fetch(
        f"""SELECT {", ".join(COLUMNS)} FROM complaints WHERE partition = ANY($1::int[]) AND next_at <= $2
        ORDER BY next_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED""",
        list(partitions),
        now,
        most,
    )
    return [complaint_of(row) for row in rows]


async def take_serials(connection: Connection, days: Collection[date], first: int) -> dict[date, int]:
    """The next serial of each day, locked until the transaction ends; `keep_serials` says how far they were used."""
    rows = await connection.fetch(
        """INSERT INTO serials AS s (day, next) SELECT day, $2 FROM unnest($1::date[]) AS t (day)
        ON CONFLICT (day) DO UPDATE SET next = greatest(s.next, $2) RETURNING day, next""",
        sorted(days),
        first,
    )
    return {row["day"]: row["next"] for row in rows}


async def keep_serials(connection: Connection, serials: Mapping[date, int]) -> None:
    """How far the serials were used."""
    await connection.execute(
        """UPDATE serials SET next = n.next FROM unnest($1::date[], $2::int[]) AS n (day, next)
        WHERE serials.day = n.day""",
        list(serials),
        list(serials.values()),
    )
