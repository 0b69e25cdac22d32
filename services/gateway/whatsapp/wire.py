"""Bytes into JSON, whatever the bytes; and how to look at values whose type nobody promised."""

import json
import re
from math import isfinite
from typing import Any

import orjson

Json = dict[str, Any]

DEPTH = 64
"""Levels that are kept. Real payloads have fewer than 15."""
_DEEPER = 120
"""orjson writes 254 levels; what the rest of the gateway reads again may be no deeper than about 190."""
_REFUSED = re.compile("[\0\ud800-\udfff]")
_MARK = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


class NotJson(ValueError):
    """A body that is not JSON."""


def read(body: bytes) -> object:
    """The JSON value of a body. Raises `NotJson` and nothing else, whatever the bytes.

    What no record or table of ours can hold is repaired, so that the rest still arrives: lone surrogates go, NaN and
    infinite numbers become null, and so does what is nested deeper than 64 levels where a level too many is met.
    """
    try:
        value = orjson.loads(body)
        if body.count(b"[") + body.count(b"{") > DEPTH:
            orjson.dumps(_deeper(value))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return _read_slowly(body)
    return value


def _deeper(value: object) -> object:
    for _ in range(_DEEPER):
        value = [value]
    return value


def _read_slowly(body: bytes) -> object:
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        try:
            value = _loads(text)
        except RecursionError:
            value = _loads(_shallow(text))
    except (ValueError, RecursionError):
        raise NotJson("not JSON") from None
    return _repaired(value, DEPTH)


def _loads(text: str) -> object:
    return json.loads(text, parse_constant=lambda _: None, parse_int=_int, parse_float=_float)


def _int(text: str) -> int | float | None:
    return int(text) if len(text) <= 18 else _float(text)


def _float(text: str) -> float | None:
    number = float(text)
    return number if isfinite(number) else None


def _shallow(text: str) -> str:
    """The same JSON with null for what is nested too deep."""
    parts, depth, start = [], 0, 0
    for mark in _MARK.finditer(text):
        if mark[0] in ("[", "{"):
            depth += 1
            if depth == DEPTH + 1:
                parts += [text[start : mark.start()], "null"]
        elif mark[0] in ("]", "}"):
            if depth == DEPTH + 1:
                start = mark.end()
            depth -= 1
    return "".join([*parts, text[start:] if depth <= DEPTH else ""])


def _repaired(value: object, room: int) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_repaired(item, room - 1) for item in value] if room else None
    if isinstance(value, dict):
        return {clean(key): _repaired(item, room - 1) for key, item in value.items()} if room else None
    return value


def clean(text: str) -> str:
    """The text without what PostgreSQL or UTF-8 refuse: NUL characters and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return _REFUSED.sub("", text)


def part(of: Json, key: str) -> Json:
    """The object under a key; an empty one where there is none."""
    found = of.get(key)
    return found if isinstance(found, dict) else {}


def parts(of: Json, key: str) -> list[Json]:
    """The objects in the list under a key, without whatever else is in it."""
    found = of.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def text(value: object) -> str | None:
    """A text that says something, cleaned; None for everything else."""
    return (clean(value) or None) if isinstance(value, str) else None


def word(value: object) -> str | None:
    """An id or a number that serves as one, as text; None for everything else."""
    if isinstance(value, str):
        return clean(value) or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def whole(value: object) -> int | None:
    """A whole number of at most 15 digits, also where it came as text: Meta's timestamps do."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 15 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= 10**15:
        return None
    return int(value)


def number(value: object) -> float | None:
    """A finite number, also where it came as text."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return value
