"""Letters: one spelling for what people write in Devanagari, in Hinglish and with every kind of typo.

`fold` writes both scripts in one narrow Latin alphabet (बिजली, bijlee → bijli), `bones` keeps its consonants (bjl),
so that dropped and doubled vowels do not matter. Everything is linear in the length of the text.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

READ = 600
"""So much of a text is read for its meaning: a pasted page says what it wants at its beginning, or not at all."""

_CONSONANT_LETTERS: Final = "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ"
_CONSONANT_SOUNDS: Final = "k kh g gh n ch ch j jh n t th d dh n t th d dh n p f b bh m y r l v s s s h l"
_CONSONANTS: Final = dict(zip(_CONSONANT_LETTERS, _CONSONANT_SOUNDS.split(), strict=True))
_VOWELS: Final = dict(
    zip(
        ["अ", "आ", "इ", "ई", "उ", "ऊ", "ए", "ऐ", "ओ", "औ", "ऑ", "ऍ", "ऎ", "ऒ", "ऋ", "ॲ"],
        ["a", "a", "i", "i", "u", "u", "e", "ai", "o", "au", "o", "e", "e", "o", "ri", "e"],
        strict=True,
    )
)
_SIGNS: Final = dict(
    zip(
        ["ा", "ि", "ी", "ु", "ू", "े", "ै", "ो", "ौ", "ॉ", "ॅ", "ॆ", "ॊ", "ृ"],
        ["a", "i", "i", "u", "u", "e", "ai", "o", "au", "o", "e", "e", "o", "ri"],
        strict=True,
    )
)
_VIRAMA, _NUKTA = "\u094d", "\u093c"
_NASAL = "\u0901\u0902"
_FOREIGN_DIGIT = re.compile("[^\\D0-9]|[\u2776-\u277e\u2780-\u2788\u278a-\u2792\u24f5-\u24fd\u24ff]")
# Joiners and direction marks come from keyboards and copied text, selectors and keycaps from emoji, accents from play.
_UNSEEN = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_MARKUP = str.maketrans(dict.fromkeys("*_~`|•▪►➤", " "))

_WORD = re.compile(r"[a-z]+|[\u0900-\u0963\u0970-\u097f]+|\d+")
_APOSTROPHE = re.compile(r"(?<=[a-z])['’`´](?=[a-z])")
_LONG = re.compile(r"([a-z])\1{2,}")
_DOUBLE = re.compile(r"([a-z])\1")
_SOFT_C = re.compile(r"c(?=[eiy])")
_LATIN_STEPS: Final = (
    (re.compile("ee"), "i"),
    (re.compile("oo"), "u"),
    (re.compile("chh"), "ch"),
    (re.compile("ph"), "f"),
    (re.compile("sh"), "s"),
    (re.compile("ck"), "k"),
    (re.compile("c(?!h)"), "k"),
    (re.compile("w"), "v"),
    (re.compile("z"), "j"),
    (re.compile("q"), "k"),
    (re.compile("x"), "ks"),
    (re.compile("n(?=[pb])"), "m"),
    (re.compile("y$"), "i"),
)
_VOWEL = re.compile("[aeiou]")


def ascii_digits(text: str) -> str:
    """The text with the decimal digits of every script, and those in circles, written 0–9."""
    return _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.digit(match[0])), text)


def clean(text: str, limit: int = READ) -> str:
    """Lower case, one form for each letter, ASCII digits, no invisible marks and no WhatsApp markup."""
    text = text[:limit]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:limit]
        text = ascii_digits(_UNSEEN.sub("", text))
    return text.translate(_MARKUP).lower().replace("\u0131", "i")


def words(cleaned: str) -> list[str]:
    """Words and numbers of a cleaned text, in order."""
    return _WORD.findall(_APOSTROPHE.sub("", cleaned))


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """One Latin spelling of a word of either script."""
    word = word[:40]
    if word[:1] >= "\u0900":
        return _tidy(_romanised(word))
    word = _LONG.sub(r"\1", word)
    return _tidy(_SOFT_C.sub("s", word))


def _tidy(word: str) -> str:
    for pattern, replacement in _LATIN_STEPS:
        word = pattern.sub(replacement, word)
    return _DOUBLE.sub(r"\1", word)


def _romanised(word: str) -> str:
    out: list[str] = []
    silent = False  # whether the consonant just written still owes its inherent a
    for position, char in enumerate(word):
        if char in _CONSONANTS:
            if silent:
                out.append("a")
            out.append(_CONSONANTS[char])
            silent = True
            continue
        if char == _NUKTA:
            continue
        if char in _SIGNS:
            out.append(_SIGNS[char])
        elif char == _VIRAMA:
            pass
        elif char in _VOWELS:
            if silent:
                out.append("a")
            out.append(_VOWELS[char])
        elif char in _NASAL:
            if silent:
                out.append("a")
            if position < len(word) - 1:  # at the end it only colours the vowel: नहीं is written nahi
                out.append("n")
        silent = False
    return "".join(out)


@lru_cache(maxsize=8192)
def bones(folded: str) -> str:
    """The consonants of a folded word."""
    return _DOUBLE.sub(r"\1", _VOWEL.sub("", folded))
