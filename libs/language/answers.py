"""Short answers to a question that was just asked: a number from a list, yes or no, town or village; the language."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from libs.language.meaning import Language
from libs.language.script import bones, clean, fold, words

with (Path(__file__).parent / "answers.toml").open("rb") as _file:
    _FILE: Final = tomllib.load(_file)


def _set(line: str) -> frozenset[str]:
    return frozenset(clean(word) for word in line.split())


_OPTION_WORDS: Final = {word: int(number) for number, line in _FILE["options"].items() for word in _set(line)}
_AROUND: Final = (
    r"(?:option|optn|opt|choice|number|numbar|nambar|no|vikalp|button|press|select|dabaye|sankhya|wala|vala|wali|vali|"
    r"विकल्प|ऑप्शन|आप्शन|नंबर|नम्बर|संख्या|वाला|वाली|बटन|please|plz|ji|जी|sir)"
)
_OPTION: Final = re.compile(
    rf"(?:{_AROUND}[\s.:#=-]*){{0,3}}[(\[]?\s*(\w{{1,12}}?|[\u0900-\u097f]{{1,8}})\s*[)\]]?[\s.।!,:-]*(?:{_AROUND}[\s.!]*){{0,3}}"
)

_SETS: Final = {name: _set(line) for name, line in _FILE["answers"].items()}
_AREAS: Final[dict[Literal["urban", "rural"], frozenset[str]]] = {
    "urban": frozenset(map(fold, _set(_FILE["areas"]["urban"]))),
    "rural": frozenset(map(fold, _set(_FILE["areas"]["rural"]))),
}
_AREA_BONES: Final[dict[Literal["urban", "rural"], frozenset[str]]] = {
    "urban": frozenset({"rbn", "ngry"}),
    "rural": frozenset({"grmn", "rrl", "vlg"}),
}
_HINGLISH_SET: Final = _set(_FILE["languages"]["hinglish"])
_ENGLISH_SET: Final = _set(_FILE["languages"]["english"])


def option(text: str, count: int) -> int | None:
    """The number 1..count that was picked from a list, in digits or words."""
    match = _OPTION.fullmatch(clean(text, 60).strip())
    if match is None:
        return None
    word = match[1]
    number = int(word) if word.isdecimal() and len(word) <= 2 else _OPTION_WORDS.get(word)
    return number if number is not None and 1 <= number <= count else None


def yes_no(text: str) -> bool | None:
    """Yes, no, or None where the text says neither, both, or something else besides."""
    cleaned = clean(text, 200)
    said = words(cleaned)
    if not said:
        return _thumb(cleaned)
    if len(said) > 9 or any(not any(word in known for known in _SETS.values()) for word in map(_short, said)):
        return None
    said = [_short(word) for word in said]
    yes, soft, no = (any(word in _SETS[name] for word in said) for name in ("yes", "soft", "no"))
    if yes and no:
        return None
    if no:
        return None if "galat" in said and len(_SETS["no"].intersection(said)) > 1 else False
    return True if yes or soft else None


def _short(word: str) -> str:
    """Without the length that people give to a word: haaaan, yesss, nooo."""
    return re.sub(r"([a-z])\1{2,}", r"\1", word)


def _thumb(text: str) -> bool | None:
    up = any(mark in text for mark in "👍✅👌✔☑")
    down = any(mark in text for mark in "👎❌✖🚫")
    return None if up == down else up


def language_of(text: str) -> Language | None:
    """The language a text is written in; Hindi in Latin letters is Hindi, loanwords alone say nothing."""
    cleaned = clean(text)
    devanagari = sum("\u0900" <= c <= "\u097f" for c in cleaned)
    latin = sum("a" <= c <= "z" for c in cleaned)
    if devanagari >= 2 and devanagari * 3 >= latin:
        return "hi"
    said = words(cleaned)
    hindi, english = _count(said, _HINGLISH_SET), _count(said, _ENGLISH_SET)
    if hindi == english == 0:
        return "hi" if devanagari >= 2 else None
    return "hi" if hindi >= english else "en"


def _count(said: Iterable[str], known: frozenset[str]) -> int:
    return sum(word in known for word in said)


def area(text: str) -> Literal["urban", "rural"] | None:
    """Town or village; None where neither or both are named."""
    said = {fold(word) for word in words(clean(text))}
    skeletons = {bones(word) for word in said}
    found: list[Literal["urban", "rural"]] = [
        name for name in _AREAS if said & _AREAS[name] or skeletons & _AREA_BONES[name]
    ]
    return found[0] if len(found) == 1 else None


_THANKS: Final = re.compile(r"thank|thx|tnx|dhan+ya|shukri|aabhar|धन्यवाद|शुक्रिया|थैंक|आभार|🙏|❤")
_OTHER_ACCOUNT: Final = re.compile(
    r"\b(?:d[uo]+sr[aei]|other|another|different|ek aur)\s+(?:wala |wale )?"
    r"(?:khat[ae]|a/?c|ac+o?unt|connection|kanekshan|id)\b"
    r"|(?:दूसर|अन्य )[ाेी]?\s*(?:वाला |वाले )?(?:खात|अकाउंट|कनेक्शन|आईडी)"
)


def is_thanks(text: str) -> bool:
    """Whether a short text thanks and asks for nothing."""
    return len(text) < 40 and _THANKS.search(text.casefold()) is not None


def other_account(text: str) -> bool:
    """Whether a short text asks for the same of another account: "dusra khata"."""
    return len(text) < 60 and _OTHER_ACCOUNT.search(clean(text, 60)) is not None
