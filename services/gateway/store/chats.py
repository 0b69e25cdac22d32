"""Chats: who a person is, what the gateway remembers of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from libs.kit.database import Connection
from libs.schemas.messages import Sender
from services.gateway.domain import FIELDS, Chat, context_of
from services.gateway.identity import People

COLUMNS = """chat_id, phone, user_id, name, turn, last_message_at, last_wamid,
language, language_turn, account, account_turn, area, area_turn, floor, floor_turn, stopped, stopped_turn, identity,
unreachable_at"""


def _chat(row: Any) -> Chat:
    return Chat(
        chat_id=str(row["chat_id"]),
        phone=row["phone"],
        user_id=row["user_id"],
        name=row["name"],
        turn=row["turn"],
        last_message_at=row["last_message_at"],
        last_wamid=row["last_wamid"],
        context=context_of(row),
        turns={name: row[f"{name}_turn"] for name in FIELDS},
        identity=row["identity"],
        unreachable_at=row["unreachable_at"],
    )


async def chats_of(connection: Connection, senders: Collection[Sender]) -> People:
    """The chats of these people, as far as there are any, locked in the order of their ids."""
    return People(await _find(connection, senders))


async def _find(connection: Connection, senders: Collection[Sender]) -> list[Chat]:
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM chats WHERE phone = ANY($1::text[]) OR user_id = ANY($2::text[])"
        " ORDER BY chat_id FOR NO KEY UPDATE",
        [sender.phone for sender in senders if sender.phone],
        [sender.user_id for sender in senders if sender.user_id],
    )
    return [_chat(row) for row in rows]


async def add(connection: Connection, newcomers: Mapping[Sender, str | None]) -> list[Chat]:
    """Makes chats for people who have none, with their identity; whom another process has just added is found."""
    ordered = sorted({(one.phone, one.user_id, identity) for one, identity in newcomers.items()}, key=str)
    rows = await connection.fetch(
        f"""INSERT INTO chats (phone, user_id, identity) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
        ON CONFLICT DO NOTHING RETURNING {COLUMNS}""",
        [phone for phone, *_ in ordered],
        [user for _, user, _ in ordered],
        [identity for *_, identity in ordered],
    )
    if len(rows) == len(ordered):
        return [_chat(row) for row in rows]
    return await _find(connection, list(newcomers))


async def identify(connection: Connection, people: People) -> None:
    """Writes who is known by what: what left first, so that an identity is free for whoever has it now."""
    for chat in people.parted:
        await connection.execute("UPDATE chats SET user_id = NULL WHERE chat_id = $1", UUID(chat.chat_id))
    for chat in people.left:
        # what waits to be sent was meant for the one who had the number; nobody could find what is known of that person
        await connection.execute(
            """UPDATE sends SET state = 'failed', settled_at = now(), reply = NULL
            WHERE chat_id = $1 AND state IN ('queued', 'sending')""",
            UUID(chat.chat_id),
        )
        await connection.execute(
            """UPDATE chats SET phone = NULL, user_id = NULL, last_wamid = NULL, name = NULL, account = NULL,
                identity = NULL, left_at = now()
            WHERE chat_id = $1""",
            UUID(chat.chat_id),
        )
    for chat in people.moved:
        # a sender that has them in hand with the old number fails to claim them, and reads them anew
        await connection.execute(
            "UPDATE sends SET attempts = attempts + 1 WHERE chat_id = $1 AND state = 'queued'", UUID(chat.chat_id)
        )
    for pair in people.joined:
        old, new = UUID(pair.old.chat_id), UUID(pair.new.chat_id)
        await connection.execute(
            """UPDATE chats SET phone = NULL, user_id = NULL, last_wamid = NULL, alias_of = $2
            WHERE chat_id = $1 OR alias_of = $1""",
            old,
            new,
        )
        # what waits to be sent goes where the person is now
        await connection.execute(
            "UPDATE sends SET chat_id = $2 WHERE chat_id = $1 AND state IN ('queued', 'sending')", old, new
        )
        await connection.execute("UPDATE chats SET turn = greatest(turn, $2) WHERE chat_id = $1", new, pair.new.turn)
    if people.joined:
        await save_contexts(connection, [pair.new for pair in people.joined])
    if people.changed:
        chats = [people.changed[id] for id in sorted(people.changed)]
        await connection.execute(
            """UPDATE chats SET phone = t.phone, user_id = t.user_id, identity = t.identity
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS t (chat_id, phone, user_id, identity)
            WHERE chats.chat_id = t.chat_id""",
            [UUID(chat.chat_id) for chat in chats],
            [chat.phone for chat in chats],
            [chat.user_id for chat in chats],
            [chat.identity for chat in chats],
        )


async def stop_notices(connection: Connection, chat: Chat, stopped: bool) -> None:
    """Keeps whether a person wants notices, as WhatsApp told us."""
    await connection.execute("UPDATE chats SET stopped = $2 WHERE chat_id = $1", UUID(chat.chat_id), stopped)


async def heard(connection: Connection, chats: Sequence[Chat], messages: int) -> None:
    """Writes what chats have become by what they heard, and counts what came in, as WhatsApp does."""
    await connection.execute(
        """WITH counted AS (
            INSERT INTO inbound (slot, part, second, messages)
            SELECT second % 8, pg_backend_pid() % 8, second, $5
            FROM (SELECT floor(extract(epoch FROM clock_timestamp()))::bigint AS second) AS now
            ON CONFLICT (slot, part) DO UPDATE SET second = excluded.second, messages = excluded.messages
                + CASE WHEN inbound.second = excluded.second THEN inbound.messages ELSE 0 END
        )
        UPDATE chats SET turn = t.turn, last_message_at = t.at, name = t.name, last_wamid = t.wamid
        FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $6::text[])
            AS t (chat_id, turn, at, name, wamid)
        WHERE chats.chat_id = t.chat_id""",
        [UUID(chat.chat_id) for chat in chats],
        [chat.turn for chat in chats],
        [chat.last_message_at for chat in chats],
        [chat.name for chat in chats],
        messages,
        [chat.last_wamid for chat in chats],
    )


async def chats_by_id(connection: Connection, ids: Collection[str]) -> dict[str, Chat]:
    """Chats by id, an alias resolved, locked in the order of their ids."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS}, alias_of FROM chats WHERE chat_id = ANY($1::uuid[]) ORDER BY chat_id FOR NO KEY UPDATE",
        [UUID(id) for id in ids],
    )
    found = {str(row["chat_id"]): _chat(row) for row in rows}
    aliases = {str(row["chat_id"]): str(row["alias_of"]) for row in rows if row["alias_of"]}
    if aliases:
        found |= await chats_by_id(connection, set(aliases.values()) - found.keys())
        found |= {old: found[new] for old, new in aliases.items()}
    return found


async def save_contexts(connection: Connection, chats: Sequence[Chat]) -> None:
    """Writes the contexts of these chats."""
    if not chats:
        return
    await connection.execute(
        """UPDATE chats SET language = t.language, language_turn = t.language_turn, account = t.account,
            account_turn = t.account_turn, area = t.area, area_turn = t.area_turn,
            floor = t.floor, floor_turn = t.floor_turn, stopped = t.stopped, stopped_turn = t.stopped_turn
        FROM unnest($1::uuid[], $2::text[], $3::int[], $4::jsonb[], $5::int[], $6::text[], $7::int[],
                    $8::jsonb[], $9::int[], $10::bool[], $11::int[])
            AS t (chat_id, language, language_turn, account, account_turn, area, area_turn, floor, floor_turn,
                  stopped, stopped_turn)
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
        [chat.context.stopped for chat in chats],
        [chat.turns.get("stopped", 0) for chat in chats],
    )
