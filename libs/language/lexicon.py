"""Words and what they stand for: bijli, light, लाइट, current → `power`. The words are in `lexicon.toml`."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from rapidfuzz.distance import OSA

from libs.language.script import bones, clean, fold, words

_SHORTEST: Final = 3
_CORRECTED_FROM: Final = 5
"""Shorter words are one letter away from too many others to be corrected."""
_GLUED_FROM, _HALF = 5, 2
_LONG: Final = 7
"""From here on one wrong consonant, or wrong vowels throughout, still leaves no doubt."""
_KEYWORDS: Final = frozenset(
    map(
        fold,
        ("bijli", "light", "meter", "balance", "recharge", "complaint", "shikayat", "connection", "supply", "voltage"),
    )
) | frozenset(
    map(fold, ("transformer", "khamba", "payment", "reading", "number", "status", "kitna", "mobile", "lineman"))
)
"""What most texts are about: one wrong letter in these is worth guessing."""
_INNER_A: Final = re.compile(r"(?<=.)a(?=.)")


def _load() -> dict[str, Any]:
    with (Path(__file__).parent / "lexicon.toml").open("rb") as file:
        return tomllib.load(file)


_FILE: Final = _load()


def _listed(table: str, key: str = "words") -> list[str]:
    return words(clean(_FILE[table][key], 100_000))


CONCEPTS: Final = frozenset(_FILE["words"]) | frozenset(_FILE["phrases"].values())
"""All names of concepts."""
_AS_WRITTEN: Final[dict[str, str | None]] = {
    **dict.fromkeys(_listed("fillers")),
    **{word: name for name in _FILE["words"] for word in _listed("words", name)},
}
"""By the exact word, which tells हाय (hi) from hai (is)."""
_FOLDED: Final[dict[str, str]] = {}
for _word, _name in _AS_WRITTEN.items():
    if _name:
        _FOLDED.setdefault(fold(_word), _name)
_FILLERS: Final = frozenset(map(fold, _listed("fillers")))
_PLAIN: Final = frozenset(map(fold, _listed("plain")))
_PHRASES: Final[dict[tuple[str, ...], str]] = {
    tuple(map(fold, words(clean(phrase)))): name for phrase, name in _FILE["phrases"].items()
}


def _without_a(word: str) -> str:
    """Devanagari does not write the a that follows a consonant, nor leaves it out where nobody says it."""
    return _INNER_A.sub("", word)


def _shortened(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))} | {word}


def _index(keys: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Key → the known words it may stand for."""
    found: dict[str, set[str]] = {}
    for key, word in keys:
        if len(key) >= _SHORTEST:
            found.setdefault(key, set()).add(word)
    return {key: tuple(sorted(known)) for key, known in found.items()}


_BY_A: Final = _index((_without_a(word), word) for word in _FOLDED)
_BY_BONES: Final = _index((bones(word), word) for word in _FOLDED)
_BY_LETTERS: Final = _index((key, word) for word in _FOLDED if len(word) >= _CORRECTED_FROM for key in _shortened(word))


@lru_cache(maxsize=8192)
def concept(word: str) -> str | None:
    """What a word stands for; None for a filler, its folded spelling where it is not known."""
    if word in _AS_WRITTEN:
        return _AS_WRITTEN[word]
    folded = fold(word)
    if folded in _FOLDED:
        return _FOLDED[folded]
    if folded in _FILLERS:
        return None
    if folded in _PLAIN or folded.isdigit():
        return folded
    for known in (_BY_A.get(_without_a(folded), ()), _shorthand(folded), _misspelt(folded)):
        names = {_FOLDED[other] for other in known}
        if len(names) == 1:
            return names.pop()
    return folded


def _shorthand(word: str) -> list[str]:
    """The known words that a word is without some of their vowels (vltg), or with other vowels if it is long."""
    skeleton = bones(word)
    return [
        known
        for known in _BY_BONES.get(skeleton, ())
        if len(skeleton) >= _CORRECTED_FROM or (len(word) < len(known) and _within(word, known))
    ]


def _within(word: str, known: str) -> bool:
    letters = iter(known)
    return all(letter in letters for letter in word)


def _misspelt(word: str) -> list[str]:
    """The known words one typing error away; in a short word only vowels and swapped letters count as one,
    but for the words that most texts are about."""
    if len(word) < _CORRECTED_FROM:
        return []
    return sorted(
        {
            known
            for key in _shortened(word)
            for known in _BY_LETTERS.get(key, ())
            if known[0] == word[0]
            and OSA.distance(word, known, score_cutoff=1) <= 1
            and (
                len(word) >= _LONG or known in _KEYWORDS or bones(word) == bones(known) or sorted(word) == sorted(known)
            )
        }
    )


@dataclass(frozen=True, slots=True)
class Said:
    """A text as its words, the one spelling of each, and what they stand for."""

    words: tuple[str, ...]
    folded: tuple[str, ...]
    names: tuple[str | None, ...]
    """The concept of each word; None for a filler."""
    concepts: tuple[str, ...]
    """The concepts in order, phrases as one, fillers left out."""


@lru_cache(maxsize=8192)
def _apart(word: str) -> tuple[str, ...]:
    """A word, or the two known ones that were written without a space: nahihai."""
    if len(word) < _GLUED_FROM or word in _AS_WRITTEN or concept(word) != fold(word) or fold(word) in _PLAIN:
        return (word,)
    for place in range(len(word) - _HALF, _HALF, -1):
        if word[:place] in _AS_WRITTEN and word[place:] in _AS_WRITTEN:
            return word[:place], word[place:]
    return (word,)


def said(cleaned: str) -> Said:
    """The words of a cleaned text."""
    each = tuple(part for word in words(cleaned) for part in _apart(word))
    folded = tuple(map(fold, each))
    names = tuple(map(concept, each))
    found: list[str] = []
    after = 0
    for position, name in enumerate(names):
        if position < after:
            continue
        if phrase := _PHRASES.get(folded[position : position + 2]):
            found.append(phrase)
            after = position + 2
        elif name:
            found.append(name)
    return Said(each, folded, names, tuple(found))
