"""What is counted in a text: its concepts, neighbours and pairs, and short texts as a whole."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from libs.language.lexicon import concepts
from libs.language.script import fold, words

_AHEAD: Final = 4
"""How far apart two concepts may stand to be counted as a pair."""
_WHOLE: Final = 3
_LONG_NUMBER: Final = re.compile(r"\d{6,}")


def features(cleaned: str) -> list[str]:
    """The features of a cleaned text without its account ID and complaint number, each once."""
    said = words(cleaned)
    return counted(concepts(said), said)


def counted(found: Sequence[str], said: Sequence[str]) -> list[str]:
    """The features of a text given as its concepts and its words."""
    found = ["#" if name.isdigit() else name for name in found]
    names = dict.fromkeys(found)
    edged = ["^", *found, "$"]
    names |= dict.fromkeys(f"{a} {b}" for a, b in pairwise(edged))
    for position, first in enumerate(found):
        for second in found[position + 1 : position + 1 + _AHEAD]:
            if first != second:
                names["+".join(sorted((first, second)))] = None
    if len(said) <= _WHOLE:
        names["=" + " ".join(map(fold, said))] = None
    return list(names)
