"""All SQL of billing's dialogue. What the billing system knows is behind `backends`."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.kit.batch import Record
from libs.kit.database import Connection, Pool, is_transient
from libs.schemas.events import read
from libs.schemas.messages import Merge, Message
from services.billing.domain import Ask, Dialogue, Step

STANDINGS = """
SELECT c.chat_id, c.day, d.step, d.errand, d.asked_at, d.times,
    (SELECT l.account_id FROM links l WHERE l.chat_id = c.chat_id) AS account_id,
    ARRAY(SELECT k.account_id FROM lookups k WHERE k.chat_id = c.chat_id AND k.day = c.day) AS looked_at,
    ARRAY(SELECT a.id FROM asks a WHERE a.chat_id = c.chat_id) AS open
FROM unnest($1::uuid[], $2::date[]) AS c (chat_id, day)
LEFT JOIN LATERAL (SELECT step, errand, asked_at, times FROM dialogues WHERE chat_id = c.chat_id OFFSET 0) AS d ON true
"""
"""Every table is probed by chat: a plan made while it was small must not read all of it once it has grown."""
DIALOGUES = """
gone AS (
    DELETE FROM dialogues WHERE chat_id = ANY($1::uuid[])
), kept AS (
    INSERT INTO dialogues (chat_id, step, errand, asked_at, times)
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::int[])
    ON CONFLICT (chat_id) DO UPDATE SET (step, errand, asked_at, times)
        = (excluded.step, excluded.errand, excluded.asked_at, excluded.times)
)
"""
HEARD = f"""
WITH {DIALOGUES}
INSERT INTO asks
    (chat_id, what, account_id, errand, headers, value, source_topic, source_partition, source_offset)
SELECT chat_id, what, account_id, errand, headers, value, topic, partition, "offset"
FROM unnest($7::uuid[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::bytea[], $13::text[], $14::int[],
    $15::bigint[])
    WITH ORDINALITY AS t (chat_id, what, account_id, errand, headers, value, topic, partition, "offset", n)
ORDER BY n
RETURNING id
"""
ANSWERED = f"""
WITH {DIALOGUES}, answered AS (
    DELETE FROM asks WHERE id = ANY($7::bigint[])
), asked AS (
    UPDATE asks SET what = ($9::text[])[array_position($8, id)], account_id = ($10::text[])[array_position($8, id)],
        errand = ($11::text[])[array_position($8, id)]
    WHERE id = ANY($8::bigint[])
), looked AS (
    INSERT INTO lookups (chat_id, day, account_id) SELECT * FROM unnest($12::uuid[], $13::date[], $14::text[])
    ON CONFLICT DO NOTHING
)
INSERT INTO links (chat_id, account_id, linked_at) SELECT * FROM unnest($15::uuid[], $16::text[], $17::timestamptz[])
ON CONFLICT (chat_id) DO UPDATE SET account_id = excluded.account_id, linked_at = excluded.linked_at
"""
OPEN = """
SELECT id, chat_id, what, account_id, errand, headers, value, source_topic, source_partition, source_offset,
    extract(epoch FROM clock_timestamp() - asked_at)::float8 AS age
FROM asks WHERE source_topic || '/' || source_partition = ANY($1::text[])
"""


@dataclass(slots=True)
class Standing:
    """What billing knows of a chat."""

    dialogue: Dialogue | None = None
    linked: str | None = None
    open: frozenset[int] = frozenset()
    """Its messages that are not answered yet."""
    looked_at: dict[date, frozenset[str]] = field(default_factory=dict)
    """Accounts of others that it looked at, by day."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is not answered yet."""

    record: Record
    chat_id: str
    """Its chat, which may have become another since the message was written."""
    ask: Ask | None
    """None for one that waits, undecided, behind another of its chat."""
    id: int = 0
    since: float = 0.0
    """When it was stored, by this process's monotonic clock."""

    @property
    def message(self) -> Message:
        assert isinstance(self.record.event.data, Message)
        return self.record.event.data


async def standings(connection: Connection, days: Collection[tuple[str, date]]) -> dict[str, Standing]:
    """What is known of these chats on these days."""
    listed = sorted(days)
    rows = await connection.fetch(STANDINGS, [UUID(chat) for chat, _ in listed], [day for _, day in listed])
    found: dict[str, Standing] = {}
    for row in rows:
        standing = found.setdefault(str(row["chat_id"]), Standing())
        if row["step"]:
            standing.dialogue = Dialogue(Step(row["step"]), row["errand"], row["asked_at"], row["times"])
        standing.linked = row["account_id"]
        standing.open = frozenset(row["open"])
        standing.looked_at[row["day"]] = frozenset(row["looked_at"])
    return found


async def heard(
    connection: Connection, dialogues: Mapping[str, Dialogue | None], waiting: Sequence[Waiting]
) -> list[Waiting]:
    """Keeps what changed with a batch: where dialogues stand, and the messages to be answered later, now with ids."""
    if not dialogues and not waiting:
        return []
    asks = [item.ask for item in waiting]
    records = [item.record for item in waiting]
    rows = await connection.fetch(
        HEARD,
        *_dialogues(dialogues),
        [UUID(item.chat_id) for item in waiting],
        [ask and ask.what for ask in asks],
        [ask and ask.account_id for ask in asks],
        [ask and ask.errand for ask in asks],
        [{name: value.decode() for name, value in record.event.headers()} for record in records],
        [record.value for record in records],
        [record.topic for record in records],
        [record.partition for record in records],
        [record.offset for record in records],
    )
    now = time.monotonic()
    return [replace(item, id=row["id"], since=now) for item, row in zip(waiting, rows, strict=True)]


@dataclass(slots=True)
class Answered:
    """What changes with the answers of one round."""

    dialogues: dict[str, Dialogue | None] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)
    asked: dict[int, Ask] = field(default_factory=dict)
    looked_at: list[tuple[str, date, str]] = field(default_factory=list)
    links: dict[str, tuple[str, Any]] = field(default_factory=dict)


