"""Who answers what, how a message is handed over, and how a context changes."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from libs.language import Intent, Understood
from libs.language.meaning import SignalKind
from libs.schemas.dialogue import (
    ERRANDS,
    FLOOR,
    Pass,
    asks,
    hand_over,
    holds_floor,
    owner_of,
    pass_on,
    pass_signal,
    six_options,
)
from libs.schemas.messages import (
    MAX_HOPS,
    Account,
    Context,
    ContextPatch,
    Floor,
    Language,
    Message,
    Sender,
    Service,
    Text,
)

AT = datetime(2026, 11, 24, 13, 5, 7, tzinfo=UTC)
ACCOUNT = Account(account_id="1000000017", name="सु•••", area="rural", meter="prepaid")


def message(**fields: object) -> Message:
    base = Message(
        discom="mvvnl", chat_id="c", turn=3, at=AT, sender=Sender(user_id="IN.17"), content=Text(body="बिल"),
        context=Context(language="hi", area="urban"),
    )  # fmt: skip
    return base.model_copy(update=fields)


OWNERS: dict[Service, set[str]] = {
    "menu": {
        "links", "contacts", "menu", "greeting", "language-change", "human", "stop/opt-out", "start/opt-in", "other",
    },
    "billing": {"bill", "balance"},
    "complaints": {
        "complaint", "complaint-supply", "complaint-faulty-meter", "complaint-bill-correction",
        "complaint-bill-not-received", "complaint-new-connection", "track",
    },
}  # fmt: skip


@pytest.mark.parametrize("intent", get_args(Intent))
def test_every_intent_of_the_language_has_one_owner(intent: str) -> None:
    assert [service for service, intents in OWNERS.items() if intent in intents] == [owner_of(intent)]


@pytest.mark.parametrize(("intent", "owner"), [("link", "billing"), ("danger", "complaints"), ("unheard of", "menu")])
def test_intents_that_only_services_use_have_an_owner_too(intent: str, owner: Service) -> None:
    assert owner_of(intent) == owner


@pytest.mark.parametrize("errand", ERRANDS)
def test_the_six_options_are_owned_by_the_service_their_id_names(errand: str) -> None:
    owner, _, what = errand.partition(":")
    intent = {"new": "complaint"}.get(what, what)
    assert owner_of(intent) == owner


def test_the_list_shows_the_six_options_and_the_way_to_the_other_language() -> None:
    pairs: tuple[tuple[Language, Language], ...] = (("hi", "en"), ("en", "hi"))
    for language, other in pairs:
        rows = six_options(language)
        assert [row.id for row in rows] == [*ERRANDS, f"menu:language:{other}"]


WISHES = [
    (Understood("bill", account_id="1000000017"), Pass("billing", "bill", "1000000017")),
    (Understood("links"), Pass("menu", "links")),
    (Understood("track", complaint_number="MV1"), Pass("complaints", "track", None, "MV1")),
    (Understood("bill", danger=True), Pass("complaints", "danger", None, None, True)),
    (Understood("other", complaint_number="MV1"), Pass("complaints", "track", None, "MV1")),
    (Understood("bill", complaint_number="MV1"), Pass("billing", "bill", None, "MV1")),
    (Understood("other"), Pass("menu", "other")),
]


@pytest.mark.parametrize(("wish", "expected"), WISHES)
def test_a_wish_goes_to_its_owner_with_the_numbers_that_were_said(wish: Understood, expected: Pass) -> None:
    assert pass_on(wish) == expected


@pytest.mark.parametrize("kind", get_args(SignalKind))
def test_a_signal_goes_to_menu_but_danger_to_complaints(kind: str) -> None:
    move = pass_signal(kind, Understood("bill", account_id="1000000017"))
    assert move.to == ("complaints" if kind == "danger" else "menu")
    assert move.danger is (kind == "danger")
    assert move.account_id == ("1000000017" if kind == "danger" else None)
    assert owner_of(move.intent) == move.to


def test_a_hand_over_takes_along_what_was_understood_and_the_own_patch() -> None:
    move = Pass(
        "complaints", "errand", account_id="1000000017", errand="complaints:new:supply",
        patch=ContextPatch(floor=None, account=ACCOUNT, area="rural"),
    )  # fmt: skip
    to, handed = hand_over(
        "billing", message(context=message().context.model_copy(update={"floor": floor("billing")})), move
    )
    assert to == "complaints"
    assert handed.handed and (handed.handed.by, handed.handed.hops, handed.handed.intent) == ("billing", 1, "errand")
    assert (handed.handed.account_id, handed.handed.errand) == ("1000000017", "complaints:new:supply")
    assert handed.context == Context(language="hi", account=ACCOUNT, area="rural", floor=None)
    assert (handed.turn, handed.at, handed.content, handed.sender) == (3, AT, Text(body="बिल"), Sender(user_id="IN.17"))


def test_after_four_hand_overs_menu_answers_with_its_menu() -> None:
    passed, receivers = message(), []
    for by in ("menu", "billing", "complaints", "menu", "billing"):
        to, passed = hand_over(by, passed, Pass("complaints", "track", complaint_number="MV1"))
        receivers.append(to)
    assert MAX_HOPS == 4
    assert receivers == ["complaints"] * 4 + ["menu"]
    assert passed.handed and passed.handed.intent == "menu"


def floor(service: Service) -> Floor:
    return asks(service, AT)


def test_the_floor_is_held_for_thirty_minutes_after_the_message_it_answers() -> None:
    assert floor("menu") == Floor(service="menu", since=AT, until=AT + timedelta(minutes=30)) and FLOOR.seconds == 1800
    mine = message(context=Context(floor=floor("menu")))
    assert holds_floor("menu", mine) and not holds_floor("billing", mine) and not holds_floor("menu", message())


FIELDS: dict[str, Any] = {"language": "en", "account": ACCOUNT, "area": "rural", "floor": floor("billing")}


@pytest.mark.parametrize(("name", "value"), FIELDS.items())
def test_a_patch_changes_what_it_sets_clears_what_it_sets_to_none_and_leaves_the_rest(name: str, value: Any) -> None:
    full = Context(**FIELDS)
    assert ContextPatch(**{name: value}).applied_to(Context()) == Context(**{name: value})
    cleared = ContextPatch(**{name: None}).applied_to(full)
    assert cleared == full.model_copy(update={name: None})


@pytest.mark.parametrize(("name", "value"), FIELDS.items())
def test_a_patch_travels_as_the_fields_it_sets_only(name: str, value: Any) -> None:
    for patch in (ContextPatch(**{name: value}), ContextPatch(**{name: None}), ContextPatch()):
        again = ContextPatch.model_validate_json(patch.model_dump_json())
        assert again == patch and again.model_fields_set == patch.model_fields_set
    assert ContextPatch().model_dump_json() == "{}"
    assert ContextPatch(floor=None).model_dump_json() == '{"floor":null}'


def test_patches_follow_one_another_in_any_number() -> None:
    context = Context()
    for patch in (
        ContextPatch(language="hi"),
        ContextPatch(floor=floor("menu"), area="urban"),
        ContextPatch(floor=None),
    ):
        context = patch.applied_to(context)
    assert context == Context(language="hi", area="urban")
