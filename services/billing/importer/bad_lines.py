"""Lines that could not be used, kept beside their file with number and reason, ready to be repaired and imported."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

NOTES: Final = ("line", "reason")
"""Columns on top of the file's own; the import reads over them."""


class BadLines:
    """`<file>.bad.csv`. It holds what the file holds, so nobody else may read it."""

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(f"{file.name}.bad.csv")
        self.count = 0

    def cut(self, line: int) -> None:
        """Keeps of an earlier run's bad lines those that this run will not come across again."""
        self.count = 0
        if not self.path.exists():
            return
        with self._open("r") as opened:
            header, *rows = list(csv.reader(opened)) or [[]]
        kept = [row for row in rows if row and row[0].isdigit() and int(row[0]) <= line]
        self.path.unlink()
        if kept:
            with self._open("w") as opened:
                csv.writer(opened).writerows([header, *kept])
        self.count = len(kept)

    def write(self, header: Sequence[str], bad: Sequence[tuple[int, str, Sequence[str]]]) -> None:
        """Adds lines: number, reason, cells."""
        if not bad:
            return
        own = [n for n, name in enumerate(header) if name not in NOTES]
        new = not self.path.exists()
        with self._open("a") as opened:
            writer = csv.writer(opened)
            if new:
                writer.writerow([*NOTES, *(header[n] for n in own)])
            for number, reason, cells in bad:
                writer.writerow([number, reason, *(cells[n] for n in own if n < len(cells))])
        self.count += len(bad)

    def _open(self, mode: str) -> IO[Any]:
        def private(name: str, flags: int) -> int:
            return os.open(name, flags, 0o600)

        return open(self.path, mode, encoding="utf-8", errors="surrogateescape", newline="", opener=private)
