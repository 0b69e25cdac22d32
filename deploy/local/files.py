"""Where local data lives, files for their owner only, locks that die with their holder. Standard library only."""

import fcntl
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
DEMO_FILE = LOCAL / "demo.json"
DEMO_LOCK = LOCAL / "demo.lock"


class LocalError(Exception):
    """Something a person has to put right; its text says what happened, where, and what to do."""


def write_private(path: Path, text: str) -> None:
    """Writes a file with mode 0600 that readers see whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def kept_secret(path: Path, prefix: str = "") -> str:
    """The secret in this file; made at random the first time it is asked for."""
    if path.exists() and (text := path.read_text(encoding="utf-8").strip()):
        return text
    text = prefix + secrets.token_hex(24)
    write_private(path, text)
    return text


def last_lines(path: Path, offset: int = 0, count: int = 8) -> str:
    """The end of a log, as far as it was written after `offset`, indented for a message."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(offset, path.stat().st_size - 8192))
        text = file.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])


class Lock:
    """Held by at most one process; freed by the system when that process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> int | None:
        """Takes the lock and returns None, or returns the pid of its holder (0 where it left none)."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 20, 0).decode().strip()
            os.close(file)
            return int(holder) if holder.isdigit() else 0
        os.truncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file
        return None

    def release(self) -> None:
        """Frees the lock. The file stays: deleting it would let two holders in."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
