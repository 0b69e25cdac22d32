"""Sessions: a signed cookie that says who entered and until when. Forms carry a token made from it."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

import orjson

from libs.kit.settings import SettingsError
from services.complaints.console.officers import private

HOURS = 10
"""A working day; then an officer enters again."""
SHORTEST_KEY = 32
"""Characters of the key."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser. Before the login it has no officer, but a token for the login form."""

    nonce: str
    until: int
    login: str | None = None


class Sessions:
    """Signs and reads sessions. The key is a file beside the passwords, so that a restart ends no session."""

    def __init__(self, directory: Path) -> None:
        file = directory / "session-key"
        if not file.exists():
            private(file, secrets.token_hex(32))
        self._key = file.read_text(encoding="utf-8").strip().encode()
        if len(self._key) < SHORTEST_KEY:
            raise SettingsError(
                f"{file}: a key so short can be guessed; delete the file, or write {SHORTEST_KEY} characters"
            )

    def start(self, now: float, login: str | None = None) -> Session:
        """A new session with a token of its own: nobody's cookie of before the login is worth anything after it."""
        return Session(secrets.token_urlsafe(18), int(now) + HOURS * 3600, login)

    def write(self, session: Session) -> str:
        """The cookie's value."""
        body = base64.urlsafe_b64encode(orjson.dumps([session.nonce, session.until, session.login])).decode()
        return f"{body}.{self._sign('session', body)}"

    def read(self, cookie: str, now: float) -> Session | None:
        """The session in a cookie, if we wrote it and it has not ended."""
        body, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign("session", body).encode()):
            return None
        nonce, until, login = orjson.loads(base64.urlsafe_b64decode(body))
        return Session(nonce, until, login) if until > now else None

    def token(self, session: Session) -> str:
        """What every form of this session carries; another site cannot know it."""
        return self._sign("form", session.nonce)

    def is_token(self, session: Session, given: str) -> bool:
        return hmac.compare_digest(self.token(session).encode(), given.encode())

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
