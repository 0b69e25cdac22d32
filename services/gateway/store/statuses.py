"""What WhatsApp says of bubbles that it has taken, into the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.kit.database import Connection
from services.gateway.store.ledger import PAGED, REQUEUES


@dataclass(frozen=True, slots=True)
class Status:
    """One status webhook about one of our bubbles."""

    day: date
    reply_id: UUID
    state: str
    wamid: str | None
    error_code: int | None
    again_after: float | None = None
    """Seconds until a bubble that failed may be tried again; None where that would be of no use."""
    as_template: bool = False
    """It may be tried again only if it has a template."""


async def apply_statuses(connection: Connection, statuses: Sequence[Status]) -> int:
    """Moves states forward only, whatever order statuses come in, at most one status per bubble; how many moved.

    `failed` counts for the call it names and yields to a later delivered or read. Where another try may help, the
    bubble is queued again instead, up to three times; from then on `sent` and `failed` of that call are old news.
    """
    ordered = sorted(statuses, key=lambda status: (status.day, status.reply_id))
    result = await connection.execute(
        """WITH t AS (
            SELECT * FROM unnest($1::date[], $2::uuid[], $3::text[], $4::text[], $5::int[], $8::float[], $9::bool[])
                AS t (day, reply_id, state, wamid, error_code, again_after, as_template)
        ), locked AS (
            SELECT s.day, s.reply_id, t.state, t.wamid, t.error_code, t.again_after,
                t.again_after IS NOT NULL AND t.wamid IS NOT NULL AND s.reply IS NOT NULL AND s.state < 'delivered'
                    AND s.state <> 'failed' AND s.requeues < $10 AND (s.reply ? 'template' OR NOT t.as_template)
                    AS again,
                coalesce(jsonb_array_length(s.reply -> 'options'), 0) > $11 AS paged
            FROM sends s JOIN t USING (day, reply_id)
            WHERE s.day BETWEEN $6 AND $7
            ORDER BY s.day, s.reply_id FOR NO KEY UPDATE OF s
        )
        UPDATE sends s SET
            state = CASE WHEN again THEN 'queued' ELSE t.state::send_state END,
            wamid = CASE WHEN again THEN NULL ELSE coalesce(s.wamid, t.wamid) END,
            refused = CASE WHEN again THEN s.refused || t.wamid ELSE s.refused END,
            requeues = s.requeues + again::int,
            not_before = CASE WHEN again THEN now() + make_interval(secs => t.again_after) END,
            error_code = coalesce(t.error_code, s.error_code),
            settled_at = CASE WHEN again THEN NULL ELSE coalesce(s.settled_at, now()) END,
            reply = CASE WHEN again OR paged OR t.state = 'sent' THEN s.reply END
        FROM locked t
        WHERE (s.day, s.reply_id) = (t.day, t.reply_id) AND s.day BETWEEN $6 AND $7
          AND CASE WHEN t.state IN ('sent', 'failed') AND t.wamid = ANY(s.refused) THEN false
                   WHEN s.state = 'failed' THEN t.state IN ('delivered', 'read')
                   WHEN t.state = 'failed' THEN s.state < 'delivered' AND coalesce(s.wamid = t.wamid, true)
                   ELSE t.state::send_state > s.state END""",
        [status.day for status in ordered],
        [status.reply_id for status in ordered],
        [status.state for status in ordered],
        [status.wamid for status in ordered],
        [status.error_code for status in ordered],
        ordered[0].day,
        ordered[-1].day,
        [status.again_after for status in ordered],
        [status.as_template for status in ordered],
        REQUEUES,
        PAGED,
    )
    return int(result.rpartition(" ")[2])


async def chats_behind(connection: Connection, statuses: Sequence[Status]) -> list[str]:
    """The chats of these bubbles."""
    days = [status.day for status in statuses]
    rows = await connection.fetch(
        "SELECT DISTINCT chat_id FROM sends WHERE reply_id = ANY($1::uuid[]) AND day BETWEEN $2 AND $3",
        [status.reply_id for status in statuses],
        min(days),
        max(days),
    )
    return [str(row["chat_id"]) for row in rows]
