"""Words live in files: `texts/hi.toml` and `en.toml`, one key per moment, facts as `{named}` holes.

What all services say alike (the six options, the way to the menu) stands in `libs/kit/words/`.
"""

import string
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from libs.schemas.dialogue import Moment, Money, Month, Phrase
from libs.schemas.messages import Language

COMMON = Path(__file__).parent / "words"
IST = ZoneInfo("Asia/Kolkata")
LOCALE = {"hi": "hi_IN", "en": "en_IN"}
LANGUAGES: tuple[Language, ...] = ("hi", "en")


class Texts:
    """All texts of one service, in both languages."""

    def __init__(self, directory: Path) -> None:
        self._texts = {
            language: {
                key: text
                for folder in (COMMON, directory)
                for key, text in _flat(tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8")))
            }
            for language in LANGUAGES
        }
        hindi, english = self._texts["hi"], self._texts["en"]
        if hindi.keys() != english.keys():
            raise ValueError(f"{directory}: only in one language: {', '.join(sorted(hindi.keys() ^ english.keys()))}")
        for key in hindi:
            if holes(hindi[key]) != holes(english[key]):
                raise ValueError(f"{directory}: {key}: the two languages have different {{holes}}")

    def say(self, key: str, language: Language, /, **facts: object) -> str:
        """The text of a moment with its holes filled. Raises `KeyError` for an unknown key or a missing fact."""
        shown = {name: self._shown(fact, language) for name, fact in facts.items()}
        return self._texts[language][key].format(**shown)

    def _shown(self, fact: object, language: Language) -> str:
        match fact:
            case Phrase(key, facts):
                return self.say(key, language, **facts)
            case tuple():
                return "\n".join(self._shown(line, language) for line in fact)
            case Money(paise):
                return money(paise)
            case Moment(at):
                return _time(at, language)
            case Month(day):
                return _day(day, "MMMM y", language)
            case date():
                return _day(fact, "d MMMM y", language)
            case _:
                return str(fact)

    def has(self, key: str) -> bool:
        """Whether there is a text for this moment."""
        return key in self._texts["hi"]

    def items(self) -> Iterator[tuple[str, str, str]]:
        """Key, Hindi, English."""
        for key, text in self._texts["hi"].items():
            yield key, text, self._texts["en"][key]


@lru_cache(maxsize=4096)
def _time(at: datetime, language: Language) -> str:
    return format_datetime(at, "d MMMM, h:mm a", tzinfo=IST, locale=LOCALE[language])


@lru_cache(maxsize=4096)
def _day(day: date, form: str, language: Language) -> str:
    return format_date(day, form, locale=LOCALE[language])


def money(paise: int) -> str:
    """Rupees with Indian grouping, the same in both languages; paise only where there are any.

    Written out because Babel takes 25 times as long, which is half the cost of telling a bill.
    """
    rupees, rest = divmod(abs(paise), 100)
    digits = str(rupees)
    groups = [digits[-3:]]
    for end in range(len(digits) - 3, 0, -2):
        groups.append(digits[max(end - 2, 0) : end])
    return f"{'-' if paise < 0 else ''}₹{','.join(reversed(groups))}{f'.{rest:02d}' if rest else ''}"


def holes(text: str) -> set[str]:
    """Names of the `{holes}` of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _flat(table: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value).strip()
