"""Registering: few messages, nothing asked that is known, every step answers whatever comes."""

from datetime import timedelta

import pytest

from libs.schemas.dialogue import Pass, Say
from libs.schemas.messages import Choice, Context, Media, Other, Text
from services.complaints.domain import CATEGORIES, SUBTYPES, Step, resolve
from tests.unit.complaints.consumer import ACCOUNT, Consumer, linked, with_complaint

LONG = "बिजली " * 682 + "नहीं"


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("language", ["hi", "en"])
def test_with_a_linked_account_three_messages_from_the_menu_lead_to_the_number(category: str, language: str) -> None:
    consumer = linked(language=language).comes_with("complaint")
    consumer.writes(str(CATEGORIES.index(category) + 1)).writes("1")
    [complaint] = consumer.complaints
    assert complaint.category == category
    assert complaint.number == "MV26112600001" in consumer.body
    assert consumer.said == 3


def test_words_with_an_account_are_registered_at_once() -> None:
    consumer = Consumer().comes_with(
        "complaint-supply", "light nahi hai Indira Nagar 1234567890", account_id="1234567890"
    )
    assert (consumer.passed.to, consumer.passed.intent, consumer.passed.account_id) == ("billing", "link", "1234567890")
    consumer.billing_links()
    assert "दर्ज हो गई: *MV26112600001*" in consumer.body and "…7890" in consumer.body
    [complaint] = consumer.complaints
    assert (complaint.account_id, complaint.account_linked, complaint.area) == ("1234567890", True, "urban")
    assert "Indira Nagar" in (complaint.place or "")


def test_words_that_name_the_place_and_what_happened_need_nothing_more() -> None:
    consumer = Consumer(Context(language="hi", area="rural")).comes_with(
        "complaint-supply", "gaon Rampur me transformer jal gaya"
    )
    assert "दर्ज हो गई" in consumer.body and "ट्रांसफार्मर खराब" in consumer.body
    assert consumer.complaints[0].subtype == "transformer"


def test_who_wants_a_connection_is_asked_before_a_complaint_is_made_of_it() -> None:
    consumer = Consumer().comes_with("complaint-new-connection", "naya connection chahiye Rampur gaon me")
    assert consumer.complaints == [] and "यह शिकायत दर्ज होगी" in consumer.body
    late = Consumer().comes_with("complaint-new-connection", "connection ke liye apply kiya tha nahi mila gaon Rampur")
    assert late.complaints[0].subtype == "delayed"


@pytest.mark.parametrize(
    "where", ["Rampur, mandir ke paas", "गाँव रामपुर", "Indira Nagar", "unnao me civil lines", "pin"]
)
def test_without_an_account_a_place_in_words_or_a_pin_is_enough(where: str) -> None:
    consumer = Consumer().comes_with("complaint-supply", "light nahi hai")
    assert consumer.reply.ask_location and "दर्ज हो जाएगी" in consumer.body
    consumer = consumer.pins() if where == "pin" else consumer.writes(where)
    [complaint] = consumer.complaints
    assert complaint.number in consumer.body and complaint.account_id is None
    assert complaint.place == where or complaint.latitude == 26.85
    assert where in consumer.body or "📍" in consumer.body, "what was understood is repeated"


def test_words_that_may_be_anything_are_shown_before_they_are_registered() -> None:
    consumer = Consumer().comes_with("complaint-supply", "light nahi hai").writes("asdf jkl")
    assert consumer.complaints == [] and "asdf jkl" in consumer.body and "यह शिकायत दर्ज होगी" in consumer.body


@pytest.mark.parametrize(
    ("where", "area"), [("गाँव रामपुर", "rural"), ("gram Rampur, mandir", "rural"), ("शहर, सिविल लाइन्स चौराहा", "urban")]
)
def test_town_or_village_is_heard_in_the_place_and_kept_by_the_chat(where: str, area: str) -> None:
    consumer = Consumer().taps_id("complaints:new:supply").writes(where)
    assert consumer.complaints[0].area == area == consumer.context.area
    assert "शहर मानकर" not in consumer.body


