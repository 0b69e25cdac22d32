"""Numbers in a message: the account ID, the complaint number, and one that is neither."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from libs.language.script import clean

_LIMIT = 4096
_MOST_RUNS = 100
"""A pasted bill holds fewer numbers than this."""
_GROUPED = re.compile(r"\+?\d(?:[ \-–—/]{0,3}\d)*")
_GROUP = re.compile(r"\d+")

_PHONE = re.compile(r"\b(?:sos|mob(?:ile)?|phone|ph|contact|whats?app|call|fone)\b|मोबाइल|मो\.|फोन|फ़ोन|व्हाट्सएप|संपर्क")
_ACCOUNT = re.compile(
    r"\b(?:a/?c|ac+ount|acount|accnt|akaunt|id|khata|khaata|kno|k\.no|con+ection|consumer|upbhokta|ca)\b|खाता|अकाउंट|आईडी|आइडी|कनेक्शन|उपभोक्ता|संयोजन"
)

_COMPLAINT = re.compile(r"(?<![a-z0-9])([a-z]{2})([ \-–/.:#]{0,3})(\d(?:[ \-–/]{0,2}\d){5,24})")
_SPELLED = {"पी": "p", "वी": "v", "एम": "m", "डी": "d", "यू": "u", "के": "k"}
_SPELLED_PAIR = re.compile(r"(?<![\u0900-\u097f])(पी|एम|डी|के) ?\.?(वी|यू)\.?(?= ?[\d\-])")
_KNOWN = frozenset({"pv", "mv", "dv", "pu", "kv"})
# Two letters before a number that are a word, a label or an SMS form, never the beginning of a complaint number.
_SMALL_WORDS = (
    "no id is ka ki ke me se ko hi he ho ha ji to na ya rs ac ca nc my of in at on by it am pm do de le so or je "
    "wo ye mo ph hn ok an as be if up us we go aa ab ek bn cn sn kn tk hu sc "
)
_NO_PREFIX = frozenset(_SMALL_WORDS.split())
_LABELS = frozenset(("no", "id", "ac", "ca", "nc", "sc", "rs", "ph", "mo"))
_COMPLAINT_DIGITS = 11

_DIGIT_NAMES = (
    "zero shunya sunya शून्य जीरो ज़ीरो",
    "one ek एक वन",
    "two do दो",
    "three teen तीन",
    "four char chaar चार",
    "five panch paanch पांच पाँच",
    "six chhe cheh chah छह छः छे छ",
    "seven saat sat सात",
    "eight aath ath आठ",
    "nine nau नौ",
)
DIGIT_WORDS = {clean(name): str(digit) for digit, names in enumerate(_DIGIT_NAMES) for name in names.split()}
_NAMED = 3
"""Digits alone, without so many of them in words, were looked at before and are a phone number or none."""
_SPOKEN = re.compile(r"[a-z]+|[\u0900-\u097f]+|\d|[^\sa-z\d\u0900-\u097f]")
_NEAR = 60
_CLAUSE = re.compile(r"[,.;\n]|\baur\b|और")
_LABEL_BEFORE = re.compile(
    r"(?:(?:\b(?:my|mera|meri|mere|the|is|account|acount|ac|a/c|id|no|number|numbar|nambar|khata|kno|hai|h)\b"
    r"|मेरा|मेरी|अकाउंट|आईडी|नंबर|संख्या|खाता|है)[\s.:#=-]*)+$"
)
_LABEL_AFTER = re.compile(r"^\s*(?:(?:hai|h|he|ka|ki|ke)\b|है|का|की|के)")
_LABEL_WORDS = re.compile(
    r"\b(?:my|mera|meri|mere|the|is|ye|yeh|this|hai|he|h|sir|account|acount|ac|a/c|id|no|number|numbar|nambar|khata|ka|ki|"
    r"consumer|connection|kno|please|plz|ji)\b|मेरा|मेरी|यह|ये|है|अकाउंट|आईडी|नंबर|संख्या|खाता|विद्युत|कनेक्शन|जी"
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was found in one text."""

    account_id: str | None
    complaint_number: str | None
    rest: str
    """The cleaned text without the numbers that were found."""


def read(text: str, digits: Collection[int] = (10,)) -> Numbers:
    """The account ID and the complaint number of a text, and what is left of it."""
    text = _prepared(text)
    complaint, span = _complaint(text)
    if span:
        text = text[: span[0]] + " " + text[span[1] :]
    account, span = _account(text, digits)
    if span:
        near = max(0, span[0] - _NEAR)
        text = text[:near] + _LABEL_BEFORE.sub("", text[near : span[0]]) + " " + _LABEL_AFTER.sub("", text[span[1] :])
    return Numbers(account, complaint, text)


def find_account(text: str, digits: Collection[int] = (10,)) -> str | None:
    """The one account ID in the text; None where there is none or more than one."""
    return read(text, digits).account_id


