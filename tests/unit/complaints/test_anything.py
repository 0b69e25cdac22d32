"""Whatever comes in whatever order, also while billing is being asked, has an answer."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.schemas.dialogue import Pass, Quiet, Say
from libs.schemas.messages import Context, Other
from services.complaints.domain import CATEGORIES
from tests.unit.complaints.consumer import ACCOUNT, Consumer, linked, with_complaint

WORDS = (
    "1", "2", "3", "4", "9", "हाँ", "nahi", "ok", "light nahi hai", "meter kharab hai", "1234567890", "12345", "?",
    "गाँव रामपुर", "Indira Nagar mandir ke paas", "bill kitna hai", "menu", "status", "light aa gayi", "pata nahi", "👍",
    "transformer se dhuan nikal raha hai", "naya connection chahiye", "rural", "1 1234567890", "x" * 1500,
)  # fmt: skip
INTENTS = ("complaint", "track", *(f"complaint-{category}" for category in CATEGORIES))
TAPS = (
    "complaints:new", "complaints:new:supply", "complaints:track", "complaints:confirm:KEY",
    "complaints:change:KEY:where", "complaints:change:KEY:category", "complaints:another:KEY",
    "complaints:area:MV26112600001:rural",
    "complaints:solved:MV26112600001", "complaints:unsolved:MV26112600001", "complaints:add:MV26112600001",
    "complaints:x", "menu:home",
)  # fmt: skip

Step = Callable[[Consumer], object]


def _tapped(what: str) -> Step:
    """On a bubble of any age, so about any draft there is."""

    def tap(consumer: Consumer) -> object:
        keys = [str(key) for key in consumer.chat.drafts] or ["gone"]
        return consumer.taps_id(what.replace("KEY", keys[0]))

    return tap


def _offered(number: int) -> Step:
    def tap(consumer: Consumer) -> object:
        options = consumer.reply.options if consumer.bubbles else ()
        return consumer.taps_id(options[number % len(options)].id) if options else consumer.writes("1")

    return tap


def _answered_by_billing(found: bool) -> Step:
    """At once or after the person wrote more: billing gives back what it was last asked."""

    def back(consumer: Consumer) -> None:
        if consumer.turn and isinstance(consumer.turn.move, Pass) and consumer.turn.move.to == "billing":
            consumer.billing_links(ACCOUNT if found else None)

    return back


STEPS: st.SearchStrategy[Step] = st.one_of(
    st.sampled_from(WORDS).map(lambda words: lambda c: c.writes(words)),
    st.sampled_from(TAPS).map(_tapped),
    st.integers(0, 9).map(_offered),
    st.tuples(st.sampled_from(INTENTS), st.sampled_from(WORDS), st.sampled_from([None, "1234567890"])).map(
        lambda asked: lambda c: c.comes_with(asked[0], asked[1], account_id=asked[2])
    ),
    st.booleans().map(_answered_by_billing),
    st.sampled_from(["image", "audio"]).map(lambda kind: lambda c: c.shows(kind)),
    st.just(lambda c: c.pins()),
    st.just(lambda c: c.sends(Other(what="sticker"))),
    st.sampled_from([0.1, 30]).map(lambda hours: lambda c: c.later(hours=hours)),
)


def while_billing_is_asked() -> Consumer:
    """Somebody who was asked what it is about, and sent an account ID."""
    consumer = Consumer(Context(language="hi")).taps_id("complaints:new").writes("1234567890")
    assert (consumer.passed.to, consumer.passed.account_id) == ("billing", "1234567890")
    return consumer


PEOPLE: tuple[Callable[[], Consumer], ...] = (
    lambda: Consumer(Context()), linked, with_complaint, while_billing_is_asked
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PEOPLE), st.lists(STEPS, min_size=1, max_size=12))
def test_whatever_comes_is_answered(person: Callable[[], Consumer], steps: list[Step]) -> None:
    consumer = person()
    for step in steps:
        step(consumer)
        assert consumer.turn is None or isinstance(consumer.turn.move, Say | Pass | Quiet)


@pytest.mark.parametrize("words", ["नमस्ते", "mandir ke paas", "12345", "?"])
def test_who_writes_on_while_billing_is_asked_for_the_account_is_asked_what_it_is_about(words: str) -> None:
    consumer = while_billing_is_asked().writes(words)
    assert consumer.reply.options[0].id == f"complaints:new:{CATEGORIES[0]}"
    consumer.writes("2").writes("1")
    assert [complaint.category for complaint in consumer.complaints] == [CATEGORIES[1]]
