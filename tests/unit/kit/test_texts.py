"""Every text of every service: in both languages, with the same holes, within WhatsApp's limits, said by somebody."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel.numbers import format_currency

from libs.kit.texts import COMMON, Texts, holes, money
from libs.schemas.dialogue import Moment, Money, Month, Phrase
from libs.schemas.events import TYPES
from libs.schemas.messages import Language
from tests.unit.kit.wording import FOLDERS, ROOT, SERVICES, Said, said_by

ROW, BUTTON, DESCRIPTION = 24, 20, 72
BODY_OF_BUTTONS = 1024
ROOM_FOR_FACTS = 250
"""What names, amounts, dates and addresses may add to a text."""


@pytest.fixture(scope="module", params=SERVICES, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    found = request.param
    assert isinstance(found, Path)
    return found


@pytest.fixture(scope="module")
def texts(folder: Path) -> Texts:
    return Texts(folder / "texts")


@pytest.fixture(scope="module")
def said(folder: Path) -> Said:
    return said_by(folder)


def longer_than(limit: int, texts: Texts, patterns: set[str]) -> list[str]:
    """Texts over a limit. WhatsApp does not say whether it counts code points or UTF-16 units: both must fit."""
    return [
        f"{key}: {text!r} has {size(text)} characters, WhatsApp takes {limit}"
        for key, hindi, english in texts.items()
        if any(re.fullmatch(pattern, key) for pattern in patterns)
        for text in (hindi, english)
        if size(text) > limit
    ]


def size(text: str) -> int:
    return max(len(text), len(text.encode("utf-16-le")) // 2)


def test_every_service_that_talks_is_found() -> None:
    assert {"menu", "billing"} <= {folder.name for folder in SERVICES}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_both_languages_have_the_same_keys_and_holes(folder: Path) -> None:
    for key, hindi, english in Texts(folder).items():
        assert holes(hindi) == holes(english), key
        assert hindi and english, f"{key} is empty"


def test_a_row_of_a_list_fits_24_characters(texts: Texts, said: Said) -> None:
    assert said.rows and longer_than(ROW, texts, said.rows) == []


def test_a_button_fits_20_characters(texts: Texts, said: Said) -> None:
    assert said.buttons and longer_than(BUTTON, texts, said.buttons) == []


def test_the_label_that_opens_a_list_or_an_address_fits_20_characters(texts: Texts, said: Said) -> None:
    assert said.labels and longer_than(BUTTON, texts, said.labels) == []


def test_the_second_line_of_a_row_fits_72_characters(texts: Texts, said: Said) -> None:
    assert longer_than(DESCRIPTION, texts, {f"{key}_more" for key in said.rows | said.buttons}) == []


def test_a_bubble_with_buttons_has_room_for_its_facts(texts: Texts, said: Said) -> None:
    assert longer_than(BODY_OF_BUTTONS - ROOM_FOR_FACTS, texts, said.bubbles) == []


def test_every_text_that_the_code_says_exists(texts: Texts, said: Said) -> None:
    keys = [key for key, _, _ in texts.items()]
    missing = [pattern for pattern in said.keys if not any(re.fullmatch(pattern, key) for key in keys)]
    assert not missing, f"said, but in no texts file: {missing}"


def test_a_key_that_travels_through_a_helper_exists(texts: Texts, said: Said) -> None:
    """A string in the code that looks like a key of one of the file's tables is one, or a misspelt one."""
    keys = {key for key, _, _ in texts.items()}
    tables = {key.partition(".")[0] for key in keys if "." in key}
    looks = [re.sub(r"\\(.)", r"\1", pattern) for pattern in said.strings if ".+" not in pattern]
    suspects = [text for text in looks if re.fullmatch(r"[a-z_]+\.[a-z_.]+", text) and text.partition(".")[0] in tables]
    assert [text for text in suspects if text not in keys and text not in TYPES] == []


def test_every_text_is_said_by_somebody(folder: Path, texts: Texts, said: Said) -> None:
    own = {key for key, _, _ in texts.items()} - {key for key, _, _ in Texts(COMMON).items()}
    somewhere = re.compile("|".join(said.keys | said.strings))
    unsaid = [key for key in own if not somewhere.fullmatch(key.removesuffix("_more"))]
    assert not unsaid, f"services/{folder.name}/texts holds texts that no code says: {sorted(unsaid)}"