@pytest.mark.parametrize("answer", ["2", "गाँव", "gaon me hai", "tap"])
def test_an_area_that_nobody_told_is_assumed_said_and_mended_with_one_word(answer: str) -> None:
    consumer = Consumer().taps_id("complaints:new:supply").pins()
    assert "शहर मानकर" in consumer.body and consumer.complaints[0].area == "urban" and consumer.context.area is None
    consumer = consumer.taps("गाँव में है") if answer == "tap" else consumer.writes(answer)
    [complaint] = consumer.complaints
    assert (complaint.area, complaint.hours, consumer.context.area) == ("rural", 24, "rural")
    assert complaint.due_at == complaint.registered_at + timedelta(hours=24) == complaint.next_at
    consumer.writes("2")
    assert consumer.complaints[0].area == "rural"


def test_an_account_id_may_come_before_the_kind_of_complaint_or_with_it() -> None:
    consumer = Consumer().comes_with("complaint").writes("मेरा खाता 1234567890 है")
    assert consumer.passed.errand == "complaints:new"
    assert consumer.billing_links().body.startswith("किस बात की शिकायत है?") and "चुनते ही" in consumer.body
    assert "दर्ज हो गई" in consumer.writes("1").body and consumer.said == 3
    together = Consumer().comes_with("complaint").writes("2 1234567890").billing_links()
    assert together.complaints[0].category == "faulty-meter" and together.said == 2
    place = Consumer().comes_with("complaint").writes("3 गाँव रामपुर")
    assert (place.complaints[0].category, place.complaints[0].area) == ("bill-correction", "rural")


def test_a_number_at_the_head_of_a_sentence_is_no_choice_from_the_list() -> None:
    consumer = Consumer().comes_with("complaint").writes("2 din se light nahi hai Indira Nagar me")
    assert consumer.complaints[0].category == "supply"


def test_whose_number_is_hidden_is_asked_for_it_after_the_number_of_the_complaint() -> None:
    def registered() -> Consumer:
        consumer = Consumer(phone=None).taps_id("complaints:new:supply").writes("गाँव रामपुर")
        assert consumer.complaints[0].phone is None and consumer.complaints[0].number in consumer.body
        assert consumer.reply.ask_contact and not consumer.titles
        return consumer

    shared = registered()
    shared.phone = "919812345678"
    assert shared.sends(Other(what="contacts")).complaints[0].phone == "919812345678"
    assert "नंबर मिल गया" in shared.body
    assert registered().writes("mera number 98123 45678 hai").complaints[0].phone == "919812345678"
    again = shared.taps_id("complaints:new:faulty-meter").writes("गाँव रामपुर")
    assert again.complaints[0].phone == "919812345678" and not again.reply.ask_contact, "asked for once"
    refused = registered().writes("nahi dena")
    assert refused.complaints[0].phone is None and "नंबर के बिना भी दर्ज है" in refused.body
    told = registered().writes("do din se nahi hai")
    assert told.changes[-1].entry.kind == "added" and len(told.complaints) == 1
    assert registered().sends(Other(what="contacts")).complaints[0].phone is None, (
        "a card of somebody else proves nothing"
    )


def test_what_is_told_after_the_number_came_is_added_and_thanks_are_not() -> None:
    consumer = with_complaint().writes("bachche pareshan hain, jaldi kijiye")
    assert "जोड़ दिया" in consumer.body and consumer.changes[-1].entry.text.startswith("bachche")
    for said in ("धन्यवाद", "ok", "haan"):
        assert with_complaint().writes(said).passed.to == "menu"
    for number, to in (("2", "billing"), ("6", "menu"), ("5", "complaints")):
        other = with_complaint().writes(number)
        assert to == ("complaints" if other.turn and isinstance(other.turn.move, Say) else other.passed.to)


def test_a_question_asked_in_vain_three_times_ends_with_who_helps() -> None:
    for consumer in at_every_step():
        asked = consumer.turn and consumer.turn.dialogue
        if asked and asked.step is Step.SHOWN:
            continue  # nothing was asked
        for _ in range(4):
            consumer.sends(Other(what="unsupported"))
            if consumer.context.floor is None:
                break
        assert "1912" in consumer.body and consumer.context.floor is None, asked


