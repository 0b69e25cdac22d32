"""Words and what they stand for: bijli, light, लाइट, current → `power`. The words are in `lexicon.toml`."""

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from rapidfuzz.distance import OSA

from libs.language.script import bones, clean, fold, words

_FOLDER: Final = Path(__file__).parent
_CORRECTED_FROM = 5
"""Shorter words are one letter away from too many others to be corrected."""
_BONES_FROM = 3


def _load() -> dict[str, Any]:
    with (_FOLDER / "lexicon.toml").open("rb") as file:
        return tomllib.load(file)


def _listed(table: str, key: str) -> list[str]:
    return words(clean(_FILE[table][key], 100_000))


_FILE: Final = _load()
CONCEPTS: Final = frozenset(_FILE["words"]) | frozenset(_FILE["phrases"].values())
"""All names of concepts."""
_AS_WRITTEN: Final[dict[str, str | None]] = {
    **dict.fromkeys(_listed("fillers", "words")),
    **{word: name for name in _FILE["words"] for word in _listed("words", name)},
}
"""By the exact word, which tells हाय (hi) from hai (is)."""
_CONCEPTS: Final[dict[str, str]] = {}
for _word, _name in _AS_WRITTEN.items():
    if _name:
        _CONCEPTS.setdefault(fold(_word), _name)
_FILLERS: Final = frozenset(map(fold, _listed("fillers", "words")))
_PLAIN: Final = frozenset(map(fold, _listed("plain", "words")))
_PHRASES: Final[dict[tuple[str, ...], str]] = {
    tuple(map(fold, words(clean(phrase)))): concept for phrase, concept in _FILE["phrases"].items()
}


def _unique(keys: list[tuple[str, str]]) -> dict[str, str]:
    """Key → concept, without the keys that point to several concepts."""
    found: dict[str, str] = {}
    ambiguous: set[str] = set()
    for key, concept in keys:
        if found.setdefault(key, concept) != concept:
            ambiguous.add(key)
    return {key: concept for key, concept in found.items() if key not in ambiguous}


def _shortened(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


_BONES: Final = _unique(
    [(bones(word), concept) for word, concept in _CONCEPTS.items() if len(bones(word)) >= _BONES_FROM]
)


def _neighbours() -> dict[str, tuple[str, ...]]:
    """Every spelling of a long word with one letter left out, and the words it may come from."""
    found: dict[str, set[str]] = {}
    for word in _CONCEPTS:
        if len(word) >= _CORRECTED_FROM:
            for key in _shortened(word) | {word}:
                found.setdefault(key, set()).add(word)
    return {key: tuple(sorted(names)) for key, names in found.items()}


_NEIGHBOURS: Final = _neighbours()


@lru_cache(maxsize=8192)
def concept(word: str) -> str | None:
    """What a word stands for; None for a filler, its folded spelling where it is not known."""
    if word in _AS_WRITTEN:
        return _AS_WRITTEN[word]
    folded = fold(word)
    if folded in _CONCEPTS:
        return _CONCEPTS[folded]
    if folded in _FILLERS:
        return None
    if folded in _PLAIN or folded.isdigit():
        return folded
    return _BONES.get(bones(folded)) or _corrected(folded) or folded


def _corrected(word: str) -> str | None:
    """The concept of the known words one letter away, where they agree."""
    if len(word) < _CORRECTED_FROM:
        return None
    near = {
        known
        for key in _shortened(word) | {word}
        for known in _NEIGHBOURS.get(key, ())
        if known[0] == word[0] and OSA.distance(word, known, score_cutoff=1) <= 1
    }
    found = {_CONCEPTS[known] for known in near}
    return found.pop() if len(found) == 1 else None


def concepts(said: Sequence[str]) -> list[str]:
    """The meaningful words of a text as concepts, in order."""
    found: list[str] = []
    skip = False
    for position, word in enumerate(said):
        if skip:
            skip = False
            continue
        if phrase := _PHRASES.get(tuple(map(fold, said[position : position + 2]))):
            found.append(phrase)
            skip = True
        elif name := concept(word):
            found.append(name)
    return found