def find_complaint_number(text: str) -> str | None:
    """The complaint number in the text, upper case and without separators."""
    return _complaint(_prepared(text))[0]


def number_like(text: str) -> str | None:
    """The digits of a message that is mainly one number, to say what is wrong with it."""
    text = _prepared(text)
    found = [_digits(m[0]) for m in _GROUPED.finditer(text)]
    if len(found) != 1 or len(found[0]) < 3 or _complaint(text)[0]:
        return None
    letters = sum(c.isalpha() for c in _LABEL_WORDS.sub("", text))
    return found[0] if letters <= min(len(found[0]), 8) else None


def _prepared(text: str) -> str:
    """Cleaned, with the letters of a complaint number that were spelled out in Devanagari: पीवी 123 → pv123."""
    return _SPELLED_PAIR.sub(lambda m: _SPELLED[m[1]] + _SPELLED[m[2]], clean(text, _LIMIT))


def _digits(text: str) -> str:
    return "".join(_GROUP.findall(text))


def _account(text: str, digits: Collection[int]) -> tuple[str | None, tuple[int, int] | None]:
    plain: dict[str, tuple[int, int]] = {}
    labelled: dict[str, tuple[int, int]] = {}
    end = 0
    for run in islice(_GROUPED.finditer(text), _MOST_RUNS):
        before, end = text[max(end, run.start() - _NEAR) : run.start()], run.end()
        number = None if run[0].startswith("+") else _fitting(_GROUP.findall(run[0]), digits)
        if number is None:
            continue
        label = _label(before) or _label(_CLAUSE.split(text[end : end + 30], 1)[0], first=True)
        if label == "account":
            labelled[number] = run.span()
        elif label is None:
            plain[number] = run.span()
    for found in (labelled, plain):
        if found:
            return next(iter(found.items())) if len(found) == 1 else (None, None)
    spoken = _spoken(text, digits)
    return (spoken, None) if spoken else (None, None)


def _label(text: str, *, first: bool = False) -> str | None:
    """Whether the words around a number call it a phone or an account; the nearest label counts."""
    marks = [(m.start(), name) for name, p in (("phone", _PHONE), ("account", _ACCOUNT)) for m in p.finditer(text)]
    if not marks:
        return None
    return (min(marks) if first else max(marks))[1]


def _fitting(groups: list[str], digits: Collection[int]) -> str | None:
    """The number of an allowed length in groups of digits: a whole group, all of them, or the one stretch that fits."""
    whole = {g for g in groups if len(g) in digits}
    if whole:
        return whole.pop() if len(whole) == 1 else None
    joined = "".join(groups)
    if len(joined) in digits:
        return joined
    longest = max(digits, default=0)
    found: list[str] = []
    for start in range(len(groups)):
        number = ""
        for group in groups[start:]:
            number += group
            if len(number) >= longest:
                break
            if len(number) in digits:
                found.append(number)
        if len(number) in digits:
            found.append(number)
    return found[0] if len(found) == 1 else None


def _spoken(text: str, digits: Collection[int]) -> str | None:
    """An account ID written as the words of its digits: "nine eight double seven …"."""
    number, named, times = "", 0, 1
    found: list[str] = []
    for word in [*_SPOKEN.findall(text), "."]:
        if word in ("double", "dabal", "डबल"):
            times = 2
        elif word in ("triple", "tripal", "ट्रिपल"):
            times = 3
        elif digit := DIGIT_WORDS.get(word, word if word.isdecimal() else None):
            number, named, times = number + digit * times, named + (not word.isdecimal()), 1
        elif word not in ",-":
            if len(number) in digits and named >= _NAMED:
                found.append(number)
            number, named, times = "", 0, 1
    return found[0] if len(found) == 1 else None


def _complaint(text: str) -> tuple[str | None, tuple[int, int] | None]:
    for match in islice(_COMPLAINT.finditer(text), _MOST_RUNS):
        letters, apart, tail = match[1], bool(match[2]), match[3]
        groups = list(_GROUP.finditer(tail))
        kept = _complaint_groups([g[0] for g in groups])
        number = "".join(g[0] for g in groups[:kept])
        # Two letters that stand apart from their digits may be any word, so the number must have the full length.
        full = len(number) == _COMPLAINT_DIGITS
        if letters in _NO_PREFIX and (apart or letters in _LABELS or not full):
            continue
        if apart and letters not in _KNOWN and len(number) < _COMPLAINT_DIGITS:
            continue
        return letters.upper() + number, (match.start(), match.start(3) + groups[kept - 1].end())
    return None, None


def _complaint_groups(groups: list[str]) -> int:
    """How many groups of digits belong to the complaint number; what follows may be an account ID."""
    total = 0
    for count, group in enumerate(groups, 1):
        total += len(group)
        if total == _COMPLAINT_DIGITS:
            return count
    return 1 if len(groups[0]) >= 6 else len(groups)
