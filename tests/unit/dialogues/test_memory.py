"""What is said counts in what was said before: the same account, the last question, hours later, or in between."""

import pytest

from tests.unit.dialogues.world import DISCOMS, FOREIGN, POSTPAID, PREPAID, Phone, linked


def test_and_the_balance_means_the_account_of_the_bill_before() -> None:
    for words in ("और बैलेंस?", "aur balance", "balance bhi batao", "and balance?", "3"):
        phone = Phone().writes(f"{PREPAID} ka bill").writes(words)
        assert "*बैलेंस ₹250* (खाता …0017)" in phone.body


def test_and_the_bill_means_the_account_of_the_balance_before_also_after_another_account() -> None:
    phone = Phone().writes(f"balance {FOREIGN}").writes("aur bill?")
    assert "(खाता …7239)" in phone.body
    assert "(खाता …5850)" in phone.writes(f"{POSTPAID} ka bill").body
    assert "…5850" in phone.writes("और बैलेंस?").body


@pytest.mark.parametrize("words", ["dusra khata", "दूसरा खाता", "another account"])
def test_another_account_asks_for_its_number_and_shows_its_bill(words: str) -> None:
    phone = linked().writes("bill").writes(words)
    assert "अकाउंट आईडी भेजें" in phone.body
    assert "(खाता …5850)" in phone.writes(POSTPAID).body


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("haan", "दर्ज हो गई"), ("जी हाँ", "दर्ज हो गई"), ("yes", "दर्ज हो गई"), ("ok kar do", "दर्ज हो गई"),
        ("nahi", "अभी कुछ दर्ज नहीं"), ("नहीं", "अभी कुछ दर्ज नहीं"), ("no", "अभी कुछ दर्ज नहीं"),
        ("dusra", "दर्ज हो गई"), ("दूसरा", "दर्ज हो गई"), ("2", "दर्ज हो गई"), ("२", "दर्ज हो गई"),
    ],
)  # fmt: skip
def test_yes_no_and_the_second_answer_the_last_question(said: str, heard: str) -> None:
    assert heard in linked().writes("4").writes("1").writes(said).body


def test_yes_and_no_without_a_question_are_noted_in_one_sentence() -> None:
    for words in ("haan", "nahi", "theek hai"):
        assert "0 लिखें" in linked().writes(words).body


@pytest.mark.parametrize(("minutes", "heard"), [(25, "का बिल ₹"), (180, "जुड़ गया")])
def test_a_late_answer_fits_while_the_question_stands_else_it_is_understood_anew(minutes: int, heard: str) -> None:
    assert heard in Phone().writes("bill kitna hai").writes(PREPAID, minutes * 60).body


def test_a_number_typed_hours_later_is_one_of_the_six_again() -> None:
    phone = linked().writes("4")
    assert "का बिल ₹" in phone.writes("2", 3 * 3600).body


def test_other_wishes_of_a_text_are_offered_and_may_be_written() -> None:
    phone = linked().writes("bill kitna hai aur meter bhi kharab hai")
    assert "यह भी पूछा था" in phone.body and phone.titles[0] == "मीटर खराब है"
    assert "यह शिकायत दर्ज होगी" in phone.taps("मीटर खराब है").body
    both = linked().writes("light nahi hai, helpline number bhi do")
    assert "यह भी पूछा था" in both.body and "संपर्क" in both.titles
    own = linked().writes("helpline number aur bill batao")
    assert "1912" in own.body and "बिल राशि" in own.titles


def test_what_is_unclear_may_be_picked_by_number() -> None:
    phone = linked().writes("naya meter")
    assert phone.titles == ["नया कनेक्शन", "मीटर खराब है"] and "1 नया कनेक्शन" in phone.body
    assert "मीटर" in phone.writes("2").body and "यह शिकायत दर्ज होगी" in phone.body


def test_everything_is_reached_by_numbers_alone() -> None:
    """A basic phone shows no buttons."""
    phone = linked().writes("4").writes("2").writes("3")
    assert "मीटर तेज" in phone.body and "दर्ज हो गई" in phone.body
    assert "1 कुछ जोड़ना है, 2 हल हो गई" in phone.writes("5").body
    assert "क्या जोड़ना है" in phone.writes("1").body
    assert "जोड़ दिया" in phone.writes("subah se").body
    assert "बंद की गई" in phone.writes("5").writes("2").body
    assert "1 लिखें" in phone.writes("5").body
    assert "फिर खोल दी गई" in phone.writes("1").body
    assert "का बिल ₹" in phone.writes("2").body