def test_who_tells_ever_more_is_heard_but_not_answered_for_ever() -> None:
    consumer = with_complaint()
    for n in range(20):
        consumer.writes(f"aur suniye baat {n}")
    assert len(consumer.bubbles) < 12
    assert sum(change.entry.kind == "added" for change in consumer.changes) == 20


def test_another_machine_is_not_answered_and_the_question_stays() -> None:
    for consumer in at_every_step():
        before = len(consumer.bubbles)
        step = consumer.turn and consumer.turn.dialogue and consumer.turn.dialogue.step
        consumer.writes("Thank you for contacting ABC Store. We will get back to you shortly.")
        assert len(consumer.bubbles) == before
        assert consumer.turn and consumer.turn.dialogue and consumer.turn.dialogue.step is step


def test_billing_that_does_not_know_the_account_keeps_nobody_from_complaining() -> None:
    consumer = (
        Consumer(Context(language="hi", area="urban")).taps_id("complaints:new:faulty-meter").writes("1234567890")
    )
    consumer.billing_links(None)
    assert "दर्ज हो गई" in consumer.body
    assert (consumer.complaints[0].account_id, consumer.complaints[0].account_linked) == ("1234567890", False)


def test_details_a_photo_and_a_pin_are_taken_into_what_will_be_registered() -> None:
    consumer = linked().taps_id("complaints:new:supply").writes("subah 7 baje se, chhote bachche hain")
    assert "subah 7 baje se" in consumer.body
    consumer.shows(caption="देखिए").pins()
    assert "📷 फोटो: 1" in consumer.body and "📍" in consumer.body
    consumer.writes("haan")
    [complaint] = consumer.complaints
    assert complaint.description == "subah 7 baje se, chhote bachche hain\nदेखिए"
    assert (complaint.photos, complaint.longitude) == (("media-1",), 80.95)


@pytest.mark.parametrize(
    "words",
    ["गली नंबर 4, मंदिर के पास", "office ke paas", "मकान नंबर 22", "JE phone nahi utha raha", "balance khatam ho gaya tha"],
)
def test_what_is_told_about_a_complaint_is_no_errand_elsewhere(words: str) -> None:
    consumer = linked().taps_id("complaints:new:supply").writes(words)
    assert words in consumer.body
    place = Consumer(Context(language="hi", area="urban")).taps_id("complaints:new:supply").writes(words)
    assert words in place.body


@pytest.mark.parametrize(
    ("words", "to", "intent"), [("mera bill kitna hai", "billing", "bill"), ("balance batao", "billing", "balance")]
)
def test_what_plainly_asks_for_something_else_is_handed_over_and_the_button_still_works(
    words: str, to: str, intent: str
) -> None:
    consumer = linked().taps_id("complaints:new:supply")
    confirm = consumer.reply.options[1].id
    assert (consumer.writes(words).passed.to, consumer.passed.intent) == (to, intent)
    consumer.taps_id(confirm)
    assert consumer.complaints[0].subtype == "area"


@pytest.mark.parametrize(
    ("said", "to"), [("0", "menu"), ("मेनू", "menu"), ("english", "menu"), ("stop", "menu"), ("agent", "menu")]
)
def test_signals_are_heard_at_every_step(said: str, to: str) -> None:
    for consumer in at_every_step():
        assert consumer.writes(said).passed.to == to


def at_every_step() -> list[Consumer]:
    """A consumer at each question that complaints may ask."""
    waiting = with_complaint()
    [complaint] = waiting.complaints
    solved = with_complaint()
    solved.officer(resolve(solved.complaints[0], "mvvnl.officer", "काम पूरा", solved.now))
    found = [
        linked().comes_with("complaint"),
        Consumer(Context(language="hi", area="urban")).taps_id("complaints:new:supply"),
        Consumer(Context(language="hi", area="urban")).taps_id("complaints:new:new-connection"),
        linked().taps_id("complaints:new:supply"),
        linked().taps_id("complaints:new:bill-not-received"),
        linked().taps_id("complaints:new:supply").writes("nahi"),
        with_complaint().taps_id("complaints:new:supply"),
        Consumer().taps_id("complaints:track"),
        waiting.taps_id(f"complaints:add:{complaint.number}"),
        solved.taps_id(f"complaints:show:{complaint.number}"),
        with_complaint().taps_id("complaints:track"),
        Consumer().taps_id("complaints:new:supply").pins(),
        Consumer(phone=None).taps_id("complaints:new:supply").pins(),
    ]
    steps = {consumer.turn.dialogue.step for consumer in found if consumer.turn and consumer.turn.dialogue}
    assert steps == set(Step)
    return found


