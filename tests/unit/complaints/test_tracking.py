"""Tracking: one's own only; solved or not is the consumer's word; levels and notices."""

from datetime import datetime, timedelta

import pytest

from libs.kit.texts import IST
from libs.schemas.messages import Context
from services.complaints.domain import (
    LEVELS,
    Complaint,
    close,
    may_be_told_at,
    note,
    notice_of,
    number_of,
    reopen,
    resolve,
    still_true,
    take,
    tick,
)
from services.complaints.domain.reading import names_place, subtype_of
from services.complaints.telling import reply_of
from tests.unit.complaints.consumer import NOON, Consumer, linked, with_complaint


def complaint(category: str = "supply") -> Complaint:
    return with_complaint(category).complaints[0]


def test_my_complaints_are_one_shown_at_once_or_several_to_choose_from() -> None:
    assert "कोई शिकायत दर्ज नहीं" in Consumer().comes_with("track").body
    consumer = with_complaint()
    assert consumer.comes_with("track").body.startswith("*MV26112600001*: *दर्ज*")
    consumer.taps_id("complaints:new:faulty-meter").writes("1")
    consumer.comes_with("track")
    assert consumer.titles == ["MV26112600002", "MV26112600001"]
    assert consumer.writes("2").body.startswith("*MV26112600001*")


def test_a_number_is_found_in_words_and_another_ones_is_like_none() -> None:
    consumer = with_complaint()
    number = consumer.complaints[0].number
    assert consumer.comes_with("track", complaint_number=number).body.startswith(f"*{number}*")
    stranger = Consumer()
    answers = [
        stranger.comes_with("track", complaint_number=asked).body.replace(asked, "")
        for asked in (number, "MV01012600001", "PV26112600001")
    ]
    assert len(set(answers)) == 1
    assert "MV26112600009" in stranger.writes("MV 261126 00009 ka kya hua").body


def test_a_complaint_is_closed_by_its_consumer_and_opened_again_by_its_consumer() -> None:
    consumer = with_complaint()
    number = consumer.complaints[0].number
    consumer.taps_id(f"complaints:solved:{number}")
    assert consumer.complaints[0].status == "closed"
    consumer.taps("नहीं, हल नहीं हुई")
    [reopened] = consumer.complaints
    assert (reopened.status, reopened.level, reopened.priority) == ("reopened", "SDO", 1)
    assert "उपखंड अधिकारी" in consumer.body
    consumer.taps_id(f"complaints:unsolved:{number}")
    assert consumer.complaints[0].version == reopened.version, "a second no changes nothing"


def test_a_typed_yes_or_no_answers_the_officers_question() -> None:
    for said, status in (("haan", "closed"), ("1", "closed"), ("nahi", "reopened"), ("2", "reopened")):
        consumer = with_complaint()
        consumer.officer(resolve(consumer.complaints[0], "o", "काम पूरा", consumer.now))
        consumer.taps_id(f"complaints:show:{consumer.complaints[0].number}").writes(said)
        assert consumer.complaints[0].status == status


@pytest.mark.parametrize(
    ("said", "status"), [("haan", "closed"), ("1", "closed"), ("nahi", "reopened"), ("नहीं", "reopened")]
)
def test_a_typed_yes_or_no_answers_a_push(said: str, status: str) -> None:
    consumer = with_complaint()
    consumer.officer(resolve(consumer.complaints[0], "o", "काम पूरा", consumer.now)).is_pushed("resolved").writes(said)
    assert consumer.complaints[0].status == status


def test_a_yes_to_a_push_confirms_no_complaint_that_was_being_told_before_it() -> None:
    consumer = with_complaint().taps_id("complaints:new:faulty-meter")
    consumer.context = consumer.context.model_copy(update={"floor": None})  # the consumer went to the menu
    consumer.officer(resolve(consumer.complaints[0], "o", "काम पूरा", consumer.now)).is_pushed("resolved").writes("haan")
    assert [complaint.status for complaint in consumer.complaints] == ["closed"]


def test_a_yes_that_could_mean_two_complaints_is_asked_which() -> None:
    consumer = with_complaint().taps_id("complaints:new:faulty-meter").writes("1")
    for one in consumer.complaints:
        consumer.officer(resolve(one, "o", "काम पूरा", consumer.now))
    consumer.is_pushed("resolved").writes("haan")
    assert consumer.body.startswith("किस शिकायत की बात है?") and len(consumer.titles) == 2
    assert {one.status for one in consumer.complaints} == {"resolved"}
    picked = consumer.writes("2").body
    assert "MV26112600001" in picked or "MV26112600002" in picked
    consumer.writes("1")
    assert sorted(one.status for one in consumer.complaints) == ["closed", "resolved"]
    assert consumer.chat.complaints[next(n for n in consumer.chat.complaints if n in picked)].status == "closed"


