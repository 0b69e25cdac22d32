"""All SQL of menu."""

from collections.abc import Collection, Mapping
from uuid import UUID

from libs.kit.database import Connection
from libs.schemas.messages import Merge
from services.menu.domain import Dialogue, Step

COLUMNS = "step, turn, said, at, heard, times, offered"
KEEP = f"""
INSERT INTO dialogues (chat_id, {COLUMNS})
SELECT chat_id, {COLUMNS} FROM jsonb_populate_recordset(NULL::dialogues, $1::jsonb)
ON CONFLICT (chat_id) DO UPDATE SET ({COLUMNS}) = ({", ".join(f"excluded.{name}" for name in COLUMNS.split(", "))})
"""


async def dialogues(connection: Connection, chats: Collection[str]) -> dict[str, Dialogue]:
    """Where menu stands with these chats."""
    rows = await connection.fetch(
        f"SELECT chat_id, {COLUMNS} FROM dialogues WHERE chat_id = ANY($1::uuid[])", [UUID(chat) for chat in chats]
    )
    return {
        str(row["chat_id"]): Dialogue(
            row["said"],
            row["at"],
            row["heard"],
            row["times"],
            Step(row["step"]) if row["step"] else None,
            tuple(row["offered"]),
        )
        for row in rows
    }


async def save(connection: Connection, kept: Mapping[str, tuple[Dialogue, int]], done: Collection[str]) -> None:
    """Keeps where menu stands, and forgets the others."""
    if done:
        await connection.execute(
            "DELETE FROM dialogues WHERE chat_id = ANY($1::uuid[])", [UUID(chat) for chat in sorted(done)]
        )
    if kept:
        await connection.execute(KEEP, [_row(chat, *kept[chat]) for chat in sorted(kept)])


def _row(chat: str, dialogue: Dialogue, turn: int) -> dict[str, object]:
    return {
        "chat_id": chat,
        "turn": turn,
        "step": dialogue.step.value if dialogue.step else None,
        "said": dialogue.said,
        "at": dialogue.at,
        "heard": dialogue.heard,
        "times": dialogue.times,
        "offered": dialogue.offered,
    }


async def merge(connection: Connection, merged: Merge) -> None:
    """Two chats are one person: the newer chat's question stays, else the older one's."""
    await connection.execute(
        f"""WITH old AS (DELETE FROM dialogues WHERE chat_id = $1 RETURNING {COLUMNS})
        INSERT INTO dialogues (chat_id, {COLUMNS}) SELECT $2, {COLUMNS} FROM old ON CONFLICT DO NOTHING""",
        UUID(merged.old_chat_id),
        UUID(merged.new_chat_id),
    )
