"""The measurable part of how texts are written (docs/texts.md): as a good officer speaks, the fact first."""

import re
import unicodedata
from urllib.parse import urlsplit

import pytest

from libs.kit.texts import Texts
from libs.kit.texts_page import side_by_side
from libs.schemas.discom import ALLOWED_LINK_DOMAINS
from tests.unit.kit.wording import ROOT, SERVICES

MOST_WORDS = 15
OFFICIAL = {
    "hi": [
        "अवगत",
        "प्रेषित",
        "सूचित",
        "उपरोक्त",
        "निम्नलिखित",
        "यथाशीघ्र",
        "पंजीकृत",
        "कार्यवाही",
        "प्रदान",
        "हेतु",
        "एवं",
        "तथा",
        "देय",
        "विच्छेदन",
        "संयोजन",
        "दूरभाष",
        "उपभोक्तागण",
        "बाधित",
        "महोदय",
        "आवश्यकतानुसार",
        "तत्पश्चात",
        "अतः",
    ],
    "en": [
        "kindly",
        "hereby",
        "aforementioned",
        "undersigned",
        "needful",
        "intimate",
        "intimated",
        "revert",
        "utilize",
        "utilise",
        "commence",
        "herewith",
        "henceforth",
        "consumer",
        "consumers",
        "grievances",
        "regarding",
    ],
}
"""What officials write and people do not say."""
PAYING = {"bill.pay", "balance.recharge", "links.all"}
"""Texts that send people to pay."""


def texts() -> list[tuple[str, str, str]]:
    """Service and key, language, text of every text that is said on WhatsApp."""
    return [
        (f"{folder.name}: {key}", language, text)
        for folder in SERVICES
        for key, hindi, english in Texts(folder / "texts").items()
        for language, text in (("hi", hindi), ("en", english))
    ]


def sentences(text: str) -> list[str]:
    """Sentences and lines; an address or a hole is one word."""
    return [part for part in re.split(r"[।?!\n]|\.(?=\s|$)|; ", text) if part.strip()]


@pytest.mark.parametrize("language", ["hi", "en"])
def test_no_sentence_has_more_words_than_a_breath(language: str) -> None:
    long = [
        f"{key}: {sentence.strip()}"
        for key, its, text in texts()
        if its == language
        for sentence in sentences(text)
        if len(sentence.split()) > MOST_WORDS
    ]
    assert not long, "\n".join(long)


@pytest.mark.parametrize("language", ["hi", "en"])
def test_no_word_that_officials_write_and_people_do_not_say(language: str) -> None:
    found = [
        f"{key}: {word}"
        for key, its, text in texts()
        if its == language
        for word in re.findall(r"[\w\u0900-\u097f]+", text.lower())
        if word in OFFICIAL[language]
    ]
    assert not found, "\n".join(found)


def test_the_fact_comes_first() -> None:
    late = [
        f"{key} ({language}): {text.splitlines()[0]}"
        for key, language, text in texts()
        if "*" in text and "*" not in text.strip().splitlines()[0] + text.strip().splitlines()[min(1, text.count("\n"))]
    ]
    assert not late, "what is bold belongs into the first two lines:\n" + "\n".join(late)


def test_whoever_is_sent_to_pay_is_warned_of_fraud() -> None:
    silent = [f"{key} ({its})" for key, its, text in texts() if key.split(": ")[1] in PAYING and "OTP" not in text]
    assert not silent, "a text that sends people to pay says that nobody asks for OTP or PIN: " + ", ".join(silent)


def test_links_lead_to_trusted_domains_only() -> None:
    hosts = {urlsplit(url).hostname or "" for *_, text in texts() for url in re.findall(r"https?://[^\s{}।]+\w", text)}
    foreign = [host for host in hosts if not any(("." + host).endswith("." + own) for own in ALLOWED_LINK_DOMAINS)]
    assert not foreign


def test_a_symbol_never_stands_alone() -> None:
    """A screen reader reads the words; a line of symbols is noise."""
    alone = [
        f"{key} ({its}): {line}"
        for key, its, text in texts()
        for line in text.splitlines()
        if line.strip() and "{" not in line and not any(unicodedata.category(c)[0] in "LN" for c in line)
    ]
    assert not alone, "\n".join(alone)


def test_every_text_stands_beside_its_english_on_the_page() -> None:
    page = (ROOT / "docs" / "all-texts.md").read_text(encoding="utf-8")
    assert page == side_by_side(ROOT / "services"), "`make docs` writes docs/all-texts.md anew"
