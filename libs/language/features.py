"""What is counted in a text: its concepts, their neighbours and pairs, its words, and short texts as a whole."""

from itertools import pairwise
from typing import Final

from libs.language.lexicon import Said
from libs.language.numbers import Numbers
from libs.language.script import fold

_AHEAD: Final = 4
"""How far apart two concepts may stand to be counted as a pair."""
_WHOLE: Final = 3
_COURTESY: Final = frozenset({"greeting", "thanks"})
_BUT_WORDS: Final = "lekin magar par pr but phir fir tab jabki लेकिन मगर पर फिर तब जबकि"
_BUT: Final = frozenset(map(fold, _BUT_WORDS.split()))


def features(numbers: Numbers, said: Said) -> list[str]:
    """The features of a text, each once: what stands in for its account ID and complaint number, then its words."""
    names = dict.fromkeys(_marks(numbers))
    found = ["#" if name.isdigit() else name for name in said.concepts]
    found = [name for name in found if name not in _COURTESY] or found
    names |= dict.fromkeys(found)
    names |= dict.fromkeys(f"{a} {b}" for a, b in pairwise(["^", *found, "$"]))
    for position, first in enumerate(found):
        for second in found[position + 1 : position + 1 + _AHEAD]:
            if first != second:
                names[f"{first}+{second}" if first < second else f"{second}+{first}"] = None
    names |= dict.fromkeys(f"'{word}" for word in said.folded if not word.isdigit())
    names |= dict.fromkeys(f"but {name}" for name in _after_but(said))
    if len(said.words) <= _WHOLE:
        names["=" + " ".join(said.folded)] = None
    return list(names)


def _marks(numbers: Numbers) -> list[str]:
    return [
        mark
        for mark, number in (("<complaint>", numbers.complaint_number), ("<account>", numbers.account_id))
        if number
    ]


def _after_but(said: Said) -> list[str]:
    """The concepts behind the last "but": there stands what is wrong, before it what was done."""
    places = [position for position, word in enumerate(said.folded) if word in _BUT]
    if not places or not any(said.names[: places[-1]]):
        return []
    return [name for name in said.names[places[-1] + 1 :] if name]
