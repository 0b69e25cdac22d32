"""The audit's judgement on small trails: each broken promise is found, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4, uuid5

import pytest

from libs.kit.audit import Findings, Seen, Tables, Trail, judge, table
from libs.kit.audit.tables import Sent, callback
from libs.schemas.events import NAMESPACE, root_event
from libs.schemas.messages import Received
from libs.schemas.topics import FACTS, INBOUND, RECEIVED, REPLIES

DAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CHAT = str(uuid4())


class World:
    """One chat that wrote twice, each answered once by menu, all as it should be."""

    def __init__(self) -> None:
        self.trail = Trail("mvvnl", NOW)
        self.tables = Tables(turns={CHAT: 2})
        self.messages = [self._written(turn) for turn in (1, 2)]
        self.replies = [self._answered(n) for n in (0, 1)]

    def _written(self, turn: int) -> Seen:
        root = self.received(turn)
        id = uuid5(root, "0")
        seen = Seen(id, "message.received", root, CHAT, 0, turn, DAY, NOW, "gateway", turn=turn)
        return self.add(INBOUND["menu"].pattern, seen)

    def _answered(self, n: int) -> Seen:
        cause = self.messages[n]
        id = uuid5(cause.id, "0")
        self.tables.sends[id] = Sent(n, "delivered", 0, callback(DAY, id))
        return self.add(REPLIES.pattern, Seen(id, "reply.requested", cause.root, CHAT, 0, n, DAY, NOW, "menu"))

    def received(self, offset: int, due: bool = True) -> UUID:
        """One more message as the webhook took it, which nobody has heard."""
        root = uuid4()
        seen = Seen(root, "update.received", root, "key", 0, offset, DAY, NOW, "gateway", due=due)
        return self.add(RECEIVED.pattern, seen).id

    def add(self, pattern: str, seen: Seen) -> Seen:
        self.trail.events[pattern][seen.id] = seen
        return seen

    def drop(self, pattern: str, id: UUID) -> "World":
        del self.trail.events[pattern][id]
        return self

    def swap(self, pattern: str) -> "World":
        """The second came before the first."""
        events = self.trail.events[pattern]
        first, second = events.values()
        self.trail.events[pattern] = {
            second.id: replace(second, offset=first.offset),
            first.id: replace(first, offset=second.offset),
        }
        return self

    def fact(self, number: str, root: UUID) -> "World":
        seen = Seen(uuid4(), "complaint.registered", root, number, 0, 0, DAY, NOW, "complaints")
        self.add(FACTS["complaints"].pattern, seen)
        return self

    @property
    def found(self) -> Findings:
        return judge(self.trail, self.tables)


def test_where_all_is_well_nothing_is_found() -> None:
    found = World().found
    assert found.clean and found.settled
    assert (found.accepted, found.effects, found.due, found.arrived) == (2, 2, 2, 2)


LOSSES: dict[str, Callable[[World], object]] = {
    "the router has not handled it": lambda w: w.tables.unhandled.add(w.messages[0].root),
    "no service got it": lambda w: (
        w.drop(INBOUND["menu"].pattern, w.messages[1].id),
        w.drop(REPLIES.pattern, w.replies[1].id),
        w.tables.turns.update({CHAT: 1}),
    ),
    "menu has not handled it": lambda w: w.tables.unhandled.add(w.messages[0].id),
    "no reply was published": lambda w: w.drop(REPLIES.pattern, w.replies[1].id),
    "the sender has not handled it": lambda w: w.tables.unhandled.add(w.replies[0].id),
    "the ledger does not know this reply": lambda w: w.tables.sends.pop(w.replies[0].id),
    "decided, but not known to be in Kafka": lambda w: w.tables.outbox.update({uuid4(): "mvvnl.gateway.replies.v1"}),
    "WhatsApp said read, the ledger says delivered": lambda w: w.trail.statuses.update(
        {callback(DAY, w.replies[0].id): "read"}
    ),
    "no such complaint": lambda w: w.fact("MV1", uuid4()),
    "the fact of this complaint was not published": lambda w: w.tables.complaints.update({"MV1": uuid4()}),
}


@pytest.mark.parametrize("why", LOSSES)
def test_what_is_lost_is_found(why: str) -> None:
    world = World()
    LOSSES[why](world)
    found = world.found
    assert list(found.lost.values()) == [why]
    assert not (found.twice or found.disordered)


def test_what_is_parked_is_not_lost_and_a_late_or_silent_message_is_not_due() -> None:
    world = World()
    world.tables.unhandled.add(world.messages[0].root)
    world.tables.parked.add(world.messages[0].root)
    world.received(9, due=False)
    assert world.found.clean and world.found.accepted == 2 and world.found.parked == 1


def test_every_message_is_answered_withheld_or_parked_and_each_is_counted() -> None:
    world = World()
    withheld = world.drop(REPLIES.pattern, world.replies[1].id).messages[1]
    assert not world.found.clean
    world.add(REPLIES.pattern, replace(world.replies[1], id=uuid5(withheld.id, "0"), type="reply.withheld"))
    world.tables.parked.add(world.received(3))
    found = world.found
    assert found.clean and (found.accepted, found.answered, found.withheld, found.parked, found.due) == (3, 1, 1, 1, 1)


def test_a_page_that_the_router_gives_out_itself_is_an_answer_and_has_its_turn() -> None:
    world = World()
    root = world.received(3)
    page = Seen(uuid5(root, "0"), "reply.requested", root, CHAT, 0, 3, DAY, NOW, "gateway", turn=3)
    world.add(REPLIES.pattern, page)
    world.tables.sends[page.id] = Sent(3, "delivered", 0, callback(DAY, page.id))
    world.tables.turns[CHAT] = 3
    found = world.found
    assert found.clean and (found.accepted, found.effects, found.answered) == (3, 3, 3)


def test_who_takes_a_message_back_before_anybody_heard_it_gets_no_answer() -> None:
    world = World()
    world.trail.withdrawn.add(world.received(3))
    assert world.found.clean and (world.found.accepted, world.found.withheld) == (3, 1)
    # this one had been heard
    world.trail.withdrawn.add(world.messages[1].root)
    world.drop(REPLIES.pattern, world.replies[1].id)
    assert list(world.found.lost.values()) == ["no reply was published"]


def test_what_is_taken_back_is_known_by_the_id_of_its_event() -> None:
    value = {"messages": [{"type": "revoke", "from": "1", "revoke": {"original_message_id": "wamid.1"}}]}
    update = Received(discom="mvvnl", phone_number_id="7", field="messages", value=value, received_at=NOW)
    event = root_event(uuid4(), "update.received", "mvvnl/gateway", NOW, "key", update)
    trail = Trail("mvvnl", NOW)
    record = {"headers": event.headers(), "value": event.value(), "key": b"key", "topic": "t"}
    trail.take(RECEIVED.pattern, SimpleNamespace(**record, partition=0, offset=0, timestamp=0))
    assert trail.withdrawn == {uuid5(NAMESPACE, "7wamid.1")} and not trail.received[event.id].due


TWICE: dict[str, Callable[[World], object]] = {
    "two messages of this chat have the same turn": lambda w: w.add(
        INBOUND["menu"].pattern, replace(w.messages[1], turn=1)
    ),
    "a turn of this chat belongs to no message": lambda w: (
        w.add(INBOUND["menu"].pattern, replace(w.messages[1], turn=3)),
        w.tables.turns.update({CHAT: 3}),
    ),
    "the gateway counted more messages of this chat than there are": lambda w: w.tables.turns.update({CHAT: 3}),
    "the message that made it made MV1 before": lambda w: (
        w.fact("MV1", w.messages[0].root),
        w.fact("MV2", w.messages[0].root),
        w.tables.complaints.update({"MV1": uuid4(), "MV2": uuid4()}),
    ),
    "one confirmation made MV1, too": lambda w: (
        w.fact("MV1", w.messages[0].root),
        w.fact("MV2", w.messages[1].root),
        w.tables.complaints.update(dict.fromkeys(("MV1", "MV2"), uuid4())),
    ),
    "another content": lambda w: w.trail.contradictions.update({uuid4(): "another content"}),
}


@pytest.mark.parametrize("why", TWICE)
def test_what_happened_twice_is_found(why: str) -> None:
    world = World()
    TWICE[why](world)
    assert list(world.found.twice.values()) == [why] and not world.found.lost


ORDERS: dict[str, Callable[[World], object]] = {
    "turns are not in the order of arrival": lambda w: w.swap(RECEIVED.pattern),
    "menu heard a later message before an earlier one": lambda w: (
        w.swap(INBOUND["menu"].pattern),
        w.swap(REPLIES.pattern),
        w.tables.sends.update({w.replies[n].id: replace(w.tables.sends[w.replies[n].id], n=9 - n) for n in (0, 1)}),
    ),
    "menu answered a later message before an earlier one": lambda w: (
        w.swap(REPLIES.pattern),
        w.tables.sends.update({w.replies[n].id: replace(w.tables.sends[w.replies[n].id], n=9 - n) for n in (0, 1)}),
    ),
    "the ledger has replies in another order than Kafka": lambda w: w.tables.sends.update(
        {w.replies[n].id: replace(w.tables.sends[w.replies[n].id], n=9 - n) for n in (0, 1)}
    ),
}


@pytest.mark.parametrize("why", ORDERS)
def test_what_is_out_of_order_is_found(why: str) -> None:
    world = World()
    ORDERS[why](world)
    assert world.found.disordered == {CHAT: why} and not (world.found.lost or world.found.twice)


def test_a_finding_is_what_was_there_both_times() -> None:
    now, before = Findings("d", lost={"a": "x", "b": "y"}), Findings("d", lost={"b": "z", "c": "y"})
    assert now.confirmed(before).lost == {"b": "y"}


@pytest.mark.parametrize(
    ("send", "holds", "why"),
    [
        (Sent(0, "sending", 1, ""), {}, "its turn has come"),
        (Sent(0, "queued", 0, "", later=True), {}, "it is tried again by itself"),
        (Sent(0, "queued", 0, "", later=True), {"": "190: token"}, "is held (190: token): put it right with Meta"),
        (Sent(0, "queued", 0, ""), {"": "190: token"}, "`make lift DISCOM=mvvnl`"),
        (Sent(0, "queued", 0, "", "bill/hi"), {"bill/hi": "paused"}, "the template bill/hi is held (paused)"),
        (Sent(0, "queued", 0, "", "bill/hi"), {"bill": "paused"}, "`make lift DISCOM=mvvnl TEMPLATE=bill/hi`"),
        (Sent(0, "queued", 0, "", "bill/hi"), {"other": "paused"}, "its turn has come"),
    ],
)
def test_what_stays_in_the_ledger_is_named_with_what_to_do_and_is_not_lost(
    send: Sent, holds: dict[str, str], why: str
) -> None:
    world = World()
    id = world.replies[0].id
    world.tables.sends[id], world.tables.holds = send, holds
    found = replace(world.found, seconds=61)
    assert found.lost == {} and found.unsent == 1 and not found.clean and not found.settled
    told = table([found]).splitlines()[-1]
    assert told.startswith(f"mvvnl: unsent for longer than 61 s: 1 ({id}): ") and why in told


def test_only_what_is_unsent_at_both_looks_is_stuck() -> None:
    now, before = Findings("d", unsent=2, stuck={"a": "x", "b": "y"}), Findings("d", stuck={"b": "y", "c": "y"})
    assert now.confirmed(before).stuck == {"b": "y"} and now.confirmed(before).unsent == 2
    assert now.confirmed(Findings("d")).clean
