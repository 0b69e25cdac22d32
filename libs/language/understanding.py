"""What a text means: fixed forms first, then what was learnt from the examples; danger and a second wish on top."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from libs.language.answers import option
from libs.language.automatic import automatic
from libs.language.classifier import Model, model
from libs.language.danger import danger
from libs.language.features import features
from libs.language.lexicon import Said, said
from libs.language.meaning import SURE, Intent, Understood
from libs.language.numbers import Numbers, read
from libs.language.rules import decided, possible
from libs.language.script import clean
from libs.language.signals import Phrase, phrase
from libs.language.wishes import split, to_the_point

_OPTIONS: Final[tuple[Intent, ...]] = ("links", "bill", "balance", "complaint", "track", "contacts")
_PHRASES: Final[dict[Phrase, Intent]] = {
    "menu": "menu",
    "language": "language-change",
    "stop": "stop/opt-out",
    "start": "start/opt-in",
    "human": "human",
    "greeting": "greeting",
}
_SMS: Final[tuple[tuple[re.Pattern[str], Intent], ...]] = (
    (re.compile(r"\W*(?:no ?power|no ?supply|nc)\W*(?:\d|<)|#\s?nc\b"), "complaint-supply"),
    (re.compile(r"\W*mtr\W*(?:\d|<)"), "complaint-faulty-meter"),
    (re.compile(r"\W*bill\W*(?:\d+|<[\w ]*>?)\W*$|#\s?bill\b"), "bill"),
)
"""What people know to send to 1912 and to other companies: "NOPOWER 1234567890", "#NC1234567890"."""
_COMPLAINT_LENGTH: Final = 13
"""Shorter ones may be the number of a meter."""
_SEPARATE: Final = 0.75
"""How sure a part of a text must be to count as a wish of its own."""
_WISHES: Final[frozenset[Intent]] = frozenset(
    (
        "links",
        "bill",
        "balance",
        "track",
        "contacts",
        "human",
        "complaint-supply",
        "complaint-faulty-meter",
        "complaint-bill-correction",
        "complaint-bill-not-received",
        "complaint-new-connection",
    )
)
"""What a further part of a text may ask for; courtesies and commands to the service are no further wish."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a text, or a part of one, was taken for."""

    intent: Intent
    confidence: float
    why: str
    likely: tuple[Intent, ...] = ()


def understand(text: str, account_digits: Collection[int] = (10,), learnt: Model | None = None) -> Understood:
    """What a text means, how sure that is, and why; never raises."""
    learnt = learnt or model()
    numbers = read(text, account_digits)
    heard = said(clean(numbers.rest))
    hazard = danger(heard)
    if not hazard and automatic(text):
        return Understood("other", confidence=1, why="another machine's message", automatic=True)
    if fixed := _fixed(text, numbers, heard):
        wishes = [fixed]
    else:
        wishes = _several(numbers, _weighed(numbers, said(to_the_point(numbers.rest)), learnt), learnt)
    if hazard:
        wishes = _danger_first(wishes, hazard)
    return Understood(
        wishes[0].intent,
        also=tuple(dict.fromkeys(wish.intent for wish in wishes[1:] if wish.intent != wishes[0].intent)),
        account_id=numbers.account_id,
        complaint_number=numbers.complaint_number,
        danger=hazard is not None,
        confidence=wishes[0].confidence,
        why=wishes[0].why,
        likely=wishes[0].likely,
    )


def _fixed(text: str, numbers: Numbers, heard: Said) -> _Reading | None:
    """The meaning of a text whose form leaves no doubt."""
    if number := option(text, len(_OPTIONS)):
        return _Reading(_OPTIONS[number - 1], 1, f"option {number}")
    cleaned = clean(text)
    for form, intent in _SMS:
        if form.match(cleaned):
            return _Reading(intent, 1, "SMS form")
    if kind := phrase(heard):
        return _Reading(_PHRASES[kind], 1, f"nothing but words of {kind}")
    if all(map(str.isdigit, heard.words)):
        return _Reading("track" if numbers.complaint_number else "other", 1, "no words")
    return None


def _weighed(numbers: Numbers, heard: Said, learnt: Model) -> _Reading:
    """The meaning that the words of a text speak for most; who names a complaint asks about it."""
    if numbers.complaint_number and len(numbers.complaint_number) == _COMPLAINT_LENGTH:
        return _Reading("track", 0.95, "complaint number")
    if ruled := decided(heard):
        return _Reading(ruled.intent, ruled.confidence, ruled.why, ruled.likely)
    names = features(numbers, heard)
    every = learnt.shares(names)
    shares = {intent: every[intent] for intent in possible(names) if intent in every}
    whole = sum(shares.values())
    ranked = sorted(shares, key=shares.__getitem__, reverse=True)
    confidence = round(shares[ranked[0]] / whole, 3)
    likely = tuple(i for i in ranked if i != "other" and shares[i] / whole > 0.1)[:3] if confidence < SURE else ()
    return _Reading(ranked[0], confidence, ", ".join(learnt.reasons(names, ranked[0])), likely)


def _several(numbers: Numbers, main: _Reading, learnt: Model) -> list[_Reading]:
    """The wishes of a text that holds more than one, in the order they were said; else the one it is."""
    found = [main] if numbers.complaint_number else []
    for part in split(numbers.rest):
        wish = _weighed(replace(numbers, complaint_number=None), part, learnt)
        if wish.intent in _WISHES and wish.confidence >= _SEPARATE:
            found.append(wish)
    return found if len({wish.intent for wish in found}) > 1 else [main]


def _danger_first(wishes: list[_Reading], hazard: str) -> list[_Reading]:
    """What may hurt somebody comes before every other wish."""
    places: tuple[Intent, ...] = ("complaint-supply", "complaint-faulty-meter")
    for wish in wishes:
        if wish.intent in places:
            return [wish, *(other for other in wishes if other is not wish)]
    ours = _Reading("complaint-supply", 0.9, f"danger: {hazard}")
    return [ours, *(wish for wish in wishes if wish.intent in _WISHES and len(wishes) > 1)]


def as_json(text: str) -> dict[str, Any]:
    """The public form of what a text means (design §8)."""
    found = understand(text)
    return {
        "text": text,
        "intent": found.intent,
        "account_id": found.account_id,
        "complaint_number": found.complaint_number,
        "danger": found.danger,
        "also": list(found.also),
    }
