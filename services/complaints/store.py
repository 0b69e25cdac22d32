"""All SQL of complaints but the console's lists. A batch costs a few statements, however many chats it holds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from libs.kit.database import Connection
from libs.schemas.messages import Merge
from services.complaints.domain import Chat, Complaint, Dialogue, Draft, Entry, NoticeKind, Step

NEWEST = 10
"""Complaints of a chat that are looked at; an older one is found by its number."""
COLUMNS = tuple(Complaint.__dataclass_fields__)
"""The fields of a complaint are the columns of its row."""

COMPLAINTS = f"""
SELECT {", ".join(COLUMNS)} FROM complaints
WHERE chat_id = ANY($1::uuid[]) AND number IN (
    SELECT own.number FROM unnest($1::uuid[]) AS chat (id), LATERAL (
        SELECT number FROM complaints WHERE chat_id = chat.id ORDER BY registered_at DESC LIMIT {NEWEST}
    ) AS own
    UNION ALL SELECT number FROM complaints WHERE number = ANY($2::text[])
    UNION ALL SELECT number FROM complaints WHERE key = ANY($3::uuid[])
)
ORDER BY number FOR NO KEY UPDATE
"""
"""Locked, for an officer may work on the same one; ordered, so that two cannot wait for each other."""
DRAFTS = """
SELECT chat_id, draft FROM drafts
WHERE chat_id = ANY($1::uuid[])
  AND (key = ANY($2::uuid[]) OR key IN (SELECT key FROM dialogues WHERE chat_id = ANY($1::uuid[])))
"""
INSERT = f"""
INSERT INTO complaints ({", ".join(COLUMNS)})
SELECT {", ".join(COLUMNS)} FROM jsonb_populate_recordset(NULL::complaints, $1::jsonb)
"""
CHANGING = ("photos", "latitude", "longitude", "due_at", "next_at", "priority", "status", "level", "resolved_at",
            "unconfirmed", "remark", "version")  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that is to be sent."""

    id: UUID
    kind: NoticeKind
    text: str
    complaint: Complaint


async def chats(
    connection: Connection, ids: Collection[str], numbers: Collection[str], keys: Collection[UUID]
) -> dict[str, Chat]:
    """What is known of these chats. `numbers` and `keys` are what messages name; they count for their own chat only."""
    wanted = [UUID(id) for id in sorted(ids)]
    found: dict[str, tuple[dict[UUID, Draft], list[Complaint]]] = {id: ({}, []) for id in ids}
    rows = await connection.fetch(
        "SELECT chat_id, step, key, numbers, until FROM dialogues WHERE chat_id = ANY($1::uuid[])", wanted
    )
    dialogues = {
        str(row["chat_id"]): Dialogue(Step(row["step"]), row["until"], row["key"], tuple(row["numbers"]))
        for row in rows
    }
    for row in await connection.fetch(DRAFTS, wanted, list(keys)):
        draft = _draft(row["draft"])
        found[str(row["chat_id"])][0][draft.key] = draft
    confirmed = {*keys, *(dialogue.key for dialogue in dialogues.values() if dialogue.key)}
    for row in await connection.fetch(COMPLAINTS, wanted, list(numbers), list(confirmed)):
        complaint = complaint_of(row)
        found[complaint.chat_id][1].append(complaint)
    return {
        id: Chat(
            dialogues.get(id),
            drafts,
            {c.number: c for c in sorted(complaints, key=lambda c: c.registered_at, reverse=True)},
        )
        for id, (drafts, complaints) in found.items()
    }


def complaint_of(row: asyncpg.Record) -> Complaint:
    """A complaint from its row."""
    fields = {column: row[column] for column in COLUMNS}
    return Complaint(**{**fields, "chat_id": str(row["chat_id"]), "photos": tuple(row["photos"])})


def _draft(fields: Mapping[str, Any]) -> Draft:
    return Draft(**{**fields, "key": UUID(fields["key"]), "photos": tuple(fields["photos"])})


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


async def save_dialogues(connection: Connection, dialogues: Mapping[str, Dialogue], over: Collection[str]) -> None:
    """Keeps the questions that wait for an answer and forgets the others."""
    if over:
        await connection.execute(
            "DELETE FROM dialogues WHERE chat_id = ANY($1::uuid[])", [UUID(chat) for chat in sorted(over)]
        )
    if dialogues:
        rows = [{"chat_id": chat, **_fields(dialogues[chat])} for chat in sorted(dialogues)]
        await connection.execute(
            """INSERT INTO dialogues (chat_id, step, key, numbers, until)
            SELECT chat_id, step, key, numbers, until FROM jsonb_populate_recordset(NULL::dialogues, $1::jsonb)
            ON CONFLICT (chat_id) DO UPDATE
            SET (step, key, numbers, until) = (excluded.step, excluded.key, excluded.numbers, excluded.until)""",
            rows,
        )


