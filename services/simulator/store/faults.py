"""Faults that were asked for, and how often each has struck."""

import json
import sqlite3

from services.simulator.domain.faults import Fault

COLUMNS = "id, kind, discom, phone, rate, seed, remaining, details, drawn, struck"


class Faults:
    """Table `faults`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def all(self) -> list[Fault]:
        rows = self._db.execute(f"SELECT {COLUMNS} FROM faults ORDER BY id")
        return [
            Fault(id, kind, discom, phone, rate, seed, remaining, json.loads(details), drawn, struck)
            for id, kind, discom, phone, rate, seed, remaining, details, drawn, struck in rows
        ]

    def add(self, fault: Fault) -> Fault:
        """Keeps a new fault; returns it with its id."""
        (id,) = self._db.execute(
            "INSERT INTO faults (kind, discom, phone, rate, seed, remaining, details)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                fault.kind, fault.discom, fault.phone, fault.rate, fault.seed, fault.remaining,
                json.dumps(fault.details),
            ),
        ).fetchone()  # fmt: skip
        return next(one for one in self.all() if one.id == id)

    def count(self, fault: Fault) -> None:
        """Keeps how often it was drawn and has struck."""
        self._db.execute(
            "UPDATE faults SET drawn = ?, struck = ?, remaining = ? WHERE id = ?",
            (fault.drawn, fault.struck, fault.remaining, fault.id),
        )

    def remove(self, id: int | None) -> int:
        """Takes one fault away, or all; returns how many."""
        return self._db.execute("DELETE FROM faults WHERE id = coalesce(?, id)", (id,)).rowcount
