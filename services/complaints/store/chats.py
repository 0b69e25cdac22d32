"""What is known of chats: their dialogue, their drafts, their complaints."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.kit.database import Connection
from libs.schemas.messages import Merge
from services.complaints.domain import Chat, Complaint, Dialogue, Draft, Step
from services.complaints.store.complaints import COLUMNS, complaint_of, uuid_of

NEWEST = 10
"""Complaints of a chat that are looked at; an older one is found by its number."""
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
STANDS = "step, key, numbers, since, times"
NEW = f"({', '.join(f'excluded.{name}' for name in STANDS.split(', '))})"
DRAFTS = """
SELECT chat_id, draft FROM drafts
WHERE chat_id = ANY($1::uuid[])
  AND (key = ANY($2::uuid[]) OR key IN (SELECT key FROM dialogues WHERE chat_id = ANY($1::uuid[])))
"""


async def chats(
    connection: Connection, ids: Collection[str], numbers: Collection[str], keys: Collection[UUID]
) -> dict[str, Chat]:
    """What is known of these chats. `numbers` and `keys` are what messages name; they count for their own chat only."""
    wanted = [UUID(id) for id in sorted(ids)]
    found: dict[str, tuple[dict[UUID, Draft], list[Complaint]]] = {id: ({}, []) for id in ids}
    rows = await connection.fetch(
        "SELECT chat_id, step, key, numbers, since, times FROM dialogues WHERE chat_id = ANY($1::uuid[])", wanted
    )
    dialogues = {
        str(row["chat_id"]): Dialogue(
            Step(row["step"]), row["since"], row["key"] and uuid_of(row["key"]), tuple(row["numbers"]), row["times"]
        )
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


async def save_dialogues(connection: Connection, dialogues: Mapping[str, Dialogue], over: Collection[str]) -> None:
    """Keeps the questions that wait for an answer and forgets the others."""
    if over:
        await connection.execute(
            "DELETE FROM dialogues WHERE chat_id = ANY($1::uuid[])", [UUID(chat) for chat in sorted(over)]
        )
    if dialogues:
        rows = [{"chat_id": chat, **_fields(dialogues[chat])} for chat in sorted(dialogues)]
        await connection.execute(
            f"""INSERT INTO dialogues (chat_id, {STANDS})
            SELECT chat_id, {STANDS} FROM jsonb_populate_recordset(NULL::dialogues, $1::jsonb)
            ON CONFLICT (chat_id) DO UPDATE SET ({STANDS}) = {NEW}""",
            rows,
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
        f"""WITH gone AS (DELETE FROM dialogues WHERE chat_id = $1 RETURNING *)
        INSERT INTO dialogues AS d (chat_id, {STANDS}) SELECT $2, {STANDS} FROM gone
        ON CONFLICT (chat_id) DO UPDATE SET ({STANDS}) = {NEW}
        WHERE d.since < excluded.since""",
        old,
        new,
    )


def _fields(dialogue: Dialogue) -> dict[str, object]:
    return {
        "step": dialogue.step.value,
        "key": dialogue.key,
        "numbers": list(dialogue.numbers),
        "since": dialogue.since,
        "times": dialogue.times,
    }


def _draft(fields: Mapping[str, Any]) -> Draft:
    return Draft(**{**fields, "key": UUID(fields["key"]), "photos": tuple(fields["photos"])})
