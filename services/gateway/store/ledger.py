"""The ledger: what became of every bubble."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.kit.database import Connection, Pool
from libs.schemas.messages import Reply, Sender


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

    @property
    def callback(self) -> str:
        """What the status webhooks bring back: enough to find the row."""
        return f"{self.day:%Y%m%d}.{self.reply_id}"


def parse_callback(text: str) -> tuple[date, UUID] | None:
    """Day and reply of a callback of ours; None for anything else."""
    day, _, reply = text.partition(".")
    try:
        return datetime.strptime(day, "%Y%m%d").date(), UUID(reply)  # noqa: DTZ007 - a bare date has no zone
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
    """Every bubble at least that old that is not known to have been sent, oldest first."""
    rows = await pool.fetch(
        """SELECT s.*, c.phone, c.user_id FROM sends s JOIN chats c USING (chat_id)
        WHERE s.state IN ('queued', 'sending') AND s.queued_at <= now() - make_interval(secs => $1) ORDER BY s.n""",
        age_seconds,
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
        )
        for row in rows
    ]


async def write_states(connection: Connection | Pool, sends: Sequence[Send]) -> set[UUID]:
    """Writes what the sender knows by now; returns which rows took it. A status webhook that came first is not undone.

    A row takes a claim (`sending`) only as its next attempt: of two processes that each believe to be the number's
    sender, one gets it. The same claim written again, because nobody knows whether it was, is taken once more.
    """
    ordered = sorted(sends, key=lambda send: (send.day, send.reply_id))
    rows = await connection.fetch(
        """WITH t AS (
            SELECT * FROM unnest($1::date[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::timestamptz[],
                                 $7::timestamptz[], $8::text[], $9::int[])
                AS t (day, reply_id, state, attempts, repeats, not_before, unknown_until, wamid, error_code)
        ), locked AS (
            SELECT s.day, s.reply_id FROM sends s JOIN t USING (day, reply_id)
            ORDER BY s.day, s.reply_id FOR NO KEY UPDATE OF s
        )
        UPDATE sends s SET
            state = CASE WHEN s.state <= 'sending' THEN t.state::send_state ELSE s.state END,
            settled_at = CASE WHEN t.state::send_state > 'sending' THEN coalesce(s.settled_at, now()) END,
            attempts = t.attempts, repeats = t.repeats, not_before = t.not_before, unknown_until = t.unknown_until,
            wamid = coalesce(t.wamid, s.wamid), error_code = coalesce(t.error_code, s.error_code),
            reply = CASE WHEN t.state::send_state > 'sending' THEN NULL ELSE s.reply END
        FROM t, locked
        WHERE (s.day, s.reply_id) = (t.day, t.reply_id) AND (locked.day, locked.reply_id) = (t.day, t.reply_id)
          AND CASE t.state
                WHEN 'sending' THEN s.state <= 'sending' AND (s.attempts = t.attempts - 1
                    OR (s.attempts, s.unknown_until) = (t.attempts, t.unknown_until))
                WHEN 'queued' THEN s.attempts = t.attempts
                ELSE true END
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
    )
    return {row["reply_id"] for row in rows}


async def settled(pool: Pool, sends: Sequence[Send]) -> dict[UUID, str]:
    """Which of these bubbles a status webhook has settled meanwhile, with the state it gave."""
    rows = await pool.fetch(
        """SELECT s.reply_id, s.state FROM sends s
        JOIN unnest($1::date[], $2::uuid[]) AS t (day, reply_id) USING (day, reply_id) WHERE s.state > 'sending'""",
        [send.day for send in sends],
        [send.reply_id for send in sends],
    )
    return {row["reply_id"]: row["state"] for row in rows}


@dataclass(frozen=True, slots=True)
class Status:
    """One status webhook about one of our bubbles."""

    day: date
    reply_id: UUID
    state: str
    wamid: str | None
    error_code: int | None


async def apply_statuses(connection: Connection, statuses: Sequence[Status]) -> int:
    """Moves states forward only, whatever order statuses come in; `failed` yields to a later delivered or read."""
    ordered = sorted(statuses, key=lambda status: (status.day, status.reply_id))
    result = await connection.execute(
        """WITH t AS (
            SELECT * FROM unnest($1::date[], $2::uuid[], $3::text[], $4::text[], $5::int[])
                AS t (day, reply_id, state, wamid, error_code)
        ), locked AS (
            SELECT s.day, s.reply_id FROM sends s JOIN t USING (day, reply_id)
            ORDER BY s.day, s.reply_id FOR NO KEY UPDATE OF s
        )
        UPDATE sends s SET
            state = t.state::send_state, wamid = coalesce(s.wamid, t.wamid),
            error_code = coalesce(t.error_code, s.error_code),
            settled_at = coalesce(s.settled_at, now()), reply = NULL
        FROM t, locked
        WHERE (s.day, s.reply_id) = (t.day, t.reply_id) AND (locked.day, locked.reply_id) = (t.day, t.reply_id)
          AND CASE WHEN s.state = 'failed' THEN t.state IN ('delivered', 'read')
                   WHEN t.state = 'failed' THEN s.state < 'delivered'
                   ELSE t.state::send_state > s.state END""",
        [status.day for status in ordered],
        [status.reply_id for status in ordered],
        [status.state for status in ordered],
        [status.wamid for status in ordered],
        [status.error_code for status in ordered],
    )
    return int(result.rpartition(" ")[2])
