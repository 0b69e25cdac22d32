"""What texts mean: traps one by one, the sample as a whole, wishes in one text, and what is left open."""

from itertools import product

import pytest

from libs.language import SURE, understand
from libs.language.meaning import Understood
from libs.language.training import examples
from tests.unit.language.lines import lines

TRAPS = lines("traps.jsonl")
POWER = "bijli bijlee bijuri light lait lite batti current karant supply power बिजली लाइट लाईट बत्ती करंट सप्लाई"
NOT = ("nahi", "nhi", "nahin", "नहीं", "नही")
COMPLAINT = "complaint complain shikayat sikayat शिकायत कम्प्लेंट complent"


def intent(text: str) -> str:
    return understand(text).intent


@pytest.mark.parametrize("trap", TRAPS, ids=[trap["text"] for trap in TRAPS])
def test_a_trap_is_understood_whole(trap: dict[str, object]) -> None:
    found = understand(str(trap["text"]))
    assert found.intent == trap["intent"]
    assert found.account_id == trap.get("account_id")
    assert found.complaint_number == trap.get("complaint_number")
    assert found.danger == trap.get("danger", False)
    assert list(found.also) == trap.get("also", [])
    if "likely" in trap:
        assert list(found.likely) == trap["likely"]


def test_traps_are_many_and_each_is_told_once() -> None:
    assert len({trap["text"] for trap in TRAPS}) == len(TRAPS) >= 150


def test_of_the_sample_at_least_95_in_100_are_understood() -> None:
    sample = lines("utterances.jsonl")
    right = sum(intent(line["text"]) == line["intent"] for line in sample)
    assert right / len(sample) >= 0.95


def test_of_lines_that_nobody_learnt_from_at_least_95_in_100_are_understood() -> None:
    unseen = lines("unseen.jsonl")
    learnt = {text for text, _ in examples()}
    assert len(unseen) >= 350
    right = sum(intent(line["text"]) == line["intent"] for line in unseen)
    assert right / len(unseen) >= 0.95
    strange = [line for line in unseen if line["text"] not in learnt]
    assert sum(intent(line["text"]) == line["intent"] for line in strange) / len(strange) >= 0.95


def test_an_example_has_one_meaning() -> None:
    texts = [text.casefold() for text, _ in examples()]
    assert sorted({text for text in texts if texts.count(text) > 1}) == []


@pytest.mark.parametrize("light", POWER.split())
def test_missing_light_is_never_a_bill_however_it_is_written(light: str) -> None:
    for no, come in product(NOT, ("aa rahi hai", "aayi", "hai", "आ रही है", "आई", "aa rahi subah se")):
        for before in ("", "recharge kiya ", "bill jama hai par "):
            assert intent(f"{before}{light} {no} {come}") == "complaint-supply"


@pytest.mark.parametrize(
    "bill", ["bill", "bil", "bijli bill", "bijli ka bill", "light ka bill", "बिल", "लाइट का बिल", "current bill"]
)
def test_a_missing_bill_is_never_missing_light(bill: str) -> None:
    for no, come in product(NOT, ("aaya", "mila", "आया", "मिला", "aa raha hai", "prapt hua")):
        assert intent(f"{bill} {no} {come}") == "complaint-bill-not-received"


@pytest.mark.parametrize("meter", ["meter ka", "meter me kitna", "prepaid meter ka", "smart meter ka", "मीटर का"])
def test_a_meters_balance_is_never_a_faulty_meter(meter: str) -> None:
    for balance, ask in product(("balance", "balans", "bailance", "बैलेंस"), ("", "batao", "kitna hai", "check karo")):
        assert intent(f"{meter} {balance} {ask}") == "balance"


@pytest.mark.parametrize("complaint", COMPLAINT.split())
def test_asking_about_a_complaint_is_never_registering_one(complaint: str) -> None:
    for ask in ("ka kya hua", "kahan tak pahunchi", "ki thi", "status", "का क्या हुआ", "kab theek hogi", "kar chuka hu"):
        assert intent(f"{complaint} {ask}") == "track"
    for ask in ("karni hai", "darj karni hai", "likho", "करनी है", "likhwani hai", "karna chahta hu"):
        assert intent(f"{complaint} {ask}") == "complaint"


def test_what_is_said_around_a_wish_does_not_change_it() -> None:
    for before, after in (("namaste sir ", ""), ("Hello. ", ""), ("", " please jaldi karo"), ("", " dhanyawad 🙏")):
        assert intent(f"{before}light nahi aa rahi hai{after}") == "complaint-supply"
        assert intent(f"{before}mera bill kitna hai{after}") == "bill"


def test_who_may_mean_two_things_is_asked_with_both() -> None:
    found = understand("naya meter")
    assert found.confidence < SURE
    assert found.likely == ("complaint-new-connection", "complaint-faulty-meter")


def test_who_is_understood_for_sure_is_not_asked() -> None:
    assert understand("mera bill kitna hai").likely == ()
    assert understand("mera bill kitna hai").confidence >= SURE


def test_a_reason_is_given_in_words() -> None:
    assert "power" in understand("bijli nahi aa rahi").why
    assert understand("2").why == "option 2"
    assert understand("recharge kiya light nahi aayi").why == "recharged, but no power: the supply, not the balance"


def test_danger_is_answered_before_every_other_wish() -> None:
    found = understand("bill kitna hai aur taar toot ke gir gaya hai")
    assert (found.intent, found.also, found.danger) == ("complaint-supply", ("bill",), True)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for contacting us! We will get back to you shortly.",
        "आपके संदेश के लिए धन्यवाद। हम जल्द ही आपसे संपर्क करेंगे।",
        "1. Bill\n2. Balance\n3. Complaint\n4. Track\n5. Contact\n6. Links",
    ],
)
def test_another_machine_is_recognised(text: str) -> None:
    assert understand(text) == Understood("other", confidence=1, why="another machine's message", automatic=True)


@pytest.mark.parametrize("text", ["thank you", "1. light nahi hai\n2. bill galat hai", "message ke bill ka kya hua"])
def test_a_person_is_no_machine(text: str) -> None:
    assert not understand(text).automatic
