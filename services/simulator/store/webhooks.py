"""Webhooks: those still to be delivered, and the last ones that were, for replays."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from services.simulator.domain.updates import Update

KEPT = 1000
"""How many settled webhooks stay."""


@dataclass(frozen=True)
class Pending:
    """A webhook still to be delivered; its body stays in the database until it is sent."""

    id: int
    discom: str
    lane: str
    wamid: str
    status: str
    posted: bool
    due: float
    attempts: int = 0


class Webhooks:
    """Table `webhooks`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def plan(self, updates: Iterable[Update], now: float) -> list[Pending]:
        """Keeps webhooks until they are delivered."""
        return [self._planned(update, now) for update in updates]

    def _planned(self, it: Update, now: float) -> Pending:
        id = self._db.execute(
            "INSERT INTO webhooks (discom, lane, wamid, status, posted, body, born, due)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (it.discom, it.lane, it.wamid, it.status, int(it.posted), it.body, now, it.due),
        ).lastrowid
        assert id is not None
        return Pending(id, it.discom, it.lane, it.wamid, it.status, it.posted, it.due)

    def pending(self) -> list[Pending]:
        """Everything still to be delivered."""
        rows = self._db.execute(
            "SELECT id, discom, lane, wamid, status, posted, due, attempts FROM webhooks"
            " WHERE NOT settled ORDER BY due, id"
        )
        return [
            Pending(id, discom, lane, wamid, status, bool(posted), due, attempts)
            for id, discom, lane, wamid, status, posted, due, attempts in rows
        ]

    def body(self, webhook: int) -> bytes:
        (body,) = self._db.execute("SELECT body FROM webhooks WHERE id = ?", (webhook,)).fetchone()
        return bytes(body)

    def born(self, webhook: int) -> float:
        (born,) = self._db.execute("SELECT born FROM webhooks WHERE id = ?", (webhook,)).fetchone()
        return float(born)

    def settle(self, webhooks: Iterable[int]) -> None:
        """Webhooks that need no further attempt."""
        self._db.executemany("UPDATE webhooks SET settled = 1 WHERE id = ?", [(id,) for id in webhooks])
        self._db.execute("DELETE FROM webhooks WHERE settled AND id <= (SELECT max(id) FROM webhooks) - ?", (KEPT,))

    def retry(self, webhook: int, due: float, attempts: int) -> None:
        self._db.execute("UPDATE webhooks SET due = ?, attempts = ? WHERE id = ?", (due, attempts, webhook))

    def last(self, count: int, discom: str | None) -> list[Update]:
        """The last webhooks that were delivered, to be delivered once more."""
        rows = self._db.execute(
            "SELECT discom, lane, born, body FROM webhooks WHERE settled AND posted AND discom = coalesce(?, discom)"
            " ORDER BY id DESC LIMIT ?",
            (discom, count),
        ).fetchall()
        return [Update(code, lane, due, bytes(body)) for code, lane, due, body in reversed(rows)]

    def hurry(self, now: float) -> None:
        """Makes everything due that waits for another attempt."""
        self._db.execute("UPDATE webhooks SET due = min(due, ?) WHERE NOT settled", (now,))

    def age(self, seconds: float) -> None:
        """Moves what waits nearer, and what was further back."""
        self._db.execute("UPDATE webhooks SET due = due - ?, born = born - ? WHERE NOT settled", (seconds, seconds))
