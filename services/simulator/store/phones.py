"""Phones, and what lies between each of them and a discom."""

import random
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from services.simulator.domain.phones import Phone

COLUMNS = "id, wa_id, user_id, name, username, hidden"


class Phones:
    """Table `phones`, and the part of `chats` that is not about messages."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def find(self, wa_id: str) -> Phone | None:
        return self._one("wa_id = ?", wa_id)

    def of_user(self, user_id: str) -> Phone | None:
        return self._one("user_id = ?", user_id)

    def get(self, wa_id: str) -> Phone:
        """The phone of this number; a number that is new becomes a phone."""
        if found := self.find(wa_id):
            return found
        (id,) = self._db.execute(
            "INSERT INTO phones (wa_id, user_id, name) VALUES (?, ?, '') RETURNING id", (wa_id, new_user_id())
        ).fetchone()
        self._db.execute("UPDATE phones SET name = ? WHERE id = ?", (f"Phone {id}", id))
        return self._one("id = ?", id) or self.get(wa_id)

    def all(self) -> list[Phone]:
        """The one with the newest message first."""
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM phones ORDER BY"
            " (SELECT max(at) FROM messages WHERE phone = id) DESC NULLS LAST, id DESC LIMIT 200"
        )
        return [_phone(row) for row in rows]

    def change(self, phone: Phone) -> None:
        """Keeps what a phone is like now."""
        self._db.execute(
            "UPDATE phones SET wa_id = ?, user_id = ?, name = ?, username = ?, hidden = ? WHERE id = ?",
            (phone.wa_id, phone.user_id, phone.name, phone.username, int(phone.hidden), phone.id),
        )

    def known_to(self, phone: Phone) -> list[str]:
        """The discoms that this phone has a chat with."""
        return [
            code for (code,) in self._db.execute("SELECT discom FROM chats WHERE phone = ? ORDER BY 1", (phone.id,))
        ]

    def blocked_by(self, phone: Phone) -> list[str]:
        """The discoms that this phone takes nothing from."""
        rows = self._db.execute("SELECT discom FROM chats WHERE phone = ? AND blocked ORDER BY 1", (phone.id,))
        return [code for (code,) in rows]

    def block(self, phone: Phone, discoms: Iterable[str]) -> None:
        """Takes nothing from these, and from the others again."""
        self._db.execute("UPDATE chats SET blocked = 0 WHERE phone = ?", (phone.id,))
        self._db.executemany(
            "INSERT INTO chats (phone, discom, blocked) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET blocked = 1",
            [(phone.id, code) for code in discoms],
        )

    def chat(self, phone: Phone, discom: str) -> tuple[float | None, bool, float]:
        """When the person wrote last, whether the discom is blocked, until when sends are paid for (pair limit)."""
        row = self._db.execute(
            "SELECT wrote_at, blocked, paid_until FROM chats WHERE phone = ? AND discom = ?", (phone.id, discom)
        ).fetchone()
        return (row[0], bool(row[1]), row[2]) if row else (None, False, 0.0)

    def pay(self, phone: Phone, discom: str, until: float) -> None:
        """Writes down what a send took from the pair's allowance."""
        self._db.execute(
            "INSERT INTO chats (phone, discom, paid_until) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET paid_until = excluded.paid_until",
            (phone.id, discom, until),
        )

    def age(self, seconds: float) -> None:
        """Moves what was, further back."""
        self._db.execute("UPDATE chats SET wrote_at = wrote_at - ?, paid_until = paid_until - ?", (seconds, seconds))

    def _one(self, where: str, value: object) -> Phone | None:
        row = self._db.execute(f"SELECT {COLUMNS} FROM phones WHERE {where}", (value,)).fetchone()
        return _phone(row) if row else None


def new_user_id() -> str:
    """A business-scoped user id that nobody has."""
    return f"IN.{random.SystemRandom().randrange(10**15, 10**16)}"


def _phone(row: Sequence[Any]) -> Phone:
    return replace(Phone(*row), hidden=bool(row[5]))
