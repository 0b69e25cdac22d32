"""What an error of WhatsApp's means: the action is data on the error, read from `libs/schemas/meta/errors.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path

import libs.schemas
from services.gateway.whatsapp.wire import Json, NotJson, part, parts, read, whole

TABLE = Path(libs.schemas.__file__).parent / "meta" / "errors.json"
DAY = 24 * 3600.0

USAGE = "x-business-use-case-usage"


@dataclass(frozen=True, slots=True)
class Failure:
    """WhatsApp did not take the message."""

    action: str
    """One of the actions that errors.json explains: `retry`, `retry_recipient`, `hold_number`, `template`, `drop` …"""
    code: int | None
    retry_after: float | None
    """Seconds to wait at least; None where nobody said."""
    scope: str | None = None
    """What the error is about where it is less or more than the message: `number`, `recipient`, `template`, `waba` …"""


@cache
def _table() -> tuple[dict[int, tuple[str, str | None]], tuple[tuple[int, int, str], ...]]:
    codes: dict[int, tuple[str, str | None]] = {}
    ranges: list[tuple[int, int, str]] = []
    for error in json.loads(TABLE.read_bytes())["errors"]:
        if isinstance(error["code"], int):
            codes[error["code"]] = (error["action"], error.get("scope"))
        else:
            first, last = map(int, error["code"].split("-"))
            ranges.append((first, last, error["action"]))
    return codes, tuple(ranges)


def failure_of(code: int) -> Failure | None:
    """What a code means, in an answer or in a `failed` status; None for a code we do not know."""
    codes, ranges = _table()
    if found := codes.get(code):
        action, scope = found
        return Failure(action, code, DAY if action == "later24h" else None, scope)
    return next((Failure(action, code, None) for first, last, action in ranges if first <= code <= last), None)


def decide(status: int, body: bytes, headers: Mapping[str, str]) -> Failure:
    """What to do about an answer that is no acceptance. Never raises, whatever the answer."""
    error = _error(body)
    code = whole(error.get("code"))
    if code is not None and abs(code) >= 2**31:
        code = None  # no code of Meta's, and more than the ledger's column holds
    failure = failure_of(code) if code is not None else None
    if failure is None:
        transient = error.get("is_transient") is True
        failure = Failure("retry" if transient else _by_status(status, bool(error)), code, None)
    if failure.action not in ("retry", "retry_recipient", "hold_number", "later24h"):
        return failure
    asked = _asked_to_wait({name.lower(): value for name, value in headers.items()})
    longest = max(filter(None, (failure.retry_after, asked)), default=None)
    return Failure(failure.action, failure.code, longest, failure.scope)


def _error(body: bytes) -> Json:
    try:
        answer = read(body)
    except NotJson:
        return {}
    return part(answer, "error") if isinstance(answer, dict) else {}


def _by_status(status: int, from_meta: bool) -> str:
    """For a code that is not in the table, or an answer that is not Meta's: then something stood in between."""
    if status in (401, 403, 407):
        return "token"
    if status in (408, 425, 429) or status >= 500:
        return "retry"
    if from_meta or status in (400, 405, 411, 413, 414, 415, 422):
        return "fix"
    return "retry"


def _asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """The longest wait that the headers ask for, in seconds, at most a day."""
    asked = [_retry_after(headers), _usage(headers.get(USAGE))]
    longest = max(filter(None, asked), default=None)
    return min(longest, DAY) if longest else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a date, which is measured against the answer's own `Date`."""
    told = headers.get("retry-after", "").strip()
    if (seconds := whole(told)) is not None:
        return float(seconds)
    try:
        until, now = parsedate_to_datetime(told), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _usage(header: str | None) -> float | None:
    """`estimated_time_to_regain_access` counts minutes; one header may tell of several accounts and limits."""
    try:
        usage = read((header or "").encode("utf-8", "replace"))
    except NotJson:
        return None
    if not isinstance(usage, dict):
        return None
    minutes = [whole(limit.get("estimated_time_to_regain_access")) or 0 for key in usage for limit in parts(usage, key)]
    return max(minutes, default=0) * 60.0


def backoff(attempt: int, chance: float) -> float:
    """Seconds until the next attempt: 4^attempt up to 64, plus up to half as much, so that not all come at once."""
    return float(4 ** min(max(attempt, 0), 3)) * (1 + chance / 2)
