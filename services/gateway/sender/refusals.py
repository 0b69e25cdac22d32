"""What a refusal of WhatsApp's means for the bubble. Pure: the action is data on the error."""

from dataclasses import dataclass

from services.gateway.sender.window import AsTemplate, Free
from services.gateway.store import REQUEUES, Hold, Send
from services.gateway.whatsapp import Failure, backoff

SHARED = {"number", "waba", "app"}
"""An error about these is about every bubble of the number: if it says how long, all wait."""
STATUS_SECONDS = 60.0
"""Who failed after having been taken waits at least this long: `delivered` may still come, and then it has arrived."""


@dataclass(frozen=True, slots=True)
class Again:
    """Once more, after so many seconds; `whole_number`: nothing at all from this number before that."""

    seconds: float
    whole_number: float | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Once more when a person has lifted this hold."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Never, and no notice to this person until the person writes again."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Never; `alert` where our own request was wrong."""

    alert: bool = False


def after(send: Send, failure: Failure, form: Free | AsTemplate, chance: float) -> Again | Held | Unreachable | Drop:
    """What to do about a refusal of a bubble that went out in this form."""
    match failure.action:
        case "retry" | "retry_recipient":
            asked = failure.retry_after or 0.0
            if asked and failure.scope in SHARED:
                return Again(0, whole_number=asked)
            return Again(max(asked, backoff(send.attempts - 1, chance)))
        case "hold_number" | "token":
            return Held(hold_of(failure, form.key if isinstance(form, AsTemplate) else None))
        case "template" if send.reply.template and not isinstance(form, AsTemplate):
            return Again(0)
        case "later24h" if send.reply.template and send.requeues < REQUEUES:
            return Again(failure.retry_after or 0.0)
        case "drop_user":
            return Unreachable()
    return Drop(alert=failure.action == "fix")


def hold_of(failure: Failure, template: str | None) -> Hold:
    """What the error is about is held: the one template, or the number."""
    reason = f"WhatsApp answers {failure.code}: {failure.action}"
    if failure.scope == "template" and template:
        return Hold("template", reason, template)
    return Hold("waba" if failure.scope == "waba" else "number", reason)


def again_after(failure: Failure) -> tuple[float | None, bool]:
    """For a bubble that failed after WhatsApp had taken it: seconds until another try, None for none; and whether only
    a template may be tried.
    """
    match failure.action:
        case "retry" | "retry_recipient" | "hold_number" | "token":
            return max(STATUS_SECONDS, failure.retry_after or 0.0), False
        case "template":
            return STATUS_SECONDS, True
        case "later24h":
            return max(STATUS_SECONDS, failure.retry_after or 0.0), True
    return None, False
