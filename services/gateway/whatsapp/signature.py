"""Whether a webhook body was signed with one of our app secrets."""

import hmac
from hashlib import sha256

PREFIX = b"sha256="


def valid(body: bytes, header: str | None, secrets: tuple[bytes, ...]) -> bool:
    """Whether `X-Hub-Signature-256` fits the raw bytes; the time tells nothing, and an empty secret never fits."""
    given = (header or "").encode("ascii", "replace")
    found = False
    for secret in secrets:
        expected = PREFIX + hmac.digest(secret, body, sha256).hex().encode()
        found |= bool(secret) and hmac.compare_digest(expected, given)
    return found
