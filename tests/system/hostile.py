"""Bodies as Meta might send them on its worst day: real shapes with anything at all wrong in them, by seed."""

import copy
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from deploy.local.files import ROOT

SAMPLES = [
    json.loads(path.read_text(encoding="utf-8"))["body"]
    for path in sorted((ROOT / "tests/unit/gateway/whatsapp/samples").glob("*.json"))
]
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**63, -(2**63) - 1, 10**19, 10**400, float("nan"), float("inf"),
    "", " ", "\0", "a\0b", "\ud800", "x\udfffy", "\u202e", "\ufeff", "9" * 30, "-1", "NaN", "0x10", "1e999", "null",
    "wamid.", "system", "edit", "failed", "x" * 5000, "आ" * 5000, "😀" * 3000, [], {}, [[]], [None], {"": None},
    {"\0": "\0"}, {"\ud800": 1}, ["x"] * 1100,
)  # fmt: skip
KEYS = ("id", "from", "type", "text", "body", "statuses", "messages", "errors", "code", "value", "field", "timestamp")
TIMES = ("0", "-1", "1", "253402300799", "253402300800", "99999999999999999999", "1e9", "", None, 1764061507.5)


def bodies(seed: int, count: int, numbers: Sequence[str], now: float) -> Iterator[bytes]:
    """So many bodies, the same ones for the same seed, that claim to be about these numbers."""
    chance = random.Random(seed)
    for _ in range(count):
        body = json.loads(json.dumps(chance.choice(SAMPLES)))
        _make_it_ours(chance, body, numbers, now)
        for _ in range(chance.choice((0, 1, 1, 2, 3, 5))):
            _mutate(chance, body)
        yield _raw(chance, body)


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, item in items:
        yield value, key
        yield from _places(item)


def _make_it_ours(chance: random.Random, body: object, numbers: Sequence[str], now: float) -> None:
    """Most are for a number of ours; some are from now and from somebody new, so that they are acted upon."""
    fresh, sender = chance.random() < 0.1, f"9195{chance.randrange(10**8):08}"
    for where, key in list(_places(body)):
        if key == "phone_number_id" and chance.random() < 0.9:
            where[key] = chance.choice(numbers)
        elif key == "biz_opaque_callback_data":
            where[key] = f"20261125.{UUID(int=chance.getrandbits(128))}"
        elif key == "timestamp" and fresh:
            where[key] = str(int(now))
        elif key in ("from", "wa_id") and fresh:
            where[key] = sender
        elif key == "id" and isinstance(where[key], str) and where[key].startswith("wamid"):
            where[key] = f"wamid.hostile.{chance.getrandbits(64):x}"


def _mutate(chance: random.Random, body: object) -> None:
    places = list(_places(body))
    if not places:
        return
    where, key = chance.choice(places)
    match chance.randrange(9):
        case 0 | 1 | 2:
            where[key] = copy.deepcopy(chance.choice(NASTY))
        case 3:
            del where[key]
        case 4:
            where[key] = [where[key]] if chance.random() < 0.5 else {"a": where[key]}
        case 5 if isinstance(where, list):
            where.extend([where[key]] * chance.choice((1, 2, 50)))
        case 6 if isinstance(where, dict):
            where[chance.choice(KEYS)] = where.pop(key)
        case 7:
            times = [place for place in places if place[1] == "timestamp"]
            if times:
                where, key = chance.choice(times)
                where[key] = chance.choice(TIMES)
        case 8:
            if isinstance(where[key], str):
                where[key] += chance.choice(("\0", "\ud800", "\udfff\0", "\u2028", "'; DROP TABLE chats; --", "%s{}"))


def _raw(chance: random.Random, body: object) -> bytes:
    text = json.dumps(body, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.03:
        deep = chance.choice((100, 1_000, 10_000))
        nested = chance.choice(("[", '{"a":')) * deep
        closed = nested + "0" + ("]" if nested[0] == "[" else "}") * (deep if chance.random() < 0.8 else 0)
        text = text.replace('"field"', f'"deep":{closed},"field"', 1)
    raw = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        start, end = sorted((chance.randint(0, len(raw)), chance.randint(0, len(raw))))
        raw = chance.choice(
            (raw[:start], raw[start:], raw[:start] + raw[end:], raw[:start] + b"\xff\0\x80" + raw[start:])
        )
    return raw
