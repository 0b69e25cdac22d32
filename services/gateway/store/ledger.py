"""The ledger: what became of every bubble.

Statements name the days they are about as a span beside the keys, so that a plan made once skips the other partitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.kit.database import Connection, Pool
from libs.schemas.messages import Reply, Sender

URGENT, REPLY, NOTICE, BULK = range(4)
"""Classes of bubbles, in the order in which they go out."""
FAR = 600.0
"""Seconds: what must wait longer than this waits in the ledger alone, and nothing waits behind it."""
WINDOW_CLOSED = 131047
"""WhatsApp's code for: the person wrote too long ago for free text."""
REQUEUES = 3
"""How often a bubble is queued again after WhatsApp had taken it, and then failed or put it off."""
PAGED = 10
"""A list of more options than this has pages, which are asked for later."""


@dataclass(slots=True, eq=False)
class Send:
    """One bubble in the ledger, as the sender works on it."""

    day: date
    reply_id: UUID
    chat_id: str
    notice: bool
    reply: Reply
    to: Sender
    state: str = "queued"
    attempts: int = 0
    repeats: int = 0
    not_before: datetime | None = None
    unknown_until: datetime | None = None
    wamid: str | None = None
    error_code: int | None = None
    fresh: bool = False
    """Claimed in the transaction that queued it, and not tried yet."""
    last_message_at: datetime | None = None
    """When the person last wrote: WhatsApp takes free text for 24 hours from then."""
    unwanted: str | None = None
    """Why the person gets no notices: `stopped`, `unreachable`."""
    closed: bool = False
    """WhatsApp has refused free text for this bubble, whatever our clock says."""
    held_by: str | None = None
    """The held template it waits for."""
    requeues: int = 0

    @property
    def callback(self) -> str:
        """What the status webhooks bring back: enough to find the row."""
        return f"{self.day:%Y%m%d}.{self.reply_id}"

    @property
    def priority(self) -> int:
        """Its class."""
        if self.reply.urgent:
            return URGENT
        return BULK if self.reply.bulk else NOTICE if self.notice else REPLY

    @property
    def paged(self) -> bool:
        """Whether later pages of its list may be asked for."""
        return len(self.reply.options) > PAGED


def parse_callback(text: str) -> tuple[date, UUID] | None:
    """Day and reply of a callback of ours; None for anything else."""
    day, _, reply = text.partition(".")
    if not day.isdecimal():  # the only form of a date that is ours
        return None
    try:
        return date.fromisoformat(day), UUID(reply)
    except ValueError:
        return None


async def queue(connection: Connection, sends: Sequence[Send]) -> None:
    """Enters bubbles into the ledger, in order."""
    await connection.execute(
        """INSERT INTO sends (day, reply_id, chat_id, notice, reply, state, attempts, unknown_until)
        SELECT day, reply_id, chat_id, notice, reply, state::send_state, attempts, unknown_until
        FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::bool[], $5::jsonb[], $6::text[], $7::int[],
                    $8::timestamptz[]) WITH ORDINALITY
            AS t (day, reply_id, chat_id, notice, reply, state, attempts, unknown_until, n)
        ORDER BY n ON CONFLICT DO NOTHING""",
        [send.day for send in sends],
        [send.reply_id for send in sends],
        [UUID(send.chat_id) for send in sends],
        [send.notice for send in sends],
        [send.reply.model_dump(mode="json", exclude_defaults=True) for send in sends],
        [send.state for send in sends],
        [send.attempts for send in sends],
        [send.unknown_until for send in sends],
    )


async def unsettled(pool: Pool, age_seconds: float = 0.0) -> list[Send]:
    """Every bubble at least that old that is to be sent now or soon, oldest first: none that a held template keeps."""
    rows = await pool.fetch(
        """SELECT s.*, c.phone, c.user_id, c.last_message_at, c.unreachable_at, c.stopped
        FROM sends s JOIN chats c USING (chat_id)
        WHERE s.state IN ('queued', 'sending') AND s.queued_at <= now() - make_interval(secs => $1)
          AND (s.not_before IS NULL OR s.not_before <= now() + make_interval(secs => $2))
          AND (s.held_by IS NULL OR NOT EXISTS (
            SELECT FROM holds h WHERE h.scope = 'template' AND h.name IN (s.held_by, split_part(s.held_by, '/', 1))))
        ORDER BY s.n""",
        age_seconds,
        FAR,
    )
    return [
        Send(
            day=row["day"],
            reply_id=row["reply_id"],
            chat_id=str(row["chat_id"]),
            notice=row["notice"],
            reply=Reply.model_validate(row["reply"]),
            to=Sender(phone=row["phone"], user_id=row["user_id"]),
            state=row["state"],
            attempts=row["attempts"],
            repeats=row["repeats"],
            not_before=row["not_before"],
            unknown_until=row["unknown_until"],
            last_message_at=row["last_message_at"],
            unwanted=unwanted(row["stopped"], row["unreachable_at"], row["last_message_at"]),
            closed=row["error_code"] == WINDOW_CLOSED,
            requeues=row["requeues"],
        )
        for row in rows
    ]


