"""Chats: who a person is, what the gateway remembers of them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from libs.kit.database import Connection
from libs.schemas.messages import Sender
from services.gateway.domain import FIELDS, Chat, People, context_of

COLUMNS = """chat_id, phone, user_id, name, turn, last_message_at,
language, language_turn, account, account_turn, area, area_turn, floor, floor_turn"""


def _chat(row: Any) -> Chat:
    return Chat(
        chat_id=str(row["chat_id"]),
        phone=row["phone"],
        user_id=row["user_id"],
        name=row["name"],
        turn=row["turn"],
        last_message_at=row["last_message_at"],
        context=context_of(row),
        turns={name: row[f"{name}_turn"] for name in FIELDS},
    )


async def chats_of(connection: Connection, senders: Collection[Sender]) -> People:
    """The chats of these people, made where missing, locked in the order of their ids."""
    people = People(await _find(connection, senders))
    missing: dict[tuple[str | None, str | None], Sender] = {}
    for sender in senders:
        if chat := people.find(sender):
            if (seen := chat.known_as(sender)) != chat:
                people.put(seen)
                await _identify(connection, seen)
        else:
            missing[sender.phone or None, None if sender.phone else sender.user_id] = sender
    if missing:
        await connection.execute(
            "INSERT INTO chats (phone, user_id) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
            [phone for phone, _ in missing],
            [user for _, user in missing],
        )
        people = People(await _find(connection, senders))
    return people


async def _find(connection: Connection, senders: Collection[Sender]) -> list[Chat]:
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM chats WHERE phone = ANY($1::text[]) OR user_id = ANY($2::text[])"
        " ORDER BY chat_id FOR NO KEY UPDATE",
        [sender.phone for sender in senders if sender.phone],
        [sender.user_id for sender in senders if sender.user_id],
    )
    return [_chat(row) for row in rows]


async def _identify(connection: Connection, chat: Chat) -> None:
    await connection.execute(
        "UPDATE chats SET phone = $2, user_id = $3 WHERE chat_id = $1", UUID(chat.chat_id), chat.phone, chat.user_id
    )


async def heard(connection: Connection, chats: Sequence[Chat]) -> None:
    """Writes turn, time and name of chats that have heard something."""
    await connection.execute(
        """UPDATE chats SET turn = t.turn, last_message_at = t.at, name = t.name
        FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[]) AS t (chat_id, turn, at, name)
        WHERE chats.chat_id = t.chat_id""",
        [UUID(chat.chat_id) for chat in chats],
        [chat.turn for chat in chats],
        [chat.last_message_at for chat in chats],
        [chat.name for chat in chats],
    )


async def chats_by_id(connection: Connection, ids: Collection[str]) -> dict[str, Chat]:
    """Chats by id, locked in the order of their ids."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM chats WHERE chat_id = ANY($1::uuid[]) ORDER BY chat_id FOR NO KEY UPDATE",
        [UUID(id) for id in ids],
    )
    return {str(row["chat_id"]): _chat(row) for row in rows}


async def save_contexts(connection: Connection, chats: Sequence[Chat]) -> None:
    """Writes the contexts of these chats."""
    if not chats:
        return
    await connection.execute(
        """UPDATE chats SET language = t.language, language_turn = t.language_turn, account = t.account,
            account_turn = t.account_turn, area = t.area, area_turn = t.area_turn,
            floor = t.floor, floor_turn = t.floor_turn
        FROM unnest($1::uuid[], $2::text[], $3::int[], $4::jsonb[], $5::int[], $6::text[], $7::int[],
                    $8::jsonb[], $9::int[])
            AS t (chat_id, language, language_turn, account, account_turn, area, area_turn, floor, floor_turn)
        WHERE chats.chat_id = t.chat_id""",
        [UUID(chat.chat_id) for chat in chats],
        [chat.context.language for chat in chats],
        [chat.turns.get("language", 0) for chat in chats],
        [chat.context.account.model_dump(mode="json") if chat.context.account else None for chat in chats],
        [chat.turns.get("account", 0) for chat in chats],
        [chat.context.area for chat in chats],
        [chat.turns.get("area", 0) for chat in chats],
        [chat.context.floor.model_dump(mode="json") if chat.context.floor else None for chat in chats],
        [chat.turns.get("floor", 0) for chat in chats],
    )
