"""The ledger as people look at it, and what it forgets."""

from datetime import date
from typing import Any
from uuid import UUID

from libs.kit.database import Connection, Pool
from libs.schemas.messages import Reply
from services.gateway.store.ledger import PAGED


async def history(pool: Pool, chat_id: UUID) -> list[Any]:
    """A chat's bubbles, oldest first, without words, numbers or ids of WhatsApp's."""
    rows: list[Any] = await pool.fetch(
        """SELECT queued_at, settled_at, notice, state, attempts, repeats, requeues, error_code, held_by, not_before,
            reply_id FROM sends WHERE chat_id = $1 ORDER BY n""",
        chat_id,
    )
    return rows


async def pages(connection: Connection, keys: list[tuple[date, UUID]]) -> dict[tuple[date, UUID], tuple[str, Reply]]:
    """Bubbles of several pages with their chats, as far as the ledger still has them."""
    rows = await connection.fetch(
        """SELECT s.day, s.reply_id, coalesce(c.alias_of, c.chat_id) AS chat_id, s.reply
        FROM sends s JOIN chats c USING (chat_id)
        WHERE s.reply_id = ANY($1::uuid[]) AND s.day BETWEEN $2 AND $3 AND s.reply IS NOT NULL""",
        [reply for _, reply in keys],
        min(day for day, _ in keys),
        max(day for day, _ in keys),
    )
    return {(row["day"], row["reply_id"]): (str(row["chat_id"]), Reply.model_validate(row["reply"])) for row in rows}


async def forget_texts(pool: Pool, since: date, until: date) -> None:
    """Empties what was sent on these days and never reported as arrived: nobody would send it again by now."""
    await pool.execute(
        """UPDATE sends SET reply = NULL WHERE day BETWEEN $1 AND $2 AND state = 'sent' AND reply IS NOT NULL
            AND coalesce(jsonb_array_length(reply -> 'options'), 0) <= $3""",
        since,
        until,
        PAGED,
    )
