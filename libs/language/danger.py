"""Danger: a live wire within reach, fire, smoke, sparks, a shock. Better once too often than once too seldom."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from libs.language.lexicon import concept
from libs.language.script import clean, fold, words

with (Path(__file__).parent / "danger.toml").open("rb") as _file:
    _WORDS: Final = {
        name: frozenset(map(fold, words(clean(line, 10_000)))) for name, line in tomllib.load(_file).items()
    }

_PLANT: Final = frozenset({"wire", "pole", "line", "transformer"})
_ELECTRICAL: Final = _PLANT | {"meter", "power", "fuse", "appliance", "fault", "spark"}
_MONEY: Final = frozenset({"bill", "money", "amount", "recharge", "balance", "charge"})


def danger(said: Sequence[str]) -> str | None:
    """What may hurt somebody, in one word for people; None where nothing does."""
    folded = [fold(word) for word in said]
    named = [concept(word) for word in said]
    found = [name for name in named if name]
    here = set(found)

    def has(group: str) -> bool:
        return not _WORDS[group].isdisjoint(folded)

    def meant(name: str) -> bool:
        return name in here and not _denied(found, name)

    money = bool(here & _MONEY)
    if has("over"):
        return None
    if "theft" in here:
        return None
    if meant("spark"):
        return "spark"
    if meant("smoke"):
        return "smoke"
    if meant("fire") and (here & _ELECTRICAL or not money):
        return "fire"
    if here & (_PLANT | {"meter", "fuse"}) and _burning(folded, named):
        return "burning"
    if here & (_PLANT | {"meter"}) and has("bursting"):
        return "blast"
    if here & _PLANT and meant("broken") and "voltage" not in here:
        return "broken"
    if here & {"wire", "pole"} and has("ground") and has("lying"):
        return "on the ground"
    if _struck(folded, found, money=money):
        return "shock"
    if here & (_PLANT | {"power"}) and has("victims") and has("hurt") and not money:
        return "somebody near"
    return None


def _denied(found: Sequence[str], name: str) -> bool:
    """Whether every mention is denied: "spark nahi ho raha", "taar nahi toota", "no smoke"."""
    places = [i for i, other in enumerate(found) if other == name]
    verb = name == "broken"
    for i in places:
        before = found[i - 1] if i else ""
        after = found[i + 1] if i + 1 < len(found) else ""
        ends = i + 2 >= len(found)
        if before not in ("not", "no") and not (after == "not" and (ends or not verb)):
            return False
    return True


def _burning(folded: Sequence[str], named: Sequence[str | None]) -> bool:
    """Whether something burns now, not yesterday: "jal raha hai", not "jal gaya"."""
    for i, name in enumerate(named):
        if name == "burn" and (
            not _WORDS["ongoing"].isdisjoint(folded[i : i + 2])
            and (i == 0 or named[i - 1] not in ("not", "power", "appliance"))
        ):
            return True
    return False


def _struck(folded: Sequence[str], found: Sequence[str], *, money: bool) -> bool:
    """A shock, or current where none belongs."""
    if money or "voltage" in found:
        return False
    for i, word in enumerate(folded):
        if word not in _WORDS["current"]:
            continue
        near = folded[i + 1 : i + 4]
        if word.startswith("elektrok") or (not _WORDS["strikes"].isdisjoint(near[:2]) and "gaya" not in near[:1]):
            return not any(concept(other) == "not" for other in near)
        leaks = not _WORDS["body"].isdisjoint(folded[max(0, i - 4) : i]) or not _WORDS["body"].isdisjoint(near)
        if (
            leaks
            and not any(concept(other) == "not" for other in near)
            and any(concept(other) == "come" for other in near)
        ):
            return True
    return False
