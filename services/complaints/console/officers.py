"""Who may enter: a file per officer with a random password. Guessing is slowed down."""

import hmac
import secrets
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from libs.kit.settings import SettingsError

MOST_FAILURES = 5
WITHIN_SECONDS = 300.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who works on the complaints of one discom."""

    login: str
    """`<discom>.<name>`, as his file is called; history shows it."""
    discom: str


class Officers:
    """The officers of these discoms, from a directory with a file per login that holds the password."""

    def __init__(self, directory: Path, discoms: Collection[str], make_missing: bool) -> None:
        self._directory, self._discoms = directory, set(discoms)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        present = {path.name.partition(".")[0] for path in directory.glob("*.*")}
        missing = sorted(self._discoms - present)
        if missing and not make_missing:
            raise SettingsError(
                f"CONSOLE_PASSWORDS_DIR: {directory} holds no officer of {', '.join(missing)};"
                " write a long random password to a file <discom>.<name>"
            )
        for code in missing:
            private(directory / f"{code}.officer", secrets.token_urlsafe(12))

    def enter(self, login: str, password: str) -> Officer | None:
        """The officer, if login and password fit. A login that does not exist takes as long."""
        discom, _, name = login.partition(".")
        known = discom in self._discoms and name.isidentifier()
        expected = secrets.token_urlsafe(12)
        if known:
            try:
                expected = (self._directory / login).read_text(encoding="utf-8").strip() or expected
            except OSError:
                known = False
        fits = hmac.compare_digest(expected.encode(), password.encode())
        return Officer(login, discom) if known and fits else None

    def find(self, login: str) -> Officer | None:
        """An officer who entered before, unless his file is gone: that ends his sessions."""
        discom, _, name = login.partition(".")
        known = discom in self._discoms and name.isidentifier() and (self._directory / login).is_file()
        return Officer(login, discom) if known else None


class Throttle:
    """At most five failures within five minutes for one login or from one address."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[float]] = {}

    def closed(self, keys: Collection[str], now: float) -> bool:
        """Whether one of these has failed too often."""
        return any(
            len([at for at in self._failures.get(key, ()) if at > now - WITHIN_SECONDS]) >= MOST_FAILURES
            for key in keys
        )

    def failed(self, keys: Collection[str], now: float) -> None:
        """Notes a failure; what was longest ago is forgotten first."""
        for key in keys:
            times = self._failures.pop(key, deque(maxlen=MOST_FAILURES))
            times.append(now)
            self._failures[key] = times
        while len(self._failures) > MOST_REMEMBERED:
            del self._failures[next(iter(self._failures))]


def private(file: Path, text: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    draft = file.with_name(f".{file.name}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(file)
