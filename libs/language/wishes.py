"""Where one wish of a text ends and another begins."""

import re
from collections.abc import Iterator
from typing import Final

from libs.language.lexicon import Said, said
from libs.language.script import clean

_END: Final = r"[?!।;,\n]+|(?<!\.)\.(?=\s|$)"
_AND: Final = (
    r"(?<!koi )(?<!kisi )(?<!kuch )(?<!\bek )"
    r"\b(?:aur|or|and|also|plus(?! (?:me|mein|mai)\b)|tatha|evam|sath hi|saath hi)\b"
    r"|(?<!कोई )(?<!किसी )(?<!कुछ )(?<!एक )(?<!\S)(?:और|एवं|तथा|साथ ही)(?!\S)"
)
_SENTENCE: Final = re.compile(_END)
_BORDER: Final = re.compile(f"{_END}|{_AND}")
_BUT: Final = re.compile(
    r"\b(?:lekin|magar|par|but|phir bhi|fir bhi|tab bhi|kyunki|isliye|jabki)\b|लेकिन|मगर|फिर भी|तब भी|क्योंकि|इसलिए|जबकि"
)
_COURTESY: Final = frozenset({"greeting", "thanks", "okay", "yes"})
_DONE: Final = frozenset({"pay", "recharge"})


def to_the_point(rest: str) -> str:
    """The text without the courtesies it begins with: "thank you, bill kitna hai" asks for the bill."""
    cleaned = clean(rest)
    parts = _SENTENCE.split(cleaned)
    for place, part in enumerate(parts):
        if not _COURTESY.issuperset(said(part).concepts):
            return ". ".join(parts[place:])
    return cleaned


def split(rest: str) -> Iterator[Said]:
    """The parts of a text that may be wishes of their own; what was paid or recharged is no wish but a circumstance."""
    cleaned = clean(rest)
    if not _BORDER.search(cleaned) or _BUT.search(cleaned):
        return
    for part in _BORDER.split(cleaned):
        heard = said(part)
        if heard.concepts and not ("done" in heard.concepts and _DONE.intersection(heard.concepts)):
            yield heard
