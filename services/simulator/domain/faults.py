"""What can go wrong on purpose. The k-th draw of a fault falls the same way for the same seed."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Place = Literal["send", "status", "webhook", "rule"]


@dataclass(frozen=True)
class Kind:
    """One way to go wrong."""

    place: Place
    does: str
    details: Mapping[str, Any] = field(default_factory=dict)
    """What can be set, with what it is when left out."""


KINDS: dict[str, Kind] = {
    "latency": Kind("send", "answers `seconds` later", {"seconds": 1.0}),
    "throttled": Kind("send", "refuses with 130429, HTTP 429"),
    "error": Kind("send", "refuses with `code`, HTTP `status`", {"code": 131000, "status": 400}),
    "failed": Kind("send", "accepts, then reports `failed` with `code`; nothing arrives", {"code": 131047}),
    "server_error": Kind("send", "answers HTTP `status` with Meta's error body", {"status": 500}),
    "server_error_empty": Kind("send", "answers HTTP `status` without a body", {"status": 503}),
    "reset_before": Kind("send", "resets the connection; nothing is accepted"),
    "reset_after": Kind("send", "accepts, then resets the connection"),
    "no_answer": Kind("send", "accepts and never answers"),
    "status_late": Kind("status", "reports `seconds` later", {"seconds": 10.0}),
    "status_doubled": Kind("status", "reports everything twice"),
    "status_reordered": Kind("status", "reports `read` first and `sent` last"),
    "status_missing": Kind("status", "leaves out `which`: sent, delivered, read or all", {"which": "all"}),
    "webhook_doubled": Kind("webhook", "delivers what a person wrote twice"),
    "webhook_replayed": Kind("rule", "after a restart delivers the last `count` webhooks again", {"count": 20}),
    "pair_limit": Kind("rule", "131056 above one message in 6 s to one phone, 45 of them on credit"),
    "throughput_limit": Kind("rule", "130429 above `per_second` messages of a number, in and out", {"per_second": 80}),
    "strict_templates": Kind("rule", "132001 for templates that nobody created here"),
}


@dataclass(frozen=True)
class Fault:
    """A fault that was asked for: everywhere, or for one discom or phone; always, or at a rate."""

    id: int
    kind: str
    discom: str | None
    phone: str | None
    rate: float
    seed: int
    remaining: int | None
    """How often it may still strike; None is without end."""
    details: dict[str, Any]
    drawn: int = 0
    struck: int = 0

    def concerns(self, discom: str, phone: str) -> bool:
        """Whether it may strike here."""
        return self.discom in (None, discom) and self.phone in (None, phone) and self.remaining != 0

    def draw(self) -> tuple["Fault", bool]:
        """The fault after one more draw, and whether it strikes this time."""
        digest = hashlib.sha256(f"{self.seed} {self.kind} {self.drawn}".encode()).digest()
        strikes = int.from_bytes(digest[:8]) / 2**64 < self.rate
        after = replace(self, drawn=self.drawn + 1)
        if not strikes:
            return after, False
        left = None if self.remaining is None else self.remaining - 1
        return replace(after, struck=self.struck + 1, remaining=left), True


class WrongFault(ValueError):
    """A fault that cannot be; the text says what is allowed."""


def asked(body: Mapping[str, Any], discoms: Collection[str], codes: Collection[int]) -> Fault:
    """The fault that a request asks for. Raises `WrongFault`."""
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise WrongFault(f"'kind' must be one of {', '.join(KINDS)}")
    known = KINDS[kind].details
    common = {"kind", "discom", "phone", "rate", "seed", "remaining"}
    if unknown := sorted(set(body) - common - set(known)):
        raise WrongFault(f"'{unknown[0]}' is unknown; allowed: {', '.join(sorted(common | set(known)))}")
    discom, phone, remaining = body.get("discom"), body.get("phone"), body.get("remaining")
    if discom is not None and discom not in discoms:
        raise WrongFault(f"'discom' must be one of {', '.join(discoms)}")
    if phone is not None and (not isinstance(phone, str) or not phone.isdigit()):
        raise WrongFault("'phone' must be a number in digits, with country code")
    rate = _number(body, "rate", 1.0, 0, 1)
    seed = int(_number(body, "seed", 0, 0, 2**53))
    if remaining is not None:
        remaining = int(_number(body, "remaining", 0, 1, 2**53))
    details = {name: _detail(body, name, default, codes) for name, default in known.items()}
    return Fault(0, kind, discom, phone, rate, seed, remaining, details)


LIMITS = {"seconds": (0, 3600), "status": (400, 599), "count": (1, 1000), "per_second": (1, 10_000)}


def _detail(body: Mapping[str, Any], name: str, default: Any, codes: Collection[int]) -> Any:
    value = body.get(name, default)
    match name:
        case "which" if value not in ("sent", "delivered", "read", "all"):
            raise WrongFault("'which' must be sent, delivered, read or all")
        case "code" if value not in codes:
            raise WrongFault("'code' must be a code of Meta's error table")
        case "which" | "code":
            return value
    number = _number(body, name, default, *LIMITS[name])
    return number if name == "seconds" else int(number)


def _number(body: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise WrongFault(f"'{name}' must be a number from {low:g} to {high:g}")
    return value
