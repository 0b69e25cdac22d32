"""What lies on the phones."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Literal

from services.simulator.domain.phones import Bubble, Phone

RANKS = "sent", "delivered", "read"
COLUMNS = "n, direction, discom, wamid, type, text, at, status, payload, choices"


class Messages:
    """Table `messages`; numbers them per phone and notes in `chats` when a person wrote."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, phone: Phone, bubble: Bubble, key: str | None = None) -> int:
        """Puts a message on a phone; returns its number there."""
        (n,) = self._db.execute(
            "UPDATE phones SET last_n = last_n + 1 WHERE id = ? RETURNING last_n", (phone.id,)
        ).fetchone()
        self._db.execute(
            "INSERT INTO messages (phone, n, direction, discom, wamid, type, text, choices, at, status, payload, key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                phone.id, n, bubble.direction, bubble.discom, bubble.wamid, bubble.type, bubble.text,
                _dumped(bubble.choices), bubble.at, bubble.status, _dumped(bubble.payload), key,
            ),
        )  # fmt: skip
        wrote_at = bubble.at if bubble.direction == "out" else None
        self._db.execute(
            "INSERT INTO chats (phone, discom, wrote_at) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET wrote_at = coalesce(excluded.wrote_at, wrote_at)",
            (phone.id, bubble.discom, wrote_at),
        )
        return int(n)

    def after(self, phone: Phone, n: int, limit: int) -> list[tuple[int, Bubble]]:
        """The messages of a phone that came after number `n`, with their own numbers."""
        return self._found("phone = ? AND n > ? AND NOT cleared ORDER BY n LIMIT ?", phone.id, n, limit)

    def at(self, phone: int, n: int) -> Bubble | None:
        """The message with this number on a phone."""
        found = self._found("phone = ? AND n = ?", phone, n)
        return found[0][1] if found else None

    def find(self, wamid: str) -> tuple[int, int, Bubble] | None:
        """Phone, number there and content of one message."""
        row = self._db.execute("SELECT phone FROM messages WHERE wamid = ?", (wamid,)).fetchone()
        return (row[0], *self._found("wamid = ?", wamid)[0]) if row else None

    def written_with(self, key: str) -> tuple[int, str] | None:
        """Number and id of the message that was written with this key."""
        row = self._db.execute("SELECT n, wamid FROM messages WHERE key = ?", (key,)).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def offer(self, phone: Phone, discom: str, choice: str, wamid: str | None) -> Bubble | None:
        """The latest message still on the phone (or the one named) that lets this choice be tapped."""
        found = self._found(
            "phone = ? AND discom = ? AND direction = 'in' AND NOT cleared AND wamid = coalesce(?, wamid)"
            " AND EXISTS (SELECT 1 FROM json_each(choices) WHERE json_extract(value, '$.id') = ?)"
            " ORDER BY n DESC LIMIT 1",
            phone.id, discom, wamid, choice,
        )  # fmt: skip
        return found[0][1] if found else None

    def clear(self, phone: Phone, discom: str) -> None:
        """Takes a chat's messages from the phone."""
        self._db.execute("UPDATE messages SET cleared = 1 WHERE phone = ? AND discom = ?", (phone.id, discom))

    def mark(self, wamid: str, status: str) -> bool:
        """Moves a message on; never back. Says whether anything changed."""
        behind = RANKS[: RANKS.index(status)] if status in RANKS else ()
        return self._moved(f"wamid = ? AND status IN ({_marks(behind)})", status, wamid, *behind)

    def mark_read_until(self, phone: int, discom: str, n: int) -> bool:
        """Blue ticks for what the person wrote to a discom up to one message."""
        where = "phone = ? AND discom = ? AND n <= ? AND direction = 'out' AND status != 'read'"
        return self._moved(where, "read", phone, discom, n)

    def _moved(self, where: str, status: str, *values: object) -> bool:
        return self._db.execute(f"UPDATE messages SET status = ? WHERE {where}", (status, *values)).rowcount > 0

    def _found(self, where: str, *values: object) -> list[tuple[int, Bubble]]:
        rows = self._db.execute(f"SELECT {COLUMNS} FROM messages WHERE {where}", values)
        return [(row[0], _bubble(*row[1:])) for row in rows]


def _bubble(
    direction: Literal["in", "out"], discom: str, wamid: str, type: str, text: str, at: float, status: str, *json_: str
) -> Bubble:
    payload, choices = map(json.loads, json_)
    return Bubble(direction, discom, wamid, type, text, at, status, payload, tuple(choices))


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values)) or "NULL"
