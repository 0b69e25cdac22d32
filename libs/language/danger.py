"""Danger: a live wire within reach, fire, smoke, sparks, a shock. Better once too often than once too seldom."""

import tomllib
from pathlib import Path
from typing import Final

from libs.language.lexicon import Said
from libs.language.script import clean, fold, words

with (Path(__file__).parent / "danger.toml").open("rb") as _file:
    _WORDS: Final = {name: frozenset(map(fold, words(clean(line, 9999)))) for name, line in tomllib.load(_file).items()}

_PLANT: Final = frozenset({"wire", "pole", "line", "transformer"})
_ELECTRICAL: Final = _PLANT | {"meter", "power", "fuse", "appliance", "fault", "spark"}
_MONEY: Final = frozenset({"bill", "money", "amount", "recharge", "balance", "charge"})


def danger(heard: Said) -> str | None:
    """What may hurt somebody, in a word for people; None where nothing does."""
    here = frozenset(heard.concepts)
    money = not _MONEY.isdisjoint(here)

    def has(group: str) -> bool:
        return not _WORDS[group].isdisjoint(heard.folded)

    def meant(name: str) -> bool:
        return name in here and not _denied(heard.concepts, name)

    if has("over") or "theft" in here:
        return None
    if meant("spark"):
        return "spark"
    if meant("smoke"):
        return "smoke"
    if meant("fire") and (here & _ELECTRICAL or not money):
        return "fire"
    if here & (_PLANT | {"meter", "fuse"}) and _burning(heard):
        return "burning"
    if here & (_PLANT | {"meter"}) and has("bursting"):
        return "blast"
    if here & _PLANT and meant("broken") and "voltage" not in here:
        return "broken"
    if here & {"wire", "pole"} and has("ground") and has("lying"):
        return "on the ground"
    if not money and "voltage" not in here and _struck(heard):
        return "shock"
    if here & (_PLANT | {"power"}) and has("victims") and has("hurt") and not money:
        return "somebody near"
    return None


def _denied(found: tuple[str, ...], name: str) -> bool:
    """Whether every mention is denied: "spark nahi ho raha", "taar nahi toota", "no smoke"."""
    verb = name == "broken"
    for place, other in enumerate(found):
        if other != name:
            continue
        before = found[place - 1] if place else ""
        after = found[place + 1] if place + 1 < len(found) else ""
        ends = place + 2 >= len(found)
        if before not in ("not", "no") and not (after == "not" and (ends or not verb)):
            return False
    return True


def _burning(heard: Said) -> bool:
    """Whether something burns now, not yesterday: "jal raha hai", not "jal gaya"."""
    for place, name in enumerate(heard.names):
        now = name == "burn" and not _WORDS["ongoing"].isdisjoint(heard.folded[place : place + 2])
        if now and (place == 0 or heard.names[place - 1] not in ("not", "power", "appliance")):
            return True
    return False


def _struck(heard: Said) -> bool:
    """A shock, or current where none belongs."""
    folded = heard.folded
    for place, word in enumerate(folded):
        if word not in _WORDS["current"]:
            continue
        near = folded[place + 1 : place + 4]
        denied = "not" in heard.names[place + 1 : place + 4]
        if word.startswith("elektrok") or (not _WORDS["strikes"].isdisjoint(near[:2]) and "gaya" not in near[:1]):
            return not denied
        around = {*folded[max(0, place - 4) : place], *near}
        if around & _WORDS["body"] and "come" in heard.names[place + 1 : place + 4] and not denied:
            return True
    return False