async def answered(connection: Connection, change: Answered) -> None:
    """Keeps what changed with the answers."""
    asked, links = sorted(change.asked.items()), sorted(change.links.items())
    looked_at = sorted(change.looked_at)
    await connection.execute(
        ANSWERED,
        *_dialogues(change.dialogues),
        change.done,
        [id for id, _ in asked],
        [ask.what for _, ask in asked],
        [ask.account_id for _, ask in asked],
        [ask.errand for _, ask in asked],
        [UUID(chat) for chat, _, _ in looked_at],
        [day for _, day, _ in looked_at],
        [account for _, _, account in looked_at],
        [UUID(chat) for chat, _ in links],
        [account for _, (account, _) in links],
        [at for _, (_, at) in links],
    )


def _dialogues(dialogues: Mapping[str, Dialogue | None]) -> tuple[list[Any], ...]:
    kept = sorted((chat, dialogue) for chat, dialogue in dialogues.items() if dialogue)
    return (
        [UUID(chat) for chat, dialogue in sorted(dialogues.items()) if not dialogue],
        [UUID(chat) for chat, _ in kept],
        [dialogue.step.value for _, dialogue in kept],
        [dialogue.errand for _, dialogue in kept],
        [dialogue.asked_at for _, dialogue in kept],
        [dialogue.times for _, dialogue in kept],
    )


async def waiting(pool: Pool, partitions: Collection[tuple[str, int]]) -> list[Waiting]:
    """The messages of these partitions that are not answered yet."""
    rows = await pool.fetch(OPEN, [f"{topic}/{partition}" for topic, partition in partitions])
    return [_waiting(row) for row in rows]


def _waiting(row: Any) -> Waiting:
    headers = tuple((name, value.encode()) for name, value in row["headers"].items())
    event = read(headers, row["value"])
    assert event
    record = Record(
        event,
        row["source_topic"],
        row["source_partition"],
        row["source_offset"],
        event.subject.encode(),
        headers,
        row["value"],
    )
    ask = Ask(row["what"], row["account_id"], row["errand"]) if row["what"] else None
    return Waiting(record, str(row["chat_id"]), ask, row["id"], time.monotonic() - row["age"])


async def keep_lookups_few(pool: Pool) -> None:
    """Once a day drops what counted for days that are over, for ever. A message may be a week late."""
    while True:
        try:
            await pool.execute("DELETE FROM lookups WHERE day < (now() AT TIME ZONE 'Asia/Kolkata')::date - 8")
        except Exception as error:
            if not is_transient(error):
                raise
        await asyncio.sleep(24 * 3600)


MERGES = (
    """WITH old AS (DELETE FROM dialogues WHERE chat_id = $1 RETURNING step, errand, asked_at, times)
    INSERT INTO dialogues (chat_id, step, errand, asked_at, times) SELECT $2, step, errand, asked_at, times FROM old
    ON CONFLICT DO NOTHING""",
    """WITH old AS (DELETE FROM links WHERE chat_id = $1 RETURNING account_id, linked_at)
    INSERT INTO links (chat_id, account_id, linked_at) SELECT $2, account_id, linked_at FROM old
    ON CONFLICT (chat_id) DO UPDATE SET account_id = excluded.account_id, linked_at = excluded.linked_at
    WHERE links.linked_at < excluded.linked_at""",
    """WITH old AS (DELETE FROM lookups WHERE chat_id = $1 RETURNING day, account_id)
    INSERT INTO lookups (chat_id, day, account_id) SELECT $2, day, account_id FROM old ON CONFLICT DO NOTHING""",
    "UPDATE asks SET chat_id = $2 WHERE chat_id = $1",
)


async def merge(connection: Connection, merged: Merge) -> None:
    """Two chats are one person: the newer dialogue and the newer link stay, looked-up accounts count together."""
    for statement in MERGES:
        await connection.execute(statement, UUID(merged.old_chat_id), UUID(merged.new_chat_id))
