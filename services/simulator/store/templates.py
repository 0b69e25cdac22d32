"""Message templates of each number's account."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from services.simulator.domain.templates import Template

COLUMNS = "id, discom, name, language, category, status, body, buttons"


class Templates:
    """Table `templates`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def all(self) -> list[Template]:
        return [_template(row) for row in self._db.execute(f"SELECT {COLUMNS} FROM templates ORDER BY discom, name")]

    def find(self, discom: str, name: str, language: str) -> Template | None:
        row = self._db.execute(
            f"SELECT {COLUMNS} FROM templates WHERE discom = ? AND name = ? AND language = ?", (discom, name, language)
        ).fetchone()
        return _template(row) if row else None

    def get(self, id: int) -> Template | None:
        row = self._db.execute(f"SELECT {COLUMNS} FROM templates WHERE id = ?", (id,)).fetchone()
        return _template(row) if row else None

    def save(self, it: Template) -> Template:
        """Keeps a template; one of the same name and language is replaced."""
        self._db.execute(
            "INSERT INTO templates (id, discom, name, language, category, status, body, buttons)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (discom, name, language) DO UPDATE SET"
            " category = excluded.category, status = excluded.status, body = excluded.body, buttons = excluded.buttons",
            (it.id, it.discom, it.name, it.language, it.category, it.status, it.body, json.dumps(it.buttons)),
        )
        return self.find(it.discom, it.name, it.language) or it


def _template(row: Sequence[Any]) -> Template:
    id, discom, name, language, category, status, body, buttons = row
    return Template(id, discom, name, language, category, status, body, tuple(json.loads(buttons)))
