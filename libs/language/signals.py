"""What is heard in any dialogue, before the dialogue's own answer: danger, menu, language, stop, start, a human."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from libs.language.danger import danger
from libs.language.lexicon import Said, said
from libs.language.meaning import Language, Signal
from libs.language.script import clean, fold, words

Phrase = Literal["menu", "language", "stop", "start", "human", "greeting"]
_ORDER: Final[tuple[Phrase, ...]] = ("stop", "menu", "start", "language", "human", "greeting")
_LONGEST: Final = 9


@dataclass(frozen=True, slots=True)
class _Kind:
    cores: frozenset[tuple[str, ...]]
    allowed: frozenset[str]


def _split(line: str) -> list[tuple[str, ...]]:
    return [tuple(map(fold, words(clean(part)))) for part in line.split()]


def _load() -> dict[Phrase, _Kind]:
    with (Path(__file__).parent / "signals.toml").open("rb") as file:
        tables = tomllib.load(file)
    polite = {word for part in _split(tables["polite"]) for word in part}
    kinds: dict[Phrase, _Kind] = {}
    for name in _ORDER:
        cores = frozenset(_split(tables[name]["core"]))
        around = {word for part in _split(tables[name]["around"]) for word in part}
        kinds[name] = _Kind(cores, frozenset(polite | around | {word for core in cores for word in core}))
    return kinds


_KINDS: Final = _load()
_HINDI: Final = frozenset(map(fold, ("hindi", "hindee", "hinde", "हिंदी", "हिन्दी", "हिंदि")))
_ENGLISH: Final = frozenset(
    map(fold, ["english", "inglish", "angrezi", "angreji", "angrejee", "अंग्रेजी", "अंग्रेज़ी", "इंग्लिश", "इंगलिश"])
)
_UNABLE: Final = frozenset(map(fold, ["nahi", "nhi", "not", "dont", "नहीं", "नही"]))


def signal(text: str) -> Signal | None:
    """The signal that a text is; a text that merely names one is none."""
    heard = said(clean(text))
    if danger(heard):
        return Signal("danger")
    kind = phrase(heard)
    if kind is None or kind == "greeting":
        return None
    return Signal(kind, asked_language(heard) if kind == "language" else None)


def phrase(heard: Said) -> Phrase | None:
    """The kind of text that consists of nothing but its own words."""
    folded = heard.folded
    if not 0 < len(folded) <= _LONGEST:
        return None
    for name in _ORDER:
        kind = _KINDS[name]
        if kind.allowed.issuperset(folded) and any(
            folded[place : place + size] in kind.cores for size in (1, 2, 3) for place in range(len(folded) - size + 1)
        ):
            return name
    return None


def asked_language(heard: Said) -> Language | None:
    """Which language is asked for; None where a change is asked for without naming one."""
    folded = set(heard.folded)
    hindi, english = bool(folded & _HINDI), bool(folded & _ENGLISH)
    if hindi == english:
        return None
    wanted: Language = "hi" if hindi else "en"
    if folded & _UNABLE:
        return "en" if wanted == "hi" else "hi"
    return wanted
