"""What is counted in a text: its concepts, neighbours and pairs, its words, and short texts as a whole."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from libs.language.lexicon import concepts
from libs.language.numbers import Numbers
from libs.language.script import clean, fold, words

_AHEAD: Final = 4
"""How far apart two concepts may stand to be counted as a pair."""
_WHOLE: Final = 3


def features(numbers: Numbers) -> list[str]:
    """The features of a text, each once: what stands in for its account ID and complaint number, then its words."""
    names = ["<complaint>"] if numbers.complaint_number else []
    names += ["<account>"] if numbers.account_id else []
    return names + counted(words(clean(numbers.rest)))


def counted(said: Sequence[str]) -> list[str]:
    """The features of words."""
    found = ["#" if name.isdigit() else name for name in concepts(said)]
    names = dict.fromkeys(found)
    names |= dict.fromkeys(f"{a} {b}" for a, b in pairwise(["^", *found, "$"]))
    for position, first in enumerate(found):
        for second in found[position + 1 : position + 1 + _AHEAD]:
            if first != second:
                names["+".join(sorted((first, second)))] = None
    folded = [fold(word) for word in said]
    names |= dict.fromkeys(f"'{word}" for word in folded if not word.isdigit())
    if len(said) <= _WHOLE:
        names["=" + " ".join(folded)] = None
    return list(names)
