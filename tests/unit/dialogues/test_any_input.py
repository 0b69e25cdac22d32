"""Whatever may be typed or sent, at whatever question: one answer or none, never an exception."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.schemas.messages import Choice, Content, Location, Media, Other, Text
from tests.unit.dialogues.world import DISCOMS, PREPAID, Phone, linked

BAD = {
    "empty": "",
    "blank": " \n\t ",
    "4,096 characters": "बिजली नहीं " * 372 + "हैहै",
    "500 digits": "1234567890" * 50,
    "mixed scripts": "мой bill कितना है 电费 فاتورة",
    "right to left": "\u202e0000001 ka bill\u202c \u200f1000000017",
    "joiners": "बि\u200dज\u200cली न\u200bहीं\u2060 है",
    "emoji": "😀😡🔥💡⚡👍🏽",
    "nul": "bill\0 kitna\0",
    "combining": "b" + "\u0301" * 400 + "ill",
    "a pasted bill": (
        "MVVNL BILL\nBill No 657123456789 Account ID 1000000017\nName RAM KUMAR\n"
        "Bill Date 05-11-2026 Due Date 20-11-2026\nPrev Rdg 4512 Curr Rdg 4720 Units 208\n"
        "Fixed 220.00 Energy 1144.00 ED 68.20\nArrear 0.00 Total 1432.20\n"
    )
    * 3,
    "another bot": "*ABC Bank*\n1. Balance\n2. Statement\n3. Cheques\n4. Loans\n5. Agent\nReply 1 for balance",
    "html": "<script>alert('bill')</script> {options} {0} %s",
    "address": "https://evil.example/bill?account=1000000017",
}
STATES: dict[str, Callable[[], Phone]] = {
    "new": Phone,
    "no language": lambda: Phone(context=Phone().context.model_copy(update={"language": None})),
    "linked": linked,
    "area asked": lambda: Phone().writes("1"),
    "unsure": lambda: Phone().writes("naya meter"),
    "account asked": lambda: Phone().writes("2"),
    "account wrong": lambda: Phone().writes("2").writes("12345"),
    "category": lambda: Phone().writes("4"),
    "where": lambda: Phone().writes("4").writes("1"),
    "where, connection": lambda: Phone().writes("4").writes("5"),
    "confirm": lambda: linked().writes("4").writes("1"),
    "change": lambda: linked().writes("4").writes("1").writes("nahi"),
    "registered": lambda: linked().writes("4").writes("1").writes("1"),
    "town assumed": lambda: Phone().writes("4").writes("1").pins(),
    "phone asked": lambda: Phone(number=None).writes("4").writes("1").writes("gaon Rampur"),
    "open one": lambda: linked().writes("4").writes("1").writes("1").writes("4").writes("1"),
    "shown": lambda: linked().writes("4").writes("1").writes("1").writes("5"),
    "danger": lambda: Phone().writes("taar toota hai"),
    "track, none": lambda: Phone().writes("5"),
    "closed discom": lambda: Phone(discom=DISCOMS["kesco"]),
}
contents: st.SearchStrategy[Content] = st.one_of(
    st.builds(Text, body=st.text(max_size=300)),
    st.builds(Text, body=st.text(alphabet="0123456789०१२३ -+bilमेटर\u200d\u202e", max_size=40)),
    st.builds(Choice, id=st.from_regex(r"(menu|billing|complaints|x)(:[a-z0-9-]{0,12}){0,3}", fullmatch=True)),
    st.builds(Location, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180)),
    st.builds(
        Media,
        media=st.sampled_from(["image", "video", "audio", "document", "sticker"]),
        media_id=st.just("1"),
        caption=st.none() | st.text(max_size=100),
    ),
    st.builds(Other, what=st.sampled_from(["contacts", "order", "unsupported"])),
)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_bad_input_is_answered_once_at_every_question(state: str, body: str) -> None:
    phone = STATES[state]()
    found = phone.sends(Text(body=body))
    assert len(found) <= 1
    machine = body == BAD["another bot"]
    assert machine or found, "only another machine gets no answer"
    assert len(phone.sends(Text(body="0"))) == 1, "the way out works afterwards"


@given(st.sampled_from(sorted(STATES)), st.lists(contents, min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_anything_at_any_question_gets_one_answer_at_most(state: str, said: list[Content]) -> None:
    phone = STATES[state]()
    for content in said:
        passes = phone.passes
        assert len(phone.sends(content)) <= 1
        assert phone.passes - passes <= 5, "never handed round for ever"
    assert len(phone.sends(Text(body="1000000017 ka bill"))) == 1


def test_a_pasted_bill_and_marks_still_show_the_account() -> None:
    assert "0017" in Phone().writes(BAD["a pasted bill"]).body
    assert "0017" in Phone().writes("2").writes(f"\u200f{PREPAID}\u200e").body
