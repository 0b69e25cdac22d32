"""What a text means: fixed forms first, then what was learnt from the examples."""

import re
from collections.abc import Collection
from typing import Any, Final

from libs.language.answers import option
from libs.language.classifier import model
from libs.language.danger import danger
from libs.language.features import features
from libs.language.meaning import Intent, Understood
from libs.language.numbers import Numbers, read
from libs.language.script import clean, words
from libs.language.signals import phrase

_OPTIONS: Final[tuple[Intent, ...]] = ("links", "bill", "balance", "complaint", "track", "contacts")
_PHRASES: Final[dict[str, Intent]] = {
    "menu": "menu",
    "language": "language-change",
    "stop": "stop/opt-out",
    "start": "start/opt-in",
    "human": "human",
    "greeting": "greeting",
}
_SMS: Final[tuple[tuple[re.Pattern[str], Intent], ...]] = (
    (re.compile(r"^\W*(?:no ?power|nc|no ?supply)\W*\d"), "complaint-supply"),
    (re.compile(r"^\W*mtr\W*\d"), "complaint-faulty-meter"),
    (re.compile(r"^\W*bill\W*\d+\W*$"), "bill"),
)


def understand(text: str, account_digits: Collection[int] = (10,)) -> Understood:
    """What a text means; never raises, and says how sure it is."""
    numbers = read(text, account_digits)
    said = words(clean(numbers.rest))
    hazard = danger(said)
    intent, confidence, why, likely = _intent(text, numbers, said)
    if hazard and intent not in ("complaint-supply", "complaint-faulty-meter"):
        intent, confidence, why = "complaint-supply", 0.9, f"danger: {hazard}"
    if hazard == "spark" and "meter" in why:
        intent = "complaint-faulty-meter"
    return Understood(
        intent,
        account_id=numbers.account_id,
        complaint_number=numbers.complaint_number,
        danger=hazard is not None,
        confidence=confidence,
        why=why,
        likely=likely,
    )


def _intent(text: str, numbers: Numbers, said: list[str]) -> tuple[Intent, float, str, tuple[Intent, ...]]:
    cleaned = clean(text)
    if number := option(text, len(_OPTIONS)):
        return _OPTIONS[number - 1], 1.0, f"option {number}", ()
    for pattern, intent in _SMS:
        if pattern.match(cleaned):
            return intent, 1.0, "SMS form", ()
    if numbers.complaint_number and not said:
        return "track", 1.0, "complaint number alone", ()
    if not said or (all(word.isdigit() for word in said if word not in ("0", "00")) and said not in (["0"], ["00"])):
        return "other", 1.0, "no words", ()
    if kind := phrase(said):
        return _PHRASES[kind], 1.0, f"phrase: {kind}", ()
    names = features(clean(numbers.rest))
    shares = model().shares(names)
    ranked = sorted(shares, key=shares.__getitem__, reverse=True)
    best = ranked[0]
    likely = tuple(i for i in ranked[:3] if i != "other" and shares[i] > 0.1) if shares[best] < 0.6 else ()
    return best, shares[best], ", ".join(model().reasons(names, best)), likely


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
