"""All SQL of menu."""

from collections.abc import Collection, Mapping
from uuid import UUID

from libs.kit.database import Connection
from libs.schemas.messages import Merge
from services.menu.domain import Step


async def steps(connection: Connection, chats: Collection[str]) -> dict[str, Step]:
    """What menu asked these chats last."""
    rows = await connection.fetch(
        "SELECT chat_id, step FROM dialogues WHERE chat_id = ANY($1::uuid[])", [UUID(chat) for chat in chats]
    )
    return {str(row["chat_id"]): Step(row["step"]) for row in rows}


async def save(connection: Connection, asked: Mapping[str, tuple[Step, int]], done: Collection[str]) -> None:
    """Keeps the questions that wait for an answer and forgets the others."""
    if done:
        await connection.execute(
            "DELETE FROM dialogues WHERE chat_id = ANY($1::uuid[])", [UUID(chat) for chat in sorted(done)]
        )
    if asked:
        chats = sorted(asked)
        await connection.execute(
            """INSERT INTO dialogues (chat_id, step, turn) SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[])
            ON CONFLICT (chat_id) DO UPDATE SET step = excluded.step, turn = excluded.turn""",
            [UUID(chat) for chat in chats],
            [asked[chat][0].value for chat in chats],
            [asked[chat][1] for chat in chats],
        )


async def merge(connection: Connection, merged: Merge) -> None:
    """Two chats are one person: the newer chat's question stays, else the older one's."""
    await connection.execute(
        """WITH old AS (DELETE FROM dialogues WHERE chat_id = $1 RETURNING step, turn)
        INSERT INTO dialogues (chat_id, step, turn) SELECT $2, step, turn FROM old ON CONFLICT DO NOTHING""",
        UUID(merged.old_chat_id),
        UUID(merged.new_chat_id),
    )