async def ask_if_free(connection: Connection, chat_id: str, dialogue: Dialogue, now: datetime) -> None:
    """A notice's question becomes the chat's dialogue unless the consumer is in the middle of one."""
    await connection.execute(
        """INSERT INTO dialogues AS d (chat_id, step, key, numbers, until) VALUES ($1, $2, NULL, $3, $4)
        ON CONFLICT (chat_id) DO UPDATE
        SET (step, key, numbers, until) = (excluded.step, excluded.key, excluded.numbers, excluded.until)
        WHERE d.until <= $5""",
        UUID(chat_id),
        dialogue.step.value,
        list(dialogue.numbers),
        dialogue.until,
        now,
    )


async def save_drafts(connection: Connection, drafts: Mapping[UUID, tuple[str, Draft]], at: datetime) -> None:
    """Keeps what consumers told so far."""
    await connection.execute(
        """INSERT INTO drafts (key, chat_id, draft, at) SELECT key, chat_id, draft, $2
        FROM jsonb_populate_recordset(NULL::drafts, $1::jsonb)
        ON CONFLICT (key) DO UPDATE SET draft = excluded.draft""",
        [{"key": key, "chat_id": drafts[key][0], "draft": drafts[key][1]} for key in sorted(drafts)],
        at,
    )


async def register(connection: Connection, complaints: Sequence[Complaint]) -> None:
    """Writes new complaints; their drafts have had their use."""
    await connection.execute(INSERT, list(complaints))
    await connection.execute("DELETE FROM drafts WHERE key = ANY($1::uuid[])", [c.key for c in complaints])


async def update(connection: Connection, complaints: Sequence[Complaint]) -> None:
    """Writes what has changed of complaints that were read under their lock."""
    await connection.execute(UPDATE, sorted(complaints, key=lambda complaint: complaint.number))


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


async def queue_notices(connection: Connection, notices: Sequence[Waiting], at: datetime) -> None:
    """These notices are to be sent at that time."""
    await connection.execute(
        """INSERT INTO notices (id, number, partition, kind, text, due_at)
        SELECT id, number, partition, kind, text, $6
        FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[]) AS t (id, number, partition, kind, text)
        ON CONFLICT (id) DO NOTHING""",
        [notice.id for notice in notices],
        [notice.complaint.number for notice in notices],
        [notice.complaint.partition for notice in notices],
        [notice.kind for notice in notices],
        [notice.text for notice in notices],
        at,
    )


async def partitions_due(connection: Connection, partitions: Sequence[int], now: datetime) -> list[int]:
    """Which of these partitions have a complaint or a notice whose time has come."""
    rows = await connection.fetch(
        """SELECT p FROM unnest($1::int[]) AS t (p)
        WHERE EXISTS (SELECT FROM complaints WHERE partition = p AND next_at <= $2)
           OR EXISTS (SELECT FROM notices WHERE partition = p AND due_at <= $2)""",
        list(partitions),
        now,
    )
    return [row["p"] for row in rows]


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


async def due_notices(connection: Connection, partitions: Sequence[int], now: datetime, most: int) -> list[Waiting]:
    """Notices of these partitions whose time has come, taken off the table, the oldest first."""
    rows = await connection.fetch(
        f"""WITH taken AS (
            DELETE FROM notices WHERE id IN (
                SELECT id FROM notices WHERE partition = ANY($1::int[]) AND due_at <= $2 ORDER BY due_at, id LIMIT $3
            ) RETURNING id, number, kind, text, due_at
        )
        SELECT taken.id, taken.kind, taken.text, {", ".join(f"c.{column}" for column in COLUMNS)}
        FROM taken JOIN complaints AS c USING (number) ORDER BY taken.due_at, taken.id""",
        list(partitions),
        now,
        most,
    )
    return [Waiting(row["id"], row["kind"], row["text"], complaint_of(row)) for row in rows]


async def forget_drafts(connection: Connection, before: datetime, most: int) -> None:
    """Drops what was never confirmed."""
    await connection.execute(
        "DELETE FROM drafts WHERE key IN (SELECT key FROM drafts WHERE at < $1 ORDER BY at LIMIT $2)", before, most
    )


async def merge(connection: Connection, merge: Merge) -> None:
    """Two chats are one person: complaints and drafts move, the newer dialogue wins."""
    old, new = UUID(merge.old_chat_id), UUID(merge.new_chat_id)
    await connection.execute("UPDATE complaints SET chat_id = $2 WHERE chat_id = $1", old, new)
    await connection.execute("UPDATE drafts SET chat_id = $2 WHERE chat_id = $1", old, new)
    await connection.execute(
        """WITH gone AS (DELETE FROM dialogues WHERE chat_id = $1 RETURNING *)
        INSERT INTO dialogues AS d SELECT $2, step, key, numbers, until FROM gone
        ON CONFLICT (chat_id) DO UPDATE
        SET (step, key, numbers, until) = (excluded.step, excluded.key, excluded.numbers, excluded.until)
        WHERE d.until < excluded.until""",
        old,
        new,
    )


def _fields(dialogue: Dialogue) -> dict[str, object]:
    return {
        "step": dialogue.step.value,
        "key": dialogue.key,
        "numbers": list(dialogue.numbers),
        "until": dialogue.until,
    }