def test_a_yes_to_a_complaint_that_is_shown_is_about_that_one() -> None:
    consumer = with_complaint().taps_id("complaints:new:faulty-meter").writes("1")
    for one in consumer.complaints:
        consumer.officer(resolve(one, "o", "काम पूरा", consumer.now))
    consumer.later(minutes=1).taps_id("complaints:show:MV26112600001").writes("haan")
    assert consumer.chat.complaints["MV26112600001"].status == "closed"
    assert consumer.chat.complaints["MV26112600002"].status == "resolved"


@pytest.mark.parametrize("said", ["ok thanks", "theek hai", "👍", "2", "nahi", "no"])
def test_what_is_said_to_a_new_complaint_answers_no_question_about_an_old_one(said: str) -> None:
    consumer = with_complaint()
    consumer.officer(resolve(consumer.complaints[0], "o", "काम पूरा", consumer.now)).later(days=9)
    consumer.taps_id("complaints:new:faulty-meter").writes("1").writes(said)
    assert consumer.chat.complaints["MV26112600001"].status == "resolved"


def test_a_yes_right_after_a_push_counts_though_a_complaint_was_registered_before_it() -> None:
    consumer = with_complaint()
    old = consumer.complaints[0]
    consumer.taps_id("complaints:new:faulty-meter").writes("1")
    consumer.later(minutes=1).officer(resolve(old, "o", "काम पूरा", consumer.now)).writes("haan")
    assert consumer.chat.complaints[old.number].status == "closed"


def test_nobody_but_the_consumer_closes_a_complaint() -> None:
    one = complaint()
    moves = [take(one, "o"), note(one, "o", "x"), resolve(one, "o", "x", NOON), tick(one, NOON + timedelta(days=99))]
    assert all(change and change.after.status != "closed" for change in moves)
    resolved = resolve(one, "o", "काम पूरा", NOON)
    assert resolved
    late = tick(resolved.after, NOON + timedelta(days=99))
    assert late and (late.after.status, late.after.unconfirmed, late.after.next_at) == ("resolved", True, None)
    assert tick(late.after, NOON + timedelta(days=999)) is None, "reminded once"


@pytest.mark.parametrize(
    ("hours", "level"), [(0, "JE"), (8, "SDO"), (15, "SDO"), (16, "XEN"), (24, "CGRF"), (999, "CGRF")]
)
def test_each_span_past_the_deadline_is_a_level_up_to_the_forum(hours: int, level: str) -> None:
    one = complaint()
    change = tick(one, one.registered_at + timedelta(hours=hours))
    assert (change.after.level if change else one.level) == level
    if change and level == LEVELS[-1]:
        assert tick(change.after, one.registered_at + timedelta(hours=9999)) is None


def test_a_level_is_reached_at_most_once() -> None:
    one, seen = complaint(), []
    for hours in range(200):
        if change := tick(one, one.registered_at + timedelta(hours=hours)):
            one = change.after
            seen.append(one.level)
    assert seen == ["SDO", "XEN", "CGRF"]


def test_a_reopened_complaint_has_a_new_deadline_and_goes_before_the_others() -> None:
    resolved = resolve(complaint(), "o", "काम पूरा", NOON)
    assert resolved
    again = reopen(resolved.after, 2, NOON + timedelta(hours=30))
    assert again and again.after.due_at == again.after.next_at == NOON + timedelta(hours=38)
    assert again.after.priority < complaint().priority
    top = close(resolved.after, 2)
    assert top and reopen(top.after, 3, NOON)


@pytest.mark.parametrize(
    ("at", "told"),
    [((26, 8, 0), (26, 8, 0)), ((26, 20, 59), (26, 20, 59)), ((26, 21, 0), (27, 8, 0)), ((26, 7, 59), (26, 8, 0)),
     ((26, 0, 0), (26, 8, 0))],
)  # fmt: skip
def test_nobody_is_woken_by_a_notice(at: tuple[int, int, int], told: tuple[int, int, int]) -> None:
    now = datetime(2026, 11, *at, tzinfo=IST)
    assert may_be_told_at(now, now - timedelta(hours=1)) == datetime(2026, 11, *told, tzinfo=IST)
    assert may_be_told_at(now, now - timedelta(minutes=59)) == now, "who wrote just now is awake"


