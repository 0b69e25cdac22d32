"""Two machines stop talking to each other; a person who writes the same again is not flooded, and never left alone."""

from collections.abc import Callable

import pytest

from libs.schemas.messages import Media, Other
from tests.unit.dialogues.world import DISCOMS, PREPAID, Phone, linked

ROUNDS = 60
FEW = 10
AWAY = "Thank you for contacting ABC Store. We will get back to you shortly."
BOTS: dict[str, Callable[[str, int], str]] = {
    "away": lambda heard, n: AWAY,
    "away in Hindi": lambda heard, n: "संपर्क करने के लिए धन्यवाद। हम जल्द ही आपसे संपर्क करेंगे।",
    "greets": lambda heard, n: "Hello",
    "asks back": lambda heard, n: "Sorry, I don't know that. Could you say it in other words?",
    "never twice alike": lambda heard, n: f"Hmm, interesting number {n}! Tell me something else",
    "echo": lambda heard, n: heard[:4096],
    "two lines in turn": lambda heard, n: ("Please wait", "Still checking")[n % 2],
    "wants an order": lambda heard, n: "What would you like to order today? Pizza or burger?",
    "thanks": lambda heard, n: "Thank you!",
    "okay": lambda heard, n: "OK",
    "emoji": lambda heard, n: "🙏",
    "menu of its own": lambda heard, n: "1. Sales\n2. Support\n3. Billing\n4. Returns\n5. Other",
}


def rounds(phone: Phone, bot: Callable[[str, int], str], first: str, seconds: float = 3) -> int:
    """How often we answer a machine that answers whatever we say."""
    heard, answered = first, 0
    for n in range(ROUNDS):
        before = len(phone.bubbles)
        phone.writes(bot(heard, n) if n else first, seconds)
        if len(phone.bubbles) == before:
            return answered
        answered += len(phone.bubbles) - before
        heard = phone.body
    return answered


@pytest.mark.parametrize("first", ["hi", "bill", "4", "light nahi hai", "1", f"{PREPAID} ka bill", AWAY, "kuch bhi"])
@pytest.mark.parametrize("bot", BOTS.values(), ids=BOTS)
def test_a_machine_that_answers_everything_is_left_after_a_few_rounds(
    bot: Callable[[str, int], str], first: str
) -> None:
    for phone in (Phone(), linked()):
        assert rounds(phone, bot, first) <= FEW


@pytest.mark.parametrize(
    "first",
    ["hi", "bill", "4", "light nahi hai", f"{PREPAID} ka bill", "agent", "taar toot kar gira hai", "5"],
)
@pytest.mark.parametrize("other", ["mvvnl", "pvvnl"])
def test_two_of_our_own_end_as_well(first: str, other: str) -> None:
    """Whoever forwards our bubbles to another discom's number, or to the same one, starts no endless conversation."""
    here, there = Phone(), Phone(discom=DISCOMS[other])
    said, speaking, listening = first, there, here
    for _ in range(ROUNDS):
        before = len(listening.bubbles)
        listening.writes(said, 3)
        if len(listening.bubbles) == before:
            break
        said = listening.body
        speaking, listening = listening, speaking
    assert len(here.bubbles) + len(there.bubbles) <= FEW


def test_the_second_hi_within_seconds_gets_no_second_menu() -> None:
    phone = Phone().writes("hi").writes("hi", 3).writes("Hello", 4)
    assert len(phone.bubbles) == 1
    assert "आपका स्वागत है" in phone.writes("hi", 20).body and len(phone.bubbles) == 2


def test_the_help_line_is_the_last_thing_said_and_a_minute_later_all_is_new() -> None:
    phone = Phone()
    for n in range(8):
        phone.writes(f"xyzzy{'q' * n}", 5)
    assert len(phone.bubbles) == 3 and "1912" in phone.body
    assert "*मध्यांचल विद्युत*" in phone.writes("something else entirely qqq", 60).body and len(phone.bubbles) == 4


def test_whoever_lets_a_minute_pass_is_answered_with_the_same_words_too() -> None:
    phone = Phone()
    for n in range(1, 9):
        assert len(phone.writes("hi", 70).bubbles) == n


def test_a_slow_machine_ends_as_well() -> None:
    assert rounds(Phone(), BOTS["away"], "hi", seconds=90) <= FEW
    assert rounds(Phone(), BOTS["greets"], "hi", seconds=90) <= 13


def test_what_is_understood_is_answered_also_in_the_middle_of_a_silence() -> None:
    phone = linked()
    for _ in range(6):
        phone.writes("xyzzy", 5)
    silent = len(phone.bubbles)
    assert "का बिल ₹" in phone.writes("bill", 2).body
    assert "बैलेंस" in phone.writes("balance", 2).body
    assert "सेवा" in phone.taps("मेनू").body, "a tap is always a person"
    assert len(phone.bubbles) == silent + 3


def test_somebody_who_looks_at_the_balance_again_and_again_is_answered_every_time() -> None:
    phone = linked()
    for _ in range(10):
        phone.writes("balance", 15)
    assert len(phone.bubbles) == 10


def test_danger_is_never_too_often() -> None:
    for phone in (Phone(), Phone(discom=DISCOMS["kesco"])):
        for _ in range(10):
            phone.writes("taar toot kar gira hai aag lagi hai", 2)
        assert len(phone.bubbles) == 10 and "दूर रहें" in phone.body


def test_a_closed_discom_says_why_a_few_times_only() -> None:
    phone = Phone(discom=DISCOMS["kesco"])
    for _ in range(20):
        phone.writes("hi", 2)
    assert 1 <= len(phone.bubbles) <= 5


def test_stickers_and_thanks_get_none_or_one_and_voice_or_pictures_a_word_on_what_helps() -> None:
    phone = linked()
    for _ in range(3):
        phone.shows("sticker")
    assert phone.bubbles == []
    phone.writes("thank you").writes("thanks", 5).writes("ok", 5)
    assert len(phone.bubbles) == 1
    for media in ("audio", "image", "video", "document"):
        other = linked().shows(media)
        assert "कृपया लिखें, या चुनें" in other.body and len(other.bubbles) == 1
    assert "का बिल ₹" in linked().shows("image", "mera bill kitna hai").body


def test_a_sticker_from_somebody_new_is_greeted() -> None:
    assert "स्वागत" in Phone().shows("sticker").body


def test_an_unsupported_message_is_answered_once_or_twice_but_not_for_ever() -> None:
    phone = linked()
    for _ in range(12):
        phone.sends(Other(what="unsupported"), 5)
    assert 1 <= len(phone.bubbles) <= 3
    phone = linked().writes("4")
    for _ in range(12):
        phone.sends(Media(media="audio", media_id="1"), 5)
    assert len(phone.bubbles) <= 7
