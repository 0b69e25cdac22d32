"""Before a complaint is registered: accounts, kinds and photos that change or come late lose and mix up nothing."""

import pytest

from libs.schemas.messages import Context
from services.complaints.domain.reading import says_mended
from tests.unit.complaints.consumer import ACCOUNT, Consumer, linked


def test_an_account_that_could_not_be_linked_is_not_taken_for_the_one_that_is() -> None:
    consumer = linked(area="rural").comes_with("complaint-supply", "light nahi hai 1000000025", account_id="1000000025")
    consumer.billing_links(None)
    [complaint] = consumer.complaints
    assert (complaint.account_id, complaint.account_linked) == ("1000000025", False)
    assert complaint.area == "urban", "the shorter deadline where nobody has told"


def test_another_account_than_the_one_asked_for_may_be_linked_in_the_end() -> None:
    consumer = Consumer(Context(language="hi")).taps_id("complaints:new:supply").writes("1000000025").billing_links()
    assert (consumer.complaints[0].account_id, consumer.complaints[0].account_linked) == (ACCOUNT.account_id, True)


def test_a_kind_of_complaint_that_changes_while_billing_is_asked_leaves_no_subtype_behind() -> None:
    consumer = Consumer().comes_with("complaint-faulty-meter", "meter band hai gaon Rampur me")
    assert consumer.complaints[0].subtype == "stopped"
    consumer.comes_with("complaint-supply", "light nahi hai 1000000025", account_id="1000000025")
    errand, asked = consumer.turn, consumer.message
    consumer.comes_with("complaint-faulty-meter", "meter band hai")
    consumer.turn, consumer.message = errand, asked
    consumer.billing_links(None)
    assert "MV2611260000" in consumer.body


def test_a_photo_of_danger_is_heard_while_a_question_is_open() -> None:
    consumer = Consumer().taps_id("complaints:new:supply").shows(caption="taar toot kar sadak par gira hai")
    [complaint] = consumer.complaints
    assert (complaint.danger, complaint.photos) == (True, ("media-1",))
    assert consumer.reply.urgent


def test_who_tells_more_line_by_line_is_answered_every_time() -> None:
    consumer = linked().taps_id("complaints:new:supply")
    for line in ("subah 7 baje se", "sirf mere ghar me nahi", "chhote bachche hain", "JE phone nahi utha raha"):
        assert "शिकायत दर्ज होगी" in consumer.writes(line).body
    assert "दर्ज हो गई" in consumer.writes("haan").body


@pytest.mark.parametrize("step", ["where", "confirm"])
def test_an_album_loses_no_photo_and_ends_no_question(step: str) -> None:
    consumer = (Consumer() if step == "where" else linked()).taps_id("complaints:new:supply")
    for n in range(9):
        consumer.shows(media_id=f"photo-{n}")
    asked = len(consumer.bubbles)
    assert asked < 7, "not asked after each"
    consumer.writes("gaon Rampur" if step == "where" else "1")
    if not consumer.complaints:
        consumer.writes("1")
    assert consumer.complaints[0].photos == tuple(f"photo-{n}" for n in range(4, 9))


@pytest.mark.parametrize(
    ("words", "over"),
    [
        ("light aa gayi", True),
        ("theek ho gaya dhanyavad", True),
        ("लाइट आ गई", True),
        ("lineman ne theek kar diya tha phir kharab ho gaya", False),
        ("light aa gayi thi phir chali gayi, gaon Rampur", False),
        ("लाइट आ गई थी फिर चली गई", False),
        ("light aa gayi par voltage kam hai", False),
    ],
)
def test_what_was_mended_and_broke_again_is_not_mended(words: str, over: bool) -> None:
    assert says_mended(words) == over