def test_a_notice_says_the_same_as_its_template_and_asks_where_it_asks() -> None:
    one = complaint()
    for kind in ("in-progress", "note", "resolved", "reminder", "escalated"):
        notice = notice_of(kind, one, "तार\nजोड़ा    गया", NOON)
        reply = reply_of("mvvnl", one, notice, NOON)
        assert one.number in reply.body and reply.template and reply.template.parameters[0] == one.number
        assert not any("\n" in parameter or "    " in parameter for parameter in reply.template.parameters)
        assert (reply.context is not None) == (kind in ("resolved", "reminder"))
        assert len(reply.body) < 1024 and all(len(option.title) <= 20 for option in reply.options)


def test_a_notice_that_waited_is_dropped_once_it_is_settled() -> None:
    one = complaint()
    resolved, closed = resolve(one, "o", "x", NOON), close(one, 2)
    assert resolved and closed
    assert still_true("resolved", resolved.after, "") and not still_true("resolved", closed.after, "")
    assert still_true("escalated", one, one.level) and not still_true("escalated", resolved.after, one.level)
    assert not still_true("in-progress", resolved.after, "") and not still_true("note", closed.after, "")


def test_of_two_levels_reached_in_one_night_the_last_is_told() -> None:
    one = complaint()
    first = tick(one, one.registered_at + timedelta(hours=one.hours))
    assert first
    second = tick(first.after, one.registered_at + timedelta(hours=2 * one.hours))
    assert second and (first.entry.text, second.entry.text) == ("SDO", "XEN")
    waited = [still_true("escalated", second.after, change.entry.text) for change in (first, second)]
    assert waited == [False, True]


def test_the_longest_bubbles_fit_a_phone() -> None:
    consumer = linked().taps_id("complaints:new:bill-not-received").writes("शब्द " * 199).pins().shows()
    assert len(consumer.body) < 1024
    consumer.writes("haan")
    consumer.officer(note(consumer.complaints[0], "o", "अ" * 500))
    assert len(consumer.taps_id(f"complaints:show:{consumer.complaints[0].number}").body) < 1024


def test_a_number_is_letters_day_and_at_least_five_digits() -> None:
    assert number_of("PV", NOON.date(), 7) == "PV26112600007"
    assert number_of("PV", NOON.date(), 123_456) == "PV261126123456"


@pytest.mark.parametrize(
    ("category", "words", "subtype"),
    [
        ("supply", "recharge kiya light nahi aayi", "recharged"),
        ("supply", "pure mohalle me andhera hai", "area"),
        ("supply", "पूरे गाँव में बिजली नहीं", "area"),
        ("supply", "sirf mere ghar me light nahi", "house"),
        ("supply", "low voltage hai", "voltage"),
        ("supply", "ट्रांसफार्मर फुंक गया है", "transformer"),
        ("supply", "khambe par taar dhila hai", "line"),
        ("supply", "light nahi hai", None),
        ("faulty-meter", "meter tez chal raha hai", "fast"),
        ("faulty-meter", "मीटर जल गया है", "burnt"),
        ("faulty-meter", "मीटर की सील टूटी है", "seal"),
        ("faulty-meter", "mitar kharab h", None),
        ("bill-correction", "bill zyada aaya hai is baar", "high"),
        ("bill-correction", "reading 500 hai bill me 5000 likha hai", "reading"),
        ("bill-correction", "payment kar diya update nahi hua", "payment"),
        ("new-connection", "connection ke liye apply kiya tha 1 mahine ho gaya", "delayed"),
        ("new-connection", "एस्टीमेट जमा कर दिया फिर भी कनेक्शन नहीं दिया", "charges"),
        ("bill-not-received", "bill nahi mila", None),
    ],
)
def test_the_words_tell_what_is_wrong(category: str, words: str, subtype: str | None) -> None:
    assert subtype_of(category, words) == subtype  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("light nahi hai Indira Nagar", True), ("gaon Rampur me bijli nahi", True), ("ग्राम रामपुर", True),
        ("गोमती नगर में बिजली नहीं", True), ("मेस्टन रोड की लाइट गायब है", True), ("sector 7", True),
        ("light nahi hai", False), ("pure gaon me andhera hai", False), ("गाँव में बिजली नहीं है", False),
        ("bijli nahi aa rahi", False),
    ],
)  # fmt: skip
def test_a_place_is_known_by_its_name(words: str, place: bool) -> None:
    assert names_place(words) == place


def test_a_chat_without_a_language_is_answered_in_that_of_its_words() -> None:
    consumer = Consumer(Context()).comes_with("complaint-supply", "there is no power in my house")
    assert consumer.reply.context and consumer.reply.context.language == "en"
