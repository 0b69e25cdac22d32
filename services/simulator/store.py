"""All SQL of the simulator. SQLite in one file, owned by one process.

What was committed survives `kill -9`: the write-ahead log lies with the operating system by then. So commits need no
`fsync` and cost about 0.1 ms. A power cut may take the last moments of a demo with it, and breaks nothing.
"""

import json
import random
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from services.simulator.domain.phones import Bubble, Phone
from services.simulator.domain.updates import Update

MIGRATIONS = Path(__file__).parent / "migrations"
PHONE = "id, wa_id, user_id, name, username, hidden"
RANKS = "sent", "delivered", "read"


@dataclass(frozen=True)
class Pending:
    """A webhook still to be delivered; its body stays in the database until it is sent."""

    id: int
    discom: str
    lane: str
    wamid: str
    status: str
    born: float
    due: float
    attempts: int


@dataclass(frozen=True)
class Media:
    """What was attached to a message."""

    id: str
    mime_type: str
    sha256: str
    content: bytes


class Store:
    """Phones, their messages, and the webhooks that are still to be delivered."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._db = sqlite3.connect(directory / "simulator.db", isolation_level=None, cached_statements=256)
        self._db.execute("PRAGMA busy_timeout = 2000")
        # no second simulator on the same phones: it would post every webhook again
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._migrate()
        except sqlite3.OperationalError as error:
            raise SystemExit(f"{directory}: used by another simulator, or broken: {error}") from None

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def writing(self) -> Generator[None, None, None]:
        """One transaction: committed when the block ends, undone when it raises. Nothing is awaited inside."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _migrate(self) -> None:
        (done,) = self._db.execute("PRAGMA user_version").fetchone()
        for number, file in enumerate(sorted(MIGRATIONS.glob("*.sql")), start=1):
            if number > done:
                # executescript commits by itself, so the version is part of the script
                self._db.executescript(f"BEGIN; {file.read_text()} PRAGMA user_version = {number}; COMMIT;")

    # phones

    def find_phone(self, wa_id: str) -> Phone | None:
        return self._phone("wa_id = ?", wa_id)

    def phone_of_user(self, user_id: str) -> Phone | None:
        return self._phone("user_id = ?", user_id)

    def phone(self, wa_id: str) -> Phone:
        """The phone of this number; a number that is new becomes a phone."""
        if found := self.find_phone(wa_id):
            return found
        user_id = f"IN.{random.SystemRandom().randrange(10**15, 10**16)}"
        cursor = self._db.execute(
            "INSERT INTO phones (wa_id, user_id, name) VALUES (?, ?, '') RETURNING id", (wa_id, user_id)
        )
        (id,) = cursor.fetchone()
        self._db.execute("UPDATE phones SET name = ? WHERE id = ?", (f"Phone {id}", id))
        return Phone(id, wa_id, user_id, f"Phone {id}")

    def phones(self) -> list[Phone]:
        """All of them, the one with the newest message first."""
        rows = self._db.execute(
            f"SELECT {PHONE} FROM phones ORDER BY"
            " (SELECT max(at) FROM messages WHERE phone = id) DESC NULLS LAST, id DESC LIMIT 200"
        )
        return [_phone(row) for row in rows]

    def rename(self, phone: Phone, name: str) -> None:
        self._db.execute("UPDATE phones SET name = ? WHERE id = ?", (name, phone.id))

    def clear(self, phone: Phone, discom: str) -> None:
        """Takes a chat's messages from the phone."""
        self._db.execute("UPDATE messages SET cleared = 1 WHERE phone = ? AND discom = ?", (phone.id, discom))

    def _phone(self, where: str, value: str) -> Phone | None:
        row = self._db.execute(f"SELECT {PHONE} FROM phones WHERE {where}", (value,)).fetchone()
        return _phone(row) if row else None

    # messages

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

    def messages(self, phone: Phone, after: int, limit: int) -> list[tuple[int, Bubble]]:
        """The messages of a phone from `after` on, with their numbers."""
        return self._bubbles("phone = ? AND n > ? AND NOT cleared ORDER BY n LIMIT ?", phone.id, after, limit)

    def message_at(self, phone: int, n: int) -> Bubble | None:
        """The message with this number on a phone."""
        found = self._bubbles("phone = ? AND n = ?", phone, n)
        return found[0][1] if found else None

    def message(self, wamid: str) -> tuple[int, int, Bubble] | None:
        """Phone, number there and content of one message."""
        row = self._db.execute("SELECT phone FROM messages WHERE wamid = ?", (wamid,)).fetchone()
        return (row[0], *self._bubbles("wamid = ?", wamid)[0]) if row else None

    def written_with(self, key: str) -> tuple[int, str] | None:
        """Number and id of the message that was written with this key."""
        row = self._db.execute("SELECT n, wamid FROM messages WHERE key = ?", (key,)).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def offer(self, phone: Phone, discom: str, choice: str, wamid: str | None) -> Bubble | None:
        """The latest message still on the phone (or the one named) that lets this choice be tapped."""
        found = self._bubbles(
            "phone = ? AND discom = ? AND direction = 'in' AND NOT cleared AND wamid = coalesce(?, wamid)"
            " AND EXISTS (SELECT 1 FROM json_each(choices) WHERE json_extract(value, '$.id') = ?)"
            " ORDER BY n DESC LIMIT 1",
            phone.id, discom, wamid, choice,
        )  # fmt: skip
        return found[0][1] if found else None

    def _bubbles(self, where: str, *values: object) -> list[tuple[int, Bubble]]:
        rows = self._db.execute(
            f"SELECT n, direction, discom, wamid, type, text, at, status, payload, choices FROM messages WHERE {where}",
            values,
        )
        return [
            (
                n,
                Bubble(
                    direction, discom, wamid, type, text, at, status, json.loads(payload), tuple(json.loads(choices))
                ),
            )
            for n, direction, discom, wamid, type, text, at, status, payload, choices in rows
        ]

    def mark(self, wamid: str, status: str) -> bool:
        """Moves a message on; never back. Says whether anything changed."""
        behind = RANKS[: RANKS.index(status)] if status in RANKS else ("sent",)
        return self._moved(f"wamid = ? AND status IN ({_marks(behind)})", status, wamid, *behind)

    def mark_read_until(self, phone: int, discom: str, n: int) -> bool:
        """Blue ticks for what the person wrote to a discom up to one message."""
        return self._moved("phone = ? AND discom = ? AND n <= ? AND direction = 'out' AND status != 'read'",
                           "read", phone, discom, n)  # fmt: skip

    def _moved(self, where: str, status: str, *values: object) -> bool:
        return self._db.execute(f"UPDATE messages SET status = ? WHERE {where}", (status, *values)).rowcount > 0

    # webhooks

    def plan(self, updates: Iterable[Update], now: float) -> list[Pending]:
        """Keeps webhooks until they are delivered."""
        planned = []
        for update in updates:
            id = self._db.execute(
                "INSERT INTO webhooks (discom, lane, wamid, status, body, born, due) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (update.discom, update.lane, update.wamid, update.status, update.body, now, update.due),
            ).lastrowid
            assert id is not None
            planned.append(Pending(id, update.discom, update.lane, update.wamid, update.status, now, update.due, 0))
        return planned

    def pending(self) -> list[Pending]:
        """Everything still to be delivered."""
        rows = self._db.execute(
            "SELECT id, discom, lane, wamid, status, born, due, attempts FROM webhooks ORDER BY due, id"
        )
        return [Pending(*row) for row in rows]

    def body(self, webhook: int) -> bytes:
        (body,) = self._db.execute("SELECT body FROM webhooks WHERE id = ?", (webhook,)).fetchone()
        return bytes(body)

    def settled(self, webhooks: Iterable[int]) -> None:
        """Webhooks that need no further attempt."""
        self._db.executemany("DELETE FROM webhooks WHERE id = ?", ((id,) for id in webhooks))

    def retry(self, webhook: int, due: float, attempts: int) -> None:
        self._db.execute("UPDATE webhooks SET due = ?, attempts = ? WHERE id = ?", (due, attempts, webhook))

    # media

    def keep(self, media: Media) -> None:
        self._db.execute(
            "INSERT INTO media (id, mime_type, sha256, content) VALUES (?, ?, ?, ?)",
            (media.id, media.mime_type, media.sha256, media.content),
        )

    def media(self, id: str) -> Media | None:
        row = self._db.execute("SELECT id, mime_type, sha256, content FROM media WHERE id = ?", (id,)).fetchone()
        return Media(*row) if row else None


def _phone(row: Sequence[Any]) -> Phone:
    return replace(Phone(*row), hidden=bool(row[5]))


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values)) or "NULL"
