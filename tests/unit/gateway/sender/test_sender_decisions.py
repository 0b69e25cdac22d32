"""The 24-hour window, templates, who gets no notices; what each refusal means; what Meta says of accounts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from libs.schemas.discom import Discom, TemplateRule, load
from libs.schemas.messages import Received, Reply, Sender, Template
from services.gateway.sender.account import Alert, Learn, change
from services.gateway.sender.account import Free as Freed
from services.gateway.sender.dispatcher import Dispatcher
from services.gateway.sender.holds import Holds
from services.gateway.sender.provider import Accepted, Unknown, _accepted
from services.gateway.sender.refusals import Again, Drop, Held, Unreachable, after, again_after
from services.gateway.sender.window import AsTemplate, Free, Never, shape
from services.gateway.store import BULK, NOTICE, REPLY, URGENT, Hold, Send, unwanted
from services.gateway.whatsapp import failure_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEMPLATE = Template(name="complaint_update", language="hi", parameters=("MV1", "today"))


def bubble(*, notice: bool = True, template: Template | None = TEMPLATE, heard: float | None = 30, **more: Any) -> Send:
    """A bubble for somebody who wrote so many hours ago."""
    reply = Reply(discom="mvvnl", chat_id="c", turn=1, at=NOW, service="menu", body="x", template=template)
    last = NOW - heard * HOUR if heard is not None else None
    return Send(NOW.date(), uuid4(), "c", notice, reply, Sender(phone="910000000001"), last_message_at=last, **more)


@pytest.fixture
def discom() -> Discom:
    return load(Path(__file__).parents[4] / "deploy/discoms/mvvnl.toml")


@pytest.mark.parametrize(("hours", "form"), [(0, Free), (23.9, Free), (24, AsTemplate), (30, AsTemplate)])
def test_a_notice_is_free_text_within_24_hours_and_its_template_after_that(hours: float, form: type) -> None:
    assert isinstance(shape(bubble(heard=hours), NOW, {}), form)


def test_a_notice_to_somebody_who_never_wrote_is_a_template() -> None:
    assert isinstance(shape(bubble(heard=None), NOW, {}), AsTemplate)


def test_without_a_template_nothing_is_sent_outside_the_window() -> None:
    assert shape(bubble(template=None), NOW, {}) == Never("window_closed")


def test_an_answer_is_as_young_as_the_message_it_answers() -> None:
    assert isinstance(shape(bubble(notice=False, template=None, heard=None), NOW, {}), Free)
    assert shape(bubble(notice=False, template=None, heard=None), NOW + 25 * HOUR, {}) == Never("window_closed")


def test_whatsapps_word_counts_more_than_the_clock() -> None:
    assert isinstance(shape(bubble(heard=0, closed=True), NOW, {}), AsTemplate)
    assert shape(bubble(heard=0, closed=True, template=None), NOW, {}) == Never("window_closed")


@pytest.mark.parametrize("why", ["stopped", "unreachable"])
def test_who_wants_or_can_get_no_notices_still_gets_answers(why: str) -> None:
    assert shape(bubble(heard=0, unwanted=why), NOW, {}) == Never(why)
    assert isinstance(shape(bubble(heard=0, unwanted=why, notice=False), NOW, {}), Free)


@pytest.mark.parametrize("notice", [True, False])
def test_nobody_gets_what_was_meant_for_a_number_that_changed_hands(notice: bool) -> None:
    send = bubble(heard=0, notice=notice)
    send.to = Sender()
    assert shape(send, NOW, {}) == Never("left")


def test_who_writes_again_can_be_reached_again() -> None:
    assert unwanted(False, NOW, NOW - HOUR) == "unreachable"
    assert unwanted(False, NOW, None) == "unreachable"
    assert unwanted(False, NOW, NOW + HOUR) is None
    assert unwanted(True, None, NOW) == "stopped"


def test_a_template_goes_under_the_discoms_name_language_and_parameters() -> None:
    rule = TemplateRule(name="mv_update_2", languages={"hi": "hi", "en": "en_US"}, parameters=(2,))
    form = shape(bubble(), NOW, {"complaint_update": rule})
    assert isinstance(form, AsTemplate)
    assert form.reply.template == Template(name="mv_update_2", language="hi", parameters=("today",))
    assert form.key == "mv_update_2/hi"


@pytest.mark.parametrize("id", ["x" * 3000, "", None, 7.5, {}])
def test_an_acceptance_under_an_id_that_no_table_can_hold_is_of_unknown_outcome(id: object) -> None:
    assert _accepted(json.dumps({"messages": [{"id": id}]}).encode()) == Unknown()
    assert _accepted(b'{"messages": ["wamid.1"]}') == Unknown()
    assert _accepted(b'{"messages": [{"id": "wamid.1"}]}') == Accepted("wamid.1")


async def test_a_dispatcher_that_is_stopping_claims_nothing_more() -> None:
    """What it claimed would be taken for a call of unknown outcome by whoever comes next."""
    dispatcher = Dispatcher(None, None, None, None, "m", Holds(None, "m"))  # type: ignore[arg-type]
    assert dispatcher.idle("a chat")
    await dispatcher.stop()
    assert not dispatcher.idle("a chat")


def test_bulk_is_a_class_of_its_own() -> None:
    send = bubble()
    assert send.priority == NOTICE and bubble(notice=False).priority == REPLY
    send.reply = send.reply.model_copy(update={"bulk": True})
    assert send.priority == BULK


def test_danger_is_a_class_of_its_own_whatever_else_it_is() -> None:
    send = bubble(notice=False)
    send.reply = send.reply.model_copy(update={"urgent": True})
    assert send.priority == URGENT


def decided(code: int, send: Send, template: bool = False, retry_after: float | None = None) -> object:
    failure = failure_of(code)
    assert failure
    if retry_after:
        failure = replace(failure, retry_after=retry_after)
    form = AsTemplate(send.reply, TEMPLATE) if template else Free(send.reply)
    return after(send, failure, form, 0.0)


def test_what_passes_is_tried_again_after_1_4_16_and_64_seconds() -> None:
    waits = [decided(131000, bubble(attempts=attempt)) for attempt in (1, 2, 3, 4, 5)]
    assert waits == [Again(1.0), Again(4.0), Again(16.0), Again(64.0), Again(64.0)]


def test_a_wait_that_whatsapp_asks_for_is_kept_and_a_wait_for_the_number_is_everybodys() -> None:
    assert decided(131056, bubble(attempts=1), retry_after=30.0) == Again(30.0)
    assert decided(130429, bubble(attempts=1), retry_after=30.0) == Again(0, whole_number=30.0)


def test_a_closed_window_means_the_template_or_nothing() -> None:
    assert decided(131047, bubble()) == Again(0)
    assert decided(131047, bubble(template=None)) == Drop()
    assert decided(131047, bubble(), template=True) == Drop()


def test_a_hold_is_of_what_the_error_is_about() -> None:
    assert decided(131048, bubble()) == Held(Hold("number", "WhatsApp answers 131048: hold_number"))
    assert decided(190, bubble()) == Held(Hold("number", "WhatsApp answers 190: token"))
    paused = decided(132015, bubble(), template=True)
    assert paused == Held(Hold("template", "WhatsApp answers 132015: hold_number", "complaint_update/hi"))


def test_not_before_24_hours_a_few_times_and_only_as_a_template() -> None:
    assert decided(131049, bubble()) == Again(24 * 3600.0)
    assert decided(131049, bubble(requeues=3)) == decided(131049, bubble(template=None)) == Drop()


def test_who_cannot_be_reached_is_marked_and_our_own_mistakes_alert() -> None:
    assert decided(131026, bubble()) == decided(130403, bubble()) == Unreachable()
    assert decided(131021, bubble()) == Drop()
    assert decided(132000, bubble()) == Drop(alert=True)


@pytest.mark.parametrize(
    ("code", "seconds", "template"),
    [
        (131000, 60.0, False),
        (131048, 60.0, False),
        (131047, 60.0, True),
        (131049, 86400.0, True),
        (131026, None, False),
    ],
)
def test_what_failed_after_having_been_taken_is_tried_again_where_that_helps(
    code: int, seconds: float | None, template: bool
) -> None:
    failure = failure_of(code)
    assert failure and again_after(failure) == (seconds, template)


def told(field: str, number_id: str = "", **value: object) -> Received:
    return Received(discom="", phone_number_id=number_id, field=field, value=value, received_at=NOW)


def test_a_template_is_held_and_freed_as_meta_says(discom: Discom) -> None:
    named: dict[str, Any] = {"message_template_name": "complaint_update", "message_template_language": "hi"}
    for word in ("PAUSED", "DISABLED", "REJECTED", "FLAGGED"):
        assert change(told("message_template_status_update", event=word, **named), "1", discom) == Hold(
            "template", f"template {word}", "complaint_update/hi"
        )
    for word in ("APPROVED", "REINSTATED", "UNPAUSED"):
        found = change(told("message_template_status_update", event=word, **named), "1", discom)
        assert found == Freed(template="complaint_update/hi")
    assert change(told("message_template_status_update", event="PENDING", **named), "1", discom) is None
    assert change(told("message_template_status_update", event="PAUSED"), "1", discom) is None


def test_a_rate_is_learned_for_the_number_it_is_said_of_and_for_no_other(discom: Discom) -> None:
    ours: dict[str, Any] = {"display_phone_number": f"+91 {discom.number[:5]} {discom.number[5:]}"}
    upgrade = told("phone_number_quality_update", event="THROUGHPUT_UPGRADE", **ours)
    assert change(upgrade, "1", discom) == Learn(1000)
    other = told("phone_number_quality_update", event="THROUGHPUT_UPGRADE", display_phone_number="919999999999")
    assert change(other, "1", discom) is None
    assert change(told("phone_number_quality_update", event="FLAGGED", **ours), "1", discom) == Hold(
        "number", "number FLAGGED"
    )


def test_another_account_is_not_ours_where_the_file_names_ours(discom: Discom) -> None:
    ours = discom.model_copy(update={"waba_id": "77777"})
    ban = told("account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": "DISABLE"})
    assert change(ban, "77777", ours) == Hold("waba", "account banned")
    assert change(ban, "88888", ours) is None
    ban = told("account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": ["DISABLE"]})
    assert change(ban, "77777", ours) == Hold("waba", "account banned"), "also where Meta lists the state"
    warning = told("account_update", event="DISABLED_UPDATE", ban_info={"waba_ban_state": ["SCHEDULE_FOR_DISABLE"]})
    assert isinstance(change(warning, "77777", ours), Alert)


@pytest.mark.parametrize("value", [None, 7, [], {}, "x" * 999, "words of somebody", "a\0b"])
@pytest.mark.parametrize("field", ["message_template_status_update", "phone_number_quality_update", "account_update"])
def test_no_update_is_too_odd(field: str, value: object, discom: Discom) -> None:
    for key in ("event", "ban_info", "message_template_name", "display_phone_number"):
        assert not isinstance(change(told(field, "", **{key: value}), "1", discom), Hold)
