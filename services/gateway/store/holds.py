"""What the sender must not send for now, and how fast it may: rows, so that restarts and other processes see them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from libs.kit.database import Connection, Pool

Scope = Literal["number", "template", "waba"]


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held and why. `name` is a template's, with its language; empty for the number or its whole account."""

    scope: Scope
    reason: str
    name: str = ""
    since: datetime | None = None

    @property
    def key(self) -> tuple[Scope, str]:
        return (self.scope, self.name)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the sender looks up every second."""

    holds: tuple[Hold, ...]
    inbound: int
    """Messages that came in within the last whole second."""
    learned: int
    """The rate WhatsApp has told us of; 0 where it has not."""


async def hold(connection: Connection | Pool, holds: Collection[Hold]) -> None:
    """Holds these from now on; what is held already keeps its first reason."""
    await connection.execute(
        """INSERT INTO holds (scope, name, reason) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
        ORDER BY 1, 2 ON CONFLICT DO NOTHING""",
        [held.scope for held in holds],
        [held.name for held in holds],
        [held.reason for held in holds],
    )


async def lift(connection: Connection | Pool, template: str | None = None, reason: str | None = None) -> list[Hold]:
    """Lifts the holds of the number and its account, or those of one template in all or one language; what was lifted.

    With a reason, only what is held for that one.
    """
    rows = await connection.fetch(
        """DELETE FROM holds WHERE ($2::text IS NULL OR reason = $2) AND CASE WHEN $1::text IS NULL
            THEN scope <> 'template' ELSE scope = 'template' AND (name = $1 OR split_part(name, '/', 1) = $1) END
        RETURNING *""",
        template,
        reason,
    )
    return [_hold(row) for row in rows]


async def held(pool: Pool) -> list[tuple[Hold, int]]:
    """Everything that is held, with how many bubbles wait for it."""
    rows = await pool.fetch(
        """SELECT h.*, (SELECT count(*) FROM sends s WHERE s.state IN ('queued', 'sending')
            AND (h.scope <> 'template' OR s.held_by = h.name)) AS waiting
        FROM holds h ORDER BY scope, name"""
    )
    return [(_hold(row), row["waiting"]) for row in rows]


async def learn(connection: Connection | Pool, messages_per_second: int | None) -> None:
    """Keeps the rate that WhatsApp has told us of; None forgets it."""
    await connection.execute("DELETE FROM throughput")
    if messages_per_second:
        await connection.execute("INSERT INTO throughput (messages_per_second) VALUES ($1)", messages_per_second)


async def standing(connection: Connection | Pool) -> Standing:
    """Holds, the last second's messages and the learned rate, in one statement."""
    rows = await connection.fetch(
        """SELECT n.inbound, n.learned, h.* FROM (SELECT
            (SELECT coalesce(sum(messages), 0) FROM inbound
             WHERE second = floor(extract(epoch FROM clock_timestamp()))::bigint - 1)::int AS inbound,
            coalesce((SELECT messages_per_second FROM throughput), 0) AS learned) n
        LEFT JOIN holds h ON true""",
        timeout=5,
    )
    holds = tuple(_hold(row) for row in rows if row["scope"])
    return Standing(holds, rows[0]["inbound"], rows[0]["learned"])


def _hold(row: Any) -> Hold:
    return Hold(row["scope"], row["reason"], row["name"], row["since"])
