"""Billing's rules: link an account, tell the bill and the prepaid balance, protect what is private. Pure."""

from services.billing.domain.dialogue import answer, is_signal, language_for
from services.billing.domain.outcome import later, told
from services.billing.domain.privacy import day_of, masked
from services.billing.domain.queue import Open, Progress, go_on
from services.billing.domain.turn import Answer, Ask, Dialogue, Step, Turn

__all__ = [
    "Answer",
    "Ask",
    "Dialogue",
    "Open",
    "Progress",
    "Step",
    "Turn",
    "answer",
    "day_of",
    "go_on",
    "is_signal",
    "language_for",
    "later",
    "masked",
    "told",
]
