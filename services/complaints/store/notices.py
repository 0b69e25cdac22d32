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
    due_at: datetime


async def queue_notices(connection: Connection, notices: Sequence[Waiting]) -> None:
    """These notices are to be sent when they are due."""
    await connection.execute(
        """INSERT INTO notices (id, number, partition, kind, text, due_at)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::timestamptz[])
        ON CONFLICT (id) DO NOTHING""",
        [notice.id for notice in notices],
        [notice.complaint.number for notice in notices],
        [notice.complaint.partition for notice in notices],
        [notice.kind for notice in notices],
        [notice.text for notice in notices],
        [notice.due_at for notice in notices],
    )


async def due_notices(
    connection: Connection, partitions: Sequence[int], since: datetime | None, now: datetime, most: int
) -> list[Waiting]:
    """Notices of these partitions that fell due in that time, taken off the table, the oldest first."""
    rows = await connection.fetch(
        f"""WITH taken AS (
            DELETE FROM notices WHERE id IN (
                SELECT id FROM notices WHERE partition = ANY($1::int[]) AND due_at <= $2
                AND due_at >= coalesce($3, '-infinity'::timestamptz) ORDER BY due_at, id LIMIT $4
            ) RETURNING id, number, kind, text, due_at
        )
        SELECT taken.id, taken.kind, taken.text, taken.due_at AS told_at,
            {", ".join(f"c.{column}" for column in COLUMNS)}
        FROM taken JOIN complaints AS c USING (number) ORDER BY told_at, taken.id""",
        list(partitions),
        now,
        since,
        most,
    )
    return [Waiting(row["id"], row["kind"], row["text"], complaint_of(row), row["told_at"]) for row in rows]


async def partitions_due(
    connection: Connection, partitions: Sequence[int], since: datetime | None, now: datetime
) -> list[int]:
    """Which of these partitions have a complaint or a notice whose time has come."""
    rows = await connection.fetch(
        """SELECT p FROM unnest($1::int[]) AS t (p)
        WHERE EXISTS (SELECT FROM complaints WHERE partition = p AND next_at <= $2)
           OR EXISTS (SELECT FROM notices WHERE partition = p AND due_at <= $2
                      AND due_at >= coalesce($3, '-infinity'::timestamptz))""",
        list(partitions),
        now,
        since,
    )
    return [row["p"] for row in rows]