@pytest.mark.parametrize(
    "content",
    [
        Media(media="audio", media_id="voice"), Media(media="sticker", media_id="s"), Text(body="🙏"), Text(body=""),
        Text(body="   "), Text(body=LONG), Text(body="99"), Other(what="contacts"), Other(what="reaction"),
    ],
    ids=["voice", "sticker", "emoji", "empty", "blank", "4096", "no such option", "contact card", "reaction"],
)  # fmt: skip
def test_what_a_step_cannot_use_gets_its_question_again_in_one_sentence_with_the_way_to_the_menu(
    content: Media | Text | Other,
) -> None:
    for consumer in at_every_step():
        assert consumer.turn and consumer.turn.dialogue
        step, titles = consumer.turn.dialogue.step, consumer.titles
        consumer.sends(content)
        if isinstance(consumer.turn.move, Pass):
            assert step is Step.SHOWN or content == Text(body="🙏"), "an answer to nothing, or thanks: that is menu's"
            continue
        assert consumer.turn.dialogue and consumer.turn.dialogue.step is step, step
        assert "0 लिखें" in consumer.body and "\n" not in consumer.body, step
        if step not in (Step.TRACK, Step.SOLVED, Step.AREA, Step.PHONE):
            assert consumer.titles == titles
        assert consumer.context.floor and consumer.context.floor.service == "complaints"
    assert len(LONG) == 4096


def test_a_button_works_for_as_long_as_it_is_on_the_phone_and_registers_once() -> None:
    consumer = linked().taps_id("complaints:new:faulty-meter")
    confirm = consumer.reply.options[0].id
    consumer.taps_id("complaints:track").later(days=7)
    consumer.taps_id(confirm).taps_id(confirm)
    assert len(consumer.complaints) == 1 and "पहले ही दर्ज है" in consumer.body


def test_two_confirmations_of_one_errand_are_one_complaint_whichever_is_tapped() -> None:
    consumer = linked().taps_id("complaints:new:supply")
    first = consumer.reply.options[0].id
    second = consumer.writes("subah se").reply.options[3].id
    consumer.taps_id(second).taps_id(first)
    assert [complaint.subtype for complaint in consumer.complaints] == ["recharged"]


def test_a_yes_typed_twice_before_the_answer_was_read_is_one_complaint() -> None:
    consumer = linked().taps_id("complaints:new:supply")
    before = consumer.context
    consumer.writes("haan")
    consumer.context = before
    assert "पहले ही दर्ज है" in consumer.writes("haan").body
    consumer.context = before
    assert "जोड़ दिया" in consumer.writes("gali me andhera hai").body
    assert len(consumer.complaints) == 1


def test_an_open_complaint_is_offered_instead_of_a_second_one() -> None:
    consumer = with_complaint().comes_with("complaint-supply", "light nahi hai")
    assert "पहले से दर्ज है" in consumer.body and consumer.titles[:2] == ["स्थिति देखें", "नई दर्ज करें"]
    assert consumer.writes("1").body.startswith("*MV26112600001*")
    consumer.taps_id("complaints:new:supply").writes("2")
    assert [complaint.subtype for complaint in consumer.complaints] == ["other", "house"]


def test_who_is_not_linked_sends_the_place_of_one_more_complaint_at_once() -> None:
    consumer = Consumer().taps_id("complaints:new:supply").writes("गाँव रामपुर").taps_id("complaints:new:supply")
    assert "पहले से दर्ज है" in consumer.body and "जगह या अकाउंट आईडी" in consumer.body
    assert [complaint.place for complaint in consumer.writes("gaon Devpur").complaints] == ["gaon Devpur", "गाँव रामपुर"]


