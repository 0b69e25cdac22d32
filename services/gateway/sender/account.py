"""What Meta tells of accounts, numbers and templates, and what that means for one discom's sender. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from libs.schemas.discom import Discom
from libs.schemas.messages import Received
from services.gateway.store import Hold

UPGRADED = 1_000
"""Messages in a second after `THROUGHPUT_UPGRADE`."""
HELD = {"PAUSED", "DISABLED", "REJECTED", "FLAGGED"}
FREED = {"APPROVED", "REINSTATED", "UNPAUSED"}
BANNED = {"DISABLE", "DISABLED_UPDATE", "ACCOUNT_RESTRICTION", "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED"}
UNBANNED = {"REINSTATE", "ACCOUNT_RECONNECTED"}


@dataclass(frozen=True, slots=True)
class Free:
    """What held the template, or the number for this reason, does so no more."""

    template: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Learn:
    """The number's rate; None where it is that of the file again."""

    messages_per_second: int | None


@dataclass(frozen=True, slots=True)
class Alert:
    """For people to know."""

    what: str


Change = Hold | Free | Learn | Alert


def change(update: Received, waba_id: str, discom: Discom) -> Change | None:
    """What follows from one update for this discom; None where it is another's, or says nothing to a sender."""
    value: Mapping[str, Any] = update.value
    if not _ours(value, update.phone_number_id, waba_id, discom):
        return None
    event = _word(value.get("event"))
    match update.field:
        case "message_template_status_update":
            return _template(value, event)
        case "phone_number_quality_update":
            return _quality(event)
        case "account_update":
            return _account(value, event)
        case "account_alerts" | "account_review_update" | "template_category_update" | "business_capability_update":
            return Alert(f"{update.field} {event}".strip())
    return None


def _template(value: Mapping[str, Any], event: str) -> Change | None:
    name, language = _name(value.get("message_template_name")), _name(value.get("message_template_language"))
    if not name:
        return None
    key = f"{name}/{language}" if language else name
    if event in HELD:
        return Hold("template", f"template {event}", key)
    return Free(template=key) if event in FREED else None


def _quality(event: str) -> Change | None:
    match event:
        case "THROUGHPUT_UPGRADE":
            return Learn(UPGRADED)
        case "DOWNGRADE":
            return Learn(None)
        case "FLAGGED":
            return Hold("number", "number FLAGGED")
        case "UNFLAGGED":
            return Free(reason="number FLAGGED")
    return None


def _account(value: Mapping[str, Any], event: str) -> Change:
    ban = value.get("ban_info")
    states = ban.get("waba_ban_state") if isinstance(ban, Mapping) else None
    state = _word(states[-1] if isinstance(states, list) and states else states)
    word = state or event
    if word in UNBANNED:
        return Free(reason="account banned")
    return Hold("waba", "account banned") if word in BANNED else Alert(f"account_update {word}".strip())


def _ours(value: Mapping[str, Any], phone_number_id: str, waba_id: str, discom: Discom) -> bool:
    """Whether it is about this discom's number, or else about its account; an account nobody named is everybody's."""
    if phone_number_id:
        return phone_number_id == discom.phone_number_id
    for key in ("display_phone_number", "phone_number"):
        if isinstance(shown := value.get(key), str | int):
            digits = "".join(filter(str.isdigit, str(shown)))
            if digits:
                return digits in (discom.display_phone_number, discom.number)
    return discom.waba_id is None or waba_id == discom.waba_id


def _name(value: object) -> str:
    """The name of a template or a language; empty for what WhatsApp itself would not take as one."""
    fits = isinstance(value, str) and len(value) <= 512 and value.isascii() and value.replace("_", "").isalnum()
    return str(value) if fits else ""


def _word(value: object) -> str:
    """Meta's word; empty for what is none, and for what is too long to be one."""
    return value if isinstance(value, str) and len(value) <= 60 and value.replace("_", "").isalnum() else ""
