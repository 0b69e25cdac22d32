"""What people decided about meanings, as data: which concepts an intent needs, fixed rules, and where one wish ends."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from libs.language.lexicon import CONCEPTS, concepts
from libs.language.meaning import Intent
from libs.language.script import clean, fold, words

_FOLDER: Final = Path(__file__).parent
_INTENTS: Final[tuple[Intent, ...]] = get_args(Intent)

_BORDER: Final = re.compile(
    r"[.?!।;,\n]+|\b(?:aur|or|and|also|plus|tatha|evam|sath hi|saath hi)\b|(?<!\S)(?:और|एवं|तथा|साथ ही)(?!\S)"
)
_BUT: Final = re.compile(
    r"\b(?:lekin|magar|par|but|phir bhi|fir bhi|tab bhi|kyunki|isliye|jabki)\b|लेकिन|मगर|फिर भी|तब भी|क्योंकि|इसलिए|जबकि"
)
_DONE: Final = frozenset({"pay", "recharge"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A fixed meaning of some concepts together."""

    why: str
    intent: Intent
    all: frozenset[str]
    only: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()
    confidence: float = 0.9
    likely: tuple[Intent, ...] = ()

    def fits(self, said: frozenset[str]) -> bool:
        """Whether the rule speaks about these concepts."""
        return self.all <= said and not self.none & said and (not self.only or said <= self.all | self.only)


def _load() -> tuple[Rule, ...]:
    with (_FOLDER / "rules.toml").open("rb") as file:
        return tuple(_rule(**table) for table in tomllib.load(file)["rule"])


def _rule(
    *, all: list[str], only: Sequence[str] = (), none: Sequence[str] = (), likely: Sequence[Intent] = (), **rest: Any
) -> Rule:
    return Rule(all=frozenset(all), only=frozenset(only), none=frozenset(none), likely=tuple(likely), **rest)


def _anchors() -> dict[Intent, frozenset[str]]:
    with (_FOLDER / "anchors.toml").open("rb") as file:
        table = tomllib.load(file)
    return {
        intent: frozenset(
            name if name in CONCEPTS or name[0] in "<#" else f"'{fold(clean(name))}" for name in table[intent].split()
        )
        for intent in _INTENTS
        if intent in table
    }


_RULES: Final = _load()
_ANCHORS: Final = _anchors()


def decided(said: Sequence[str]) -> Rule | None:
    """The first rule that fits the words."""
    found = frozenset(concepts(said))
    return next((rule for rule in _RULES if rule.fits(found)), None)


def possible(names: Sequence[str]) -> frozenset[Intent]:
    """The intents that the features of a text leave possible."""
    here = frozenset(names)
    return frozenset(intent for intent in _INTENTS if intent not in _ANCHORS or _ANCHORS[intent] & here)


def split(rest: str) -> Iterator[str]:
    """The parts of a text that may be wishes of their own; what was paid or recharged is no wish but a circumstance."""
    cleaned = clean(rest)
    if _BUT.search(cleaned):
        return
    for part in _BORDER.split(cleaned):
        found = concepts(words(part))
        if found and not ("done" in found and _DONE.intersection(found)):
            yield part
