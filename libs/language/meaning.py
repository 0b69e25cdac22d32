"""What a text can mean. Every service reads these names; the menu prints them (design §8)."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["hi", "en"]
Intent = Literal[
    "links",
    "bill",
    "balance",
    "complaint",
    "complaint-supply",
    "complaint-faulty-meter",
    "complaint-bill-correction",
    "complaint-bill-not-received",
    "complaint-new-connection",
    "track",
    "contacts",
    "menu",
    "greeting",
    "language-change",
    "human",
    "stop/opt-out",
    "start/opt-in",
    "other",
]
SignalKind = Literal["danger", "menu", "language", "stop", "start", "human"]

SURE = 0.6
"""Below this confidence the consumer is asked, with `Understood.likely` as buttons, before anything is done."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that is heard in any dialogue, before the dialogue's own answer."""

    kind: SignalKind
    language: Language | None = None
    """Which language was asked for, where it was said."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text was taken for."""

    intent: Intent
    also: tuple[Intent, ...] = ()
    """Further wishes of the same text, in the order they were said."""
    account_id: str | None = None
    complaint_number: str | None = None
    danger: bool = False
    """Somebody may get hurt: independent of the intent."""
    confidence: float = 0.0
    why: str = ""
    """The words recognised and the rule that decided, for people; never log it, it repeats the consumer's words."""
    likely: tuple[Intent, ...] = ()
    """Up to three guesses, best first, when not sure."""
    automatic: bool = False
    """Another machine wrote it: no answer, or the two never stop."""