def test_a_text_over_its_limit_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "hi.toml").write_text(
        'long = "शिकायत की पूरी स्थिति देखें"\nfaces = "🙏🙏🙏🙏🙏🙏🙏🙏🙏🙏🙏"', encoding="utf-8"
    )
    (tmp_path / "en.toml").write_text('long = "short"\nfaces = "short"', encoding="utf-8")
    texts = Texts(tmp_path)
    assert len(longer_than(20, texts, {"long"})) == 1
    assert len(longer_than(20, texts, {"faces"})) == 1, "11 emoji are 22 UTF-16 units"
    assert longer_than(22, texts, {"faces"}) == []


@pytest.mark.parametrize(
    ("hindi", "english", "complaint"),
    [
        ('a = "क"\nb = "ख"', 'a = "a"', "only in one language: b"),
        ('a = "क {name}"', 'a = "a {nmae}"', "a: the two languages have different {holes}"),
    ],
)
def test_texts_that_do_not_match_stop_the_start(tmp_path: Path, hindi: str, english: str, complaint: str) -> None:
    (tmp_path / "hi.toml").write_text(hindi, encoding="utf-8")
    (tmp_path / "en.toml").write_text(english, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(complaint)):
        Texts(tmp_path)


LANGUAGES: tuple[Language, ...] = ("hi", "en")


@pytest.mark.parametrize(
    ("paise", "shown"),
    [
        (0, "₹0"),
        (5, "₹0.05"),
        (100, "₹1"),
        (150, "₹1.50"),
        (99_999, "₹999.99"),
        (12_345_650, "₹1,23,456.50"),
        (1_234_567_800, "₹1,23,45,678"),
        (-50_000, "-₹500"),
    ],
)
def test_money_is_shown_in_indian_grouping_with_paise_only_where_there_are_any(paise: int, shown: str) -> None:
    assert money(paise) == shown


@pytest.mark.parametrize("locale", ["hi_IN", "en_IN"])
def test_money_is_written_as_babel_writes_it(locale: str) -> None:
    for n in range(14):
        for paise in (10**n, 10**n - 1, -(37 * 10**n), 123 * 10**n):
            pattern = "¤#,##,##0.00" if paise % 100 else "¤#,##,##0"
            assert money(paise) == format_currency(Decimal(paise) / 100, "INR", pattern, locale, currency_digits=False)


@pytest.fixture
def shown(tmp_path: Path) -> Texts:
    for language in LANGUAGES:
        (tmp_path / f"{language}.toml").write_text('it = "{it}"\ninner = "«{n}»"', encoding="utf-8")
    return Texts(tmp_path)


FACTS = [
    ("सुनीता", "सुनीता", "सुनीता"),
    (3, "3", "3"),
    (Money(12_345_650), "₹1,23,456.50", "₹1,23,456.50"),
    (date(2026, 12, 10), "10 दिसंबर 2026", "10 December 2026"),
    (Month(date(2026, 11, 1)), "नवंबर 2026", "November 2026"),
    (Moment(datetime(2026, 11, 24, 13, 0, tzinfo=UTC)), "24 नवंबर, 6:30 pm", "24 November, 6:30 pm"),
    (Moment(datetime(2026, 12, 31, 18, 30, tzinfo=UTC)), "1 जनवरी, 12:00 am", "1 January, 12:00 am"),
    (Phrase("inner", {"n": Money(100)}), "«₹1»", "«₹1»"),
    ((Phrase("inner", {"n": 1}), Phrase("inner", {"n": 2})), "«1»\n«2»", "«1»\n«2»"),
]


@pytest.mark.parametrize(("fact", "hindi", "english"), FACTS)
def test_facts_are_shown_in_indias_time_and_the_readers_language(
    shown: Texts, fact: object, hindi: str, english: str
) -> None:
    assert shown.say("it", "hi", it=fact) == hindi
    assert shown.say("it", "en", it=fact) == english


def test_what_a_person_wrote_cannot_open_a_hole(shown: Texts) -> None:
    assert shown.say("it", "en", it="{n} {0} {it.__class__}") == "{n} {0} {it.__class__}"


def test_a_missing_fact_or_text_is_an_error_and_never_a_hole_on_a_phone(shown: Texts) -> None:
    with pytest.raises(KeyError):
        shown.say("it", "en")
    with pytest.raises(KeyError):
        shown.say("nothing", "en")
    assert shown.has("it") and not shown.has("nothing")
