"""What was attached to messages."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True)
class Media:
    """One attachment."""

    id: str
    mime_type: str
    sha256: str
    content: bytes


class MediaFiles:
    """Table `media`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def keep(self, media: Media) -> None:
        self._db.execute(
            "INSERT INTO media (id, mime_type, sha256, content) VALUES (?, ?, ?, ?)",
            (media.id, media.mime_type, media.sha256, media.content),
        )

    def find(self, id: str) -> Media | None:
        row = self._db.execute("SELECT id, mime_type, sha256, content FROM media WHERE id = ?", (id,)).fetchone()
        return Media(*row) if row else None
