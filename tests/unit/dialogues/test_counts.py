"""How many messages an errand takes, and how many bubbles: every bubble costs money, every message patience."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.unit.dialogues.world import FOREIGN, POSTPAID, PREPAID, ROOT, Phone, linked

MOST = 3
Do = str | Callable[[Phone], object]


@dataclass(frozen=True)
class Errand:
    """What people do for one errand, from the menu on, and by what it is known to be done."""

    name: str
    stranger: tuple[Do, ...]
    known: tuple[Do, ...]
    """The same where the account is linked."""
    done: str


def pin(phone: Phone) -> None:
    phone.pins()


def tap(title: str) -> Callable[[Phone], object]:
    return lambda phone: phone.taps(title)


NUMBER = "दर्ज हो गई: *MV"
ERRANDS = [
    Errand("service links", ("1", "1"), ("1",), "https://"),
    Errand("bill", ("2", PREPAID), ("2",), "का बिल ₹"),
    Errand("prepaid balance", ("3", PREPAID), ("3",), "बैलेंस ₹"),
    Errand("complaint: no power", ("4", "1", PREPAID), ("4", "1", "1"), NUMBER),
    Errand("complaint: no power, by place", ("4", "1", "गाँव रामपुर"), ("4", "1 गाँव रामपुर"), NUMBER),
    Errand("complaint: no power, by location", ("4", "1", pin), ("4", "1", "haan"), NUMBER),
    Errand("complaint: faulty meter", ("4", "2", POSTPAID), ("4", "2", "1"), NUMBER),
    Errand("complaint: wrong bill", ("4", "3", POSTPAID), ("4", "3", "1"), NUMBER),
    Errand("complaint: bill not received", ("4", "4", POSTPAID), ("4", "4", "1"), NUMBER),
    Errand("complaint: new connection", ("4", "5", "Indira Nagar, makan 22"), ("4", "5", "1"), NUMBER),
    Errand("complaint: account first", ("4", PREPAID, "3"), ("4", "3", "haan"), NUMBER),
    Errand("complaint: kind and account together", ("4", f"2 {PREPAID}"), ("4", f"2 {FOREIGN}"), NUMBER),
    Errand("complaint in words", ("light nahi hai", PREPAID), ("light nahi hai", "1"), NUMBER),
    Errand("complaint in words, by place", ("bijli nahi aa rahi Indira Nagar me",), ("bijli nahi hai", "1"), NUMBER),
    Errand("status, nothing registered", ("5",), ("5",), "कोई शिकायत दर्ज नहीं"),
    Errand("contacts", ("6",), ("6",), "1912"),
    Errand("a person to talk to", ("kisi se baat karni hai",), ("agent",), "10 से 5"),
    Errand("danger", ("taar toot kar gira hai",), ("khambe me current aa raha hai",), "दूर रहें"),
    Errand("the other language", ("English",), ("english me likho",), "We will write in English"),
    Errand("no more notices", ("stop",), ("message mat bhejo",), "START"),
]
AT_ONCE = [
    (f"{PREPAID} ka bill", "का बिल ₹"),
    (f"मेरा बिल बताइए {PREPAID}", "का बिल ₹"),
    (f"BILL {PREPAID}", "का बिल ₹"),
    (f"balance {PREPAID}", "बैलेंस ₹"),
    (PREPAID, "जुड़ गया"),
    (f"light nahi hai Indira Nagar {PREPAID}", NUMBER),
    (f"light nahi hai {PREPAID}", NUMBER),
    ("gaon Rampur me 2 din se bijli nahi hai", NUMBER),
    (f"NOPOWER {PREPAID}", NUMBER),
    (f"meter kharab hai {PREPAID}", NUMBER),
    (f"bill galat aaya hai {PREPAID}", NUMBER),
    (f"bill nahi mila {PREPAID}", NUMBER),
    ("PV22112600123 ka kya hua", "PV22112600123"),
    ("MV22112600123", "MV22112600123"),
    ("taar toota hai", "दूर रहें"),
    ("helpline number do", "1912"),
]


def play(phone: Phone, lines: tuple[Do, ...]) -> Phone:
    for line in lines:
        if callable(line):
            line(phone)
        else:
            phone.writes(line)
    return phone


def taken(errand: Errand, phone: Phone, lines: tuple[Do, ...]) -> tuple[int, int]:
    before, bubbles = phone.said, len(phone.bubbles)
    play(phone, lines)
    assert errand.done in phone.body, phone.body
    return phone.said - before, len(phone.bubbles) - bubbles


@pytest.mark.parametrize("errand", ERRANDS, ids=lambda errand: errand.name)
def test_an_errand_takes_three_messages_and_three_bubbles_at_most(errand: Errand) -> None:
    for phone, lines in ((Phone(), errand.stranger), (linked(), errand.known)):
        said, heard = taken(errand, phone, lines)
        assert said <= MOST and heard <= MOST
    hidden = taken(errand, Phone(number=None), errand.stranger)
    assert max(hidden) <= MOST, "asking for a hidden number comes after the answer"


@pytest.mark.parametrize(("words", "done"), AT_ONCE, ids=[words for words, _ in AT_ONCE])
def test_one_message_is_enough(words: str, done: str) -> None:
    for phone in (Phone(), linked(), Phone(number=None)):
        before = phone.said
        phone.writes(words)
        assert done in phone.body
        assert (phone.said - before, len(phone.bubbles)) == (1, 1)


@pytest.mark.parametrize("kind", range(1, 6))
@pytest.mark.parametrize("answer", ["1", "haan", "tap"])
def test_whoever_is_linked_registers_every_kind_in_three(kind: int, answer: str) -> None:
    phone = linked()
    before = phone.said
    play(phone, ("4", str(kind)))
    play(phone, (tap(phone.titles[0]) if answer == "tap" else answer,))
    assert phone.registered and (phone.said - before, len(phone.bubbles)) == (MOST, MOST)


@pytest.mark.parametrize("person", ["linked", "stranger"])
def test_one_more_complaint_beside_an_open_one_takes_three_as_well(person: str) -> None:
    phone = linked() if person == "linked" else Phone()
    play(phone, ("4", "1", "1") if person == "linked" else ("4", "1", PREPAID))
    phone.context = phone.context.model_copy(update={"account": None} if person == "stranger" else {})
    before, bubbles = phone.said, len(phone.bubbles)
    play(phone, ("4", "1", "2" if person == "linked" else "gaon Rampur"))
    assert len(phone.registered) == 2
    assert (phone.said - before, len(phone.bubbles) - bubbles) == (3, 3)
    play(phone, ("4", "1", "1"))
    assert "MV" in phone.body and len(phone.registered) == 2


def table() -> list[str]:
    """What each errand takes, as lines of a page."""
    lines = ["| errand | account not linked: messages · bubbles | linked |", "|---|---|---|"]
    for errand in ERRANDS:
        cells = (
            " · ".join(map(str, taken(errand, phone, its)))
            for phone, its in ((Phone(), errand.stranger), (linked(), errand.known))
        )
        lines.append(f"| {errand.name} | {' | '.join(cells)} |")
    return lines


def test_the_page_about_texts_holds_the_table_of_what_errands_take() -> None:
    page = (ROOT / "docs/texts.md").read_text("utf-8")
    lines = table()
    print("\n".join(lines))
    assert "\n".join(lines) in page, "write the table anew: python -m tests.unit.dialogues.test_counts"


if __name__ == "__main__":
    print("\n".join(table()))
