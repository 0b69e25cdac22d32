"""Short answers to a question that was just asked."""

import pytest

from libs.language import area, language_of, option, understand, yes_no


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1), ("२", 2), ("option 3", 3), ("3 number", 3), ("teesra", 3), ("pehla wala", 1), ("(4)", 4), ("4️⃣", 4),
        ("chhah", 6), ("छः", 6), ("दो नंबर", 2),
        ("❶", 1), ("➁.", 2), ("⓷", 3), ("⑤", 5), ("𝟔", 6), ("⓿", None), ("፩", None),
        ("0", None), ("7", None), ("1 2", None), ("ek bijli", None), ("", None),
    ],
)  # fmt: skip
def test_an_option_is_picked_in_digits_and_words(text: str, number: int | None) -> None:
    assert option(text, 6) == number


def test_whatever_unicode_calls_a_digit_is_a_number_or_none() -> None:
    digits = [char for char in map(chr, range(0x20000)) if char.isdigit()]
    assert len(digits) > 700
    for char in digits:
        assert option(char, 9) in (None, *range(1, 10))
        understand(f"{char} {char}{char}")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("haan ji", True), ("haaaan", True), ("ok thanks", True), ("theek hai kar do", True), ("हां", True),
        ("👍", True), ("haan mera hi hai", True), ("nahi", False), ("ji nahi", False), ("galat hai", False),
        ("cancel", False), ("नहीं", False), ("haan nahi", None), ("light nahi aa rahi", None), ("dusra", None),
        ("", None),
    ],
)  # fmt: skip
def test_yes_and_no_are_heard(text: str, answer: bool | None) -> None:
    assert yes_no(text) is answer


@pytest.mark.parametrize(
    ("text", "where"),
    [("shahar", "urban"), ("गाँव", "rural"), ("gramin", "rural"), ("urban area", "urban"), ("shahar ya gaon", None)],
)
def test_town_and_village_are_told_apart(text: str, where: str | None) -> None:
    assert area(text) == where


@pytest.mark.parametrize(
    ("text", "language"),
    [("bijli nahi aa rahi", "hi"), ("लाइट नहीं", "hi"), ("my bill is wrong", "en"), ("bill", None), ("1", None)],
)
def test_the_language_of_a_text_is_heard_and_loanwords_say_nothing(text: str, language: str | None) -> None:
    assert language_of(text) == language
