"""Where one wish of a text ends and another begins."""

import re
from collections.abc import Iterator
from typing import Final

from libs.language.lexicon import Said, said
from libs.language.script import clean

_BORDER: Final = re.compile(
    r"[.?!।;,\n]+|\b(?:aur|or|and|also|plus|tatha|evam|sath hi|saath hi)\b|(?<!\S)(?:और|एवं|तथा|साथ ही)(?!\S)"
)
_BUT: Final = re.compile(
    r"\b(?:lekin|magar|par|but|phir bhi|fir bhi|tab bhi|kyunki|isliye|jabki)\b|लेकिन|मगर|फिर भी|तब भी|क्योंकि|इसलिए|जबकि"
)
_DONE: Final = frozenset({"pay", "recharge"})


def split(rest: str) -> Iterator[Said]:
    """The parts of a text that may be wishes of their own; what was paid or recharged is no wish but a circumstance."""
    cleaned = clean(rest)
    if not _BORDER.search(cleaned) or _BUT.search(cleaned):
        return
    for part in _BORDER.split(cleaned):
        heard = said(part)
        if heard.concepts and not ("done" in heard.concepts and _DONE.intersection(heard.concepts)):
            yield heard