@pytest.mark.parametrize(
    "before", [("2",), ("4",), ("4", "1"), ("1",), ("5",), ("4", "1", "1"), ("hi",), ("naya meter",)]
)
@pytest.mark.parametrize(
    "words", ["taar toot kar gira hai", "चिंगारी निकल रही है", "meter me aag lagi hai", "bijli ka jhatka laga"]
)
@pytest.mark.parametrize("photo", [False, True])
def test_danger_comes_first_whatever_was_asked(before: tuple[str, ...], words: str, photo: bool) -> None:
    for phone in (Phone(), linked()):
        for line in before:
            phone.writes(line)
        assert (phone.shows(caption=words) if photo else phone.writes(words)).body.startswith("⚠")
        assert phone.bubbles[-1].urgent and phone.registered[-1].danger


@pytest.mark.parametrize("photo", [False, True])
def test_a_discom_that_is_not_here_yet_still_warns_of_danger(photo: bool) -> None:
    phone = Phone(discom=DISCOMS["kesco"])
    words = "taar toot kar gira hai"
    assert (phone.shows(caption=words) if photo else phone.writes(words)).bubbles[-1].urgent


@pytest.mark.parametrize("before", [("2",), ("4",), ("4", "1"), ("1",), ("5",), ("hi",)])
def test_menu_language_human_and_stop_are_heard_at_every_question(before: tuple[str, ...]) -> None:
    for said, heard in (("0", "देखना चाहते हैं"), ("english", "in English"), ("agent", "*1912*"), ("stop", "START")):
        phone = Phone()
        for line in before:
            phone.writes(line)
        assert heard in phone.writes(said).body


def test_angry_words_are_answered_like_any_others() -> None:
    assert "का बिल ₹" in linked().writes("saale chor ho tum sab, bill batao").body
    assert "1912" in linked().writes("tum sab chor ho").body


@pytest.mark.parametrize("words", ["light aa gayi", "बिजली आ गई है", "theek ho gaya", "power is back", "हल हो गई"])
def test_whoever_says_that_it_is_over_is_asked_whether_to_close(words: str) -> None:
    phone = linked().writes("4").writes("1").writes("1").writes(words)
    assert "हल हो गई? 1 हाँ, 2 नहीं" in phone.body
    assert "बंद की गई" in phone.writes("haan").body
    for before in (("4", "1"), ("light nahi hai",)):
        phone = linked()
        for line in before:
            phone.writes(line)
        assert "कुछ दर्ज नहीं किया" in phone.writes(words).body
    still = linked().writes("4").writes("1").writes("1").writes("light abhi bhi nahi aayi")
    assert "जोड़ दिया" in still.body


@pytest.mark.parametrize("words", ["kab tak aayegi", "कब ठीक होगी", "kitna time lagega"])
def test_whoever_asks_when_is_told_the_deadline_again(words: str) -> None:
    phone = linked().writes("4").writes("1").writes("1").writes(words)
    assert "समय-सीमा" in phone.body and "*दर्ज*" in phone.body


@pytest.mark.parametrize(
    "words", ["pata nahi", "nahi pata", "account id nahi hai mere paas", "मेरे पास नहीं है", "I don't know"]
)
def test_not_knowing_is_no_place(words: str) -> None:
    phone = Phone().writes("4").writes("1").writes(words)
    assert not phone.registered and "यह शिकायत दर्ज होगी" not in phone.body


def test_tracking_is_no_word_to_be_added() -> None:
    for words in ("track my complaint", "complaint status", "meri shikayat ka kya hua"):
        assert "*दर्ज*" in linked().writes("4").writes("1").writes("1").writes(words).body


@pytest.mark.parametrize("words", ["bill", "mera bill", f"{PREPAID} ka bill", "balance", "bill kitna hai"])
def test_a_bill_is_a_bill_also_while_a_complaint_is_told_more_about(words: str) -> None:
    phone = linked().writes("4").writes("1").writes("1").writes("bachche pareshan hain")
    assert "जोड़ दिया" in phone.body
    assert "₹" in phone.writes(words).body