def unwanted(stopped: bool, unreachable_at: datetime | None, last_message_at: datetime | None) -> str | None:
    """Why a person gets no notices; who writes again can be reached again."""
    if stopped:
        return "stopped"
    return "unreachable" if unreachable_at and not (last_message_at and last_message_at > unreachable_at) else None


async def mark_unreachable(pool: Connection | Pool, chat_ids: Sequence[str]) -> None:
    """WhatsApp says that these people cannot be reached."""
    await pool.execute(
        "UPDATE chats SET unreachable_at = now() WHERE chat_id = ANY($1::uuid[])", sorted(map(UUID, chat_ids))
    )


async def last_message_at(pool: Pool, chat_id: str) -> datetime | None:
    """When a person last wrote, as known by now."""
    found: datetime | None = await pool.fetchval("SELECT last_message_at FROM chats WHERE chat_id = $1", UUID(chat_id))
    return found


async def write_states(connection: Connection | Pool, sends: Sequence[Send]) -> set[UUID]:
    """Writes what the sender knows by now; returns which rows took it. A status webhook that came first is not undone.

    A row takes a claim (`sending`) only as its next attempt: of two processes that each believe to be the number's
    sender, one gets it. The same claim written again, because nobody knows whether it was, is taken once more. An
    acceptance does not count whose failure is known already. What is to be sent is kept until it has arrived, as
    WhatsApp may still fail it.
    """
    ordered = sorted(sends, key=lambda send: (send.day, send.reply_id))
    rows = await connection.fetch(
        """WITH t AS (
            SELECT * FROM unnest($1::date[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::timestamptz[],
                                 $7::timestamptz[], $8::text[], $9::int[], $12::text[], $13::int[], $14::bool[])
                AS t (day, reply_id, state, attempts, repeats, not_before, unknown_until, wamid, error_code, held_by,
                      requeues, paged)
        ), locked AS (
            SELECT s.day, s.reply_id FROM sends s JOIN t USING (day, reply_id)
            WHERE s.day BETWEEN $10 AND $11
            ORDER BY s.day, s.reply_id FOR NO KEY UPDATE OF s
        )
        UPDATE sends s SET
            state = CASE WHEN s.state <= 'sending' THEN t.state::send_state ELSE s.state END,
            settled_at = CASE WHEN t.state::send_state > 'sending' THEN coalesce(s.settled_at, now()) END,
            attempts = t.attempts, repeats = t.repeats, not_before = t.not_before, unknown_until = t.unknown_until,
            wamid = coalesce(t.wamid, s.wamid), error_code = coalesce(t.error_code, s.error_code),
            held_by = t.held_by, requeues = greatest(s.requeues, t.requeues),
            reply = CASE WHEN greatest(s.state, t.state::send_state) > 'sent' AND NOT t.paged
                THEN NULL ELSE s.reply END
        FROM t, locked
        WHERE (s.day, s.reply_id) = (t.day, t.reply_id) AND (locked.day, locked.reply_id) = (t.day, t.reply_id)
          AND s.day BETWEEN $10 AND $11
          AND CASE t.state
                WHEN 'sending' THEN s.state <= 'sending' AND (s.attempts = t.attempts - 1
                    OR (s.attempts, s.unknown_until) = (t.attempts, t.unknown_until))
                WHEN 'queued' THEN s.attempts = t.attempts
                ELSE t.wamid IS NULL OR NOT t.wamid = ANY(s.refused) END
        RETURNING s.reply_id""",
        [send.day for send in ordered],
        [send.reply_id for send in ordered],
        [send.state for send in ordered],
        [send.attempts for send in ordered],
        [send.repeats for send in ordered],
        [send.not_before for send in ordered],
        [send.unknown_until for send in ordered],
        [send.wamid for send in ordered],
        [send.error_code for send in ordered],
        ordered[0].day,
        ordered[-1].day,
        [send.held_by for send in ordered],
        [send.requeues for send in ordered],
        [send.paged for send in ordered],
    )
    return {row["reply_id"] for row in rows}


async def settled(pool: Pool, sends: Sequence[Send]) -> dict[UUID, str]:
    """Which of these bubbles a status webhook has settled meanwhile, with the state it gave."""
    days = [send.day for send in sends]
    rows = await pool.fetch(
        """SELECT s.reply_id, s.state FROM sends s
        JOIN unnest($1::date[], $2::uuid[]) AS t (day, reply_id) USING (day, reply_id)
        WHERE s.day BETWEEN $3 AND $4 AND s.state > 'sending'""",
        days,
        [send.reply_id for send in sends],
        min(days),
        max(days),
    )
    return {row["reply_id"]: row["state"] for row in rows}
