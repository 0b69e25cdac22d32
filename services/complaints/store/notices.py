"""Notices that wait to be sent, and what the clock has to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.kit.database import Connection
from services.complaints.domain import Complaint, NoticeKind
from services.complaints.store.complaints import COLUMNS, complaint_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that is to be sent."""

    id: UUID
    kind: NoticeKind
    text: str
    complaint: Complaint


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
