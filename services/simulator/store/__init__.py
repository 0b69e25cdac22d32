"""All SQL of the simulator. SQLite in one file, owned by one process.

What was committed survives `kill -9`: the write-ahead log lies with the operating system by then. So commits need no
`fsync` and cost about 0.1 ms. A power cut may take the last moments of a demo with it, and breaks nothing.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from services.simulator.store.faults import Faults
from services.simulator.store.media import MediaFiles
from services.simulator.store.messages import Messages
from services.simulator.store.phones import Phones
from services.simulator.store.templates import Templates
from services.simulator.store.webhooks import Webhooks

MIGRATIONS = Path(__file__).parents[1] / "migrations"


class Store:
    """The database, and its tables by what they hold."""

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
        self.phones = Phones(self._db)
        self.messages = Messages(self._db)
        self.webhooks = Webhooks(self._db)
        self.media = MediaFiles(self._db)
        self.faults = Faults(self._db)
        self.templates = Templates(self._db)

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
