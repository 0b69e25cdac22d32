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
    """A fixed meaning of some concepts and 'words together."""

    why: str
    intent: Intent
    all: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()
    confidence: float = 0.9
    likely: tuple[Intent, ...] = ()

    def fits(self, heard: Said) -> bool:
        """Whether the rule speaks about this text."""
        named = {*heard.concepts, *(f"'{word}" for word in heard.folded)}
        if not self.all <= named or self.none & named:
            return False
        if self.only and not self.all | self.only >= set(heard.concepts):
            return False
        said = iter(heard.concepts)
        return all(name in said for name in self.order)


def _rule(table: dict[str, Any]) -> Rule:
    sets: dict[str, Any] = {name: frozenset(table.get(name, ())) for name in ("all", "only", "none")}
    lists = {name: tuple(table.get(name, ())) for name in ("order", "likely")}
    return Rule(**{**table, **sets, **lists})


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
    return next((rule for rule in _RULES if rule.fits(heard)), None)


def possible(names: Sequence[str]) -> list[Intent]:
    """The intents that the features of a text leave possible."""
    return [intent for intent in _INTENTS if intent not in _NEEDS or not _NEEDS[intent].isdisjoint(names)]
