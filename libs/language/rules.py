"""What people decided about meanings, as data: fixed meanings, and which words an intent needs (`rules.toml`)."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from libs.language.lexicon import CONCEPTS, Said
from libs.language.meaning import Intent
from libs.language.script import clean, fold

_INTENTS: Final[tuple[Intent, ...]] = get_args(Intent)


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

    def fits(self, named: frozenset[str]) -> bool:
        """Whether the rule speaks about these concepts."""
        return self.all <= named and not self.none & named and (not self.only or named <= self.all | self.only)


def _rule(table: dict[str, Any]) -> Rule:
    sets: dict[str, Any] = {name: frozenset(table.get(name, ())) for name in ("all", "only", "none")}
    return Rule(**{**table, **sets, "likely": tuple(table.get("likely", ()))})


def _feature(word: str) -> str:
    return word if word in CONCEPTS or word[0] in "<#" else f"'{fold(clean(word))}"


with (Path(__file__).parent / "rules.toml").open("rb") as _file:
    _TABLES: Final = tomllib.load(_file)
_RULES: Final = tuple(map(_rule, _TABLES["rule"]))
_NEEDS: Final = {
    intent: frozenset(map(_feature, _TABLES["needs"][intent].split()))
    for intent in _INTENTS
    if intent in _TABLES["needs"]
}


def decided(heard: Said) -> Rule | None:
    """The first rule that fits the words."""
    named = frozenset(heard.concepts)
    return next((rule for rule in _RULES if rule.fits(named)), None)


def possible(names: Sequence[str]) -> list[Intent]:
    """The intents that the features of a text leave possible."""
    return [intent for intent in _INTENTS if intent not in _NEEDS or not _NEEDS[intent].isdisjoint(names)]
