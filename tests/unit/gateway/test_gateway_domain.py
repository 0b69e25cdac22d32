"""Who hears a message, and which turn may change a context."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.schemas.dialogue import NOTICE_FLOOR, asks
from libs.schemas.messages import (
    Account,
    Choice,
    Content,
    Context,
    ContextPatch,
    Location,
    Media,
    Other,
    Service,
    Text,
)
from services.gateway.domain import Chat, holder, route

AT = datetime(2026, 11, 24, 13, 5, 7, tzinfo=UTC)
ACCOUNT = Account(account_id="1000000017", name="सु•••", area="rural", meter="prepaid")
OTHER_ACCOUNT = ACCOUNT.model_copy(update={"account_id": "1000000018"})


def chat(**fields: object) -> Chat:
    return Chat(chat_id="c", phone="919000000017", user_id=None, **fields)  # type: ignore[arg-type]


TAPS = [
    ("billing:bill", "billing"),
    ("complaints:new:supply", "complaints"),
    ("menu:links:urban", "menu"),
    ("recharge:now", "menu"),
    ("", "menu"),
]


@pytest.mark.parametrize(("id", "service"), TAPS)
def test_a_tap_goes_to_the_owner_its_id_names_whoever_holds_the_floor(id: str, service: Service) -> None:
    assert route(Choice(id=id), asks("complaints", AT)) == service
    assert route(Choice(id=id), None) == service


CONTENTS = [
    Text(body="1"),
    Media(media="image", media_id="m"),
    Location(latitude=1, longitude=2),
    Other(what="contacts"),
]


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.kind)
def test_anything_else_goes_to_who_asked_and_else_to_menu(content: Content) -> None:
    assert route(content, asks("billing", AT)) == "billing"
    assert route(content, None) == "menu"


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (timedelta(0), True),
        (timedelta(seconds=-2), True),
        (timedelta(seconds=-3), False),
        (timedelta(minutes=30, seconds=-1), True),
        (timedelta(minutes=30), False),
    ],
)
def test_an_answer_counts_from_the_question_with_two_seconds_of_slack_until_the_floor_runs_out(
    after: timedelta, holds: bool
) -> None:
    floor = asks("billing", AT)
    assert holder(floor, AT + after) == (floor if holds else None)
    assert holder(None, AT) is None


@pytest.mark.parametrize(("turn", "language"), [(4, "hi"), (5, "en"), (6, "en")])
def test_a_field_is_changed_by_an_equal_or_later_turn_only(turn: int, language: str) -> None:
    before = chat(context=Context(language="hi"), turns={"language": 5})
    after = before.patched(ContextPatch(language="en"), turn)
    assert after.context.language == language
    assert after.turns["language"] == max(5, turn)


def test_a_slow_answer_changes_what_is_its_own_and_leaves_what_is_newer() -> None:
    """The bill of turn 2 comes after the menu of turn 3, which took the floor away."""
    newer = chat().patched(ContextPatch(floor=None), 3)
    late = newer.patched(ContextPatch(account=ACCOUNT, floor=asks("billing", AT)), 2)
    assert late.context == Context(account=ACCOUNT)
    assert late.turns == {"floor": 3, "account": 2}


def test_a_patch_that_sets_nothing_or_nothing_new_leaves_the_very_chat() -> None:
    before = chat(turns={"area": 9})
    assert before.patched(ContextPatch(), 10) is before
    assert before.patched(ContextPatch(area="urban"), 8) is before


def test_clearing_is_a_change_too() -> None:
    before = chat(context=Context(account=ACCOUNT, area="rural"))
    assert before.patched(ContextPatch(account=None), 1).context == Context(area="rural")


def test_a_notice_takes_a_free_floor_and_changes_nothing_else() -> None:
    floor = asks("complaints", AT, NOTICE_FLOOR)
    patch = ContextPatch(floor=floor, account=OTHER_ACCOUNT, language="en")
    assert chat().noticed(patch, AT).context == Context(floor=floor)
    held = chat(context=Context(floor=asks("billing", AT)))
    assert held.noticed(patch, AT) is held
    assert held.noticed(patch, AT + timedelta(hours=1)).context.floor == floor, "nobody waits for that answer any more"
    assert floor.until - floor.since == timedelta(hours=24)


def test_messages_are_counted_and_the_latest_time_and_name_are_kept() -> None:
    first = chat().hears(AT, "सुनीता")
    late = first.hears(AT - timedelta(minutes=1), None)
    assert (first.turn, late.turn) == (1, 2)
    assert (late.last_message_at, late.name) == (AT, "सुनीता")
