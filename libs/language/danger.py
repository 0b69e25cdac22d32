"""Danger: a live wire within reach, fire, smoke, sparks, a shock. Better once too often than once too seldom."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from libs.language.lexicon import Said
from libs.language.script import clean, fold, words

with (Path(__file__).parent / "danger.toml").open("rb") as _file:
    _WORDS: Final = {name: frozenset(map(fold, words(clean(line, 9999)))) for name, line in tomllib.load(_file).items()}

_OURS: Final = tuple(" ".join(words(clean(text))) for text in ("कुछ न छुएँ", "keep away, touch nothing"))
"""How we warn of danger ourselves: whoever sends that back to us is a machine, or shows what he was told."""
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
        return name in here and not _denied(heard, name)

    if any(warning in " ".join(heard.words) for warning in _OURS):
        return None
    if heard.folded[:1] == ("sos",):
        return "SOS"
    if meant("spark"):
        return "spark"
    if meant("smoke"):
        return "smoke"
    if meant("fire") and (here & _ELECTRICAL or not money) and not _threatened(heard):
        return "fire"
    if here & (_PLANT | {"meter", "fuse"}) and not has("over") and _burning(heard):
        return "burning"
    if here & (_PLANT | {"meter"}) and has("bursting"):
        return "blast"
    if here & _PLANT and meant("broken") and "voltage" not in here:
        return "broken"
    lies = has("ground") and (has("lying") or has("down"))
    if (here & {"wire", "pole"} and (has("down") or lies)) or ("line" in here and has("down") and lies):
        return "on the ground"
    if not money and "voltage" not in here and _struck(heard):
        return "shock"
    if here & (_PLANT | {"power"}) and has("victims") and has("hurt") and not money:
        return "somebody near"
    return None


def _denied(heard: Said, name: str) -> bool:
    """Whether every mention is denied or over: "spark nahi ho raha", "taar nahi toota", "spark band ho gaya".

    Hindi denies a thing behind its name, so that the "nahi" of "light nahi hai chingari nikal rahi hai" is the light's.
    """
    told = [(place, found) for place, found in enumerate(heard.names) if found]
    for n, (place, found) in enumerate(told):
        if found == name and not (_denied_before(heard, place, told[:n]) or _over(heard, told[n + 1 :], name)):
            return False
    return True


def _denied_before(heard: Said, place: int, before: Sequence[tuple[int, str]]) -> bool:
    if not before:
        return False
    last, found = before[-1]
    english = found == "not" and heard.folded[last] in _WORDS["english_not"]
    return found == "no" or english or (found == "not" and heard.names[place] == "broken" and last == place - 1)


def _over(heard: Said, after: Sequence[tuple[int, str]], name: str) -> bool:
    """Whether what follows a mention ends it: "nahi", "band" or, later on, "bujh", unless that is denied in turn."""
    found = [*(concept for _, concept in after), "", ""]
    if name == "broken":
        return found[:2] == ["not", ""]
    if found[0] == "not" or (found[0] == "off" and found[1] != "not"):
        return True
    return any(
        heard.folded[place] in _WORDS["over"] and found[n + 1] != "not" and (n == 0 or found[n - 1] != "power")
        for n, (place, _) in enumerate(after)
    )


def _threatened(heard: Said) -> bool:
    """Whether the fire is a curse: "vibhag me aag laga do"."""
    return any(
        name == "fire" and then == "laga" and last in _WORDS["threat"]
        for name, then, last in zip(heard.names, heard.folded[1:], heard.folded[2:], strict=False)
    )


def _burning(heard: Said) -> bool:
    """Whether something burns now, not yesterday: "jal raha hai", not "jal gaya"."""
    for place, name in enumerate(heard.names):
        now = name == "burn" and not _WORDS["ongoing"].isdisjoint(heard.folded[place : place + 2])
        if now and (place == 0 or heard.names[place - 1] not in ("not", "power", "appliance")):
            return True
    return False


def _struck(heard: Said) -> bool:
    """A shock, or current where none belongs: "current lag gaya", "khambe me current aa raha hai"."""
    near_victims = not _WORDS["victims"].isdisjoint(heard.folded)
    for place, word in enumerate(heard.folded):
        after = heard.folded[place + 1 : place + 4]
        if "not" in heard.names[place + 1 : place + 4]:
            continue
        if word in _WORDS["shock"]:
            return True
        strikes = not _WORDS["strikes"].isdisjoint(after[:3])
        if strikes and (word in _WORDS["jolt"] or (heard.names[place] == "power" and near_victims)):
            return True
        if word in _WORDS["current"] and (strikes or _leaks(heard, place)):
            return True
    return False


def _leaks(heard: Said, place: int) -> bool:
    """Whether the current at this place is where people may touch it."""
    before, then = heard.folded[max(0, place - 2) : place], heard.folded[place + 1 : place + 2]
    inside = len(before) == 2 and before[0] in _WORDS["body"] and before[1] in _WORDS["into"]
    return (
        inside
        and "when" not in heard.names
        and (not then or then[0] in _WORDS["is"] or heard.names[place + 1] == "come")
    )