def test_another_kind_or_another_account_is_another_complaint() -> None:
    consumer = with_complaint().taps_id("complaints:new:faulty-meter")
    assert "यह शिकायत दर्ज होगी" in consumer.body
    other = ACCOUNT.model_copy(update={"account_id": "1234500000"})
    consumer.context = consumer.context.model_copy(update={"account": other})
    assert "यह शिकायत दर्ज होगी" in consumer.taps_id("complaints:new:supply").body


def test_what_will_be_registered_can_be_changed_or_dropped() -> None:
    consumer = linked().taps_id("complaints:new:supply").writes("pankha dheere chalta hai").writes("nahi")
    assert consumer.body.startswith("अभी कुछ दर्ज नहीं हुआ है")
    consumer.writes("1").taps("2. मीटर खराब").taps("3. मीटर तेज चलता है")
    assert (consumer.complaints[0].category, consumer.complaints[0].subtype) == ("faulty-meter", "fast")
    consumer.taps_id("complaints:new:supply").writes("बदलना है")
    consumer = linked().taps_id("complaints:new:supply").taps("कुछ बदलना है").taps("रहने दें")
    assert consumer.complaints == [] and "कुछ दर्ज नहीं" in consumer.body


def test_a_button_from_before_a_change_shows_what_will_be_registered_now() -> None:
    consumer = linked().taps_id("complaints:new:supply")
    old = consumer.reply.options[0].id
    consumer.taps("कुछ बदलना है").taps("शिकायत का प्रकार").taps("2. मीटर खराब").taps_id(old)
    assert consumer.complaints == [] and "खराब मीटर" in consumer.body


def test_danger_is_registered_before_any_question_with_the_safety_rule_first() -> None:
    consumer = Consumer().comes_with("danger", "taar gir gaya hai sadak par", danger=True)
    [complaint] = consumer.complaints
    assert (complaint.priority, complaint.danger, complaint.subtype) == (0, True, "danger")
    assert consumer.body.startswith("⚠ *दूर रहें") and "1912" in consumer.body and complaint.number in consumer.body
    consumer.pins().writes("hanuman mandir ke paas")
    assert consumer.complaints[0].latitude == 26.85
    assert [change.entry.kind for change in consumer.changes] == ["registered", "added", "added"]
    consumer.comes_with("danger", "chingari nikal rahi hai", danger=True)
    assert len(consumer.complaints) == 1 and consumer.body.startswith("⚠")


def test_danger_said_in_the_middle_of_a_complaint_is_heard_first() -> None:
    consumer = linked().taps_id("complaints:new:faulty-meter").writes("meter me aag lag gayi hai bachao")
    assert consumer.body.startswith("⚠") and consumer.complaints[0].priority == 0


def test_the_deadline_follows_kind_and_area_and_says_when_it_is_provisional() -> None:
    assert "26 नवंबर, 8:01 pm* तक (अस्थायी" in with_complaint("supply").body
    firm = with_complaint("new-connection")
    assert "3 दिसंबर, 12:01 pm* तक" in firm.body and "अस्थायी" not in firm.body
    rural = linked(area="rural").taps_id("complaints:new:supply").writes("1")
    assert rural.complaints[0].hours == 24


def test_every_subtype_can_be_picked_by_number_and_by_tap() -> None:
    for category, subtypes in SUBTYPES.items():
        for place, subtype in enumerate(subtypes, 1):
            typed = linked().taps_id(f"complaints:new:{category}").writes(str(place))
            tapped = linked().taps_id(f"complaints:new:{category}")
            tapped.sends(Choice(id=tapped.reply.options[place - 1].id))
            assert [typed.complaints[0].subtype, tapped.complaints[0].subtype] == [subtype, subtype]


def test_ids_of_long_ago_or_of_nobody_start_anew_politely() -> None:
    for id in ("complaints:confirm:nonsense", "complaints:old:thing", "complaints:new:street-lights", "complaints:"):
        assert "शिकायत" in linked().taps_id(id).body
    assert linked().taps_id("menu:home").passed.to == "menu"
