"""What a trail and its tables say about the promises: lost, done twice, out of order. Pure."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from libs.kit.audit.tables import Tables
from libs.kit.audit.trail import RANK, Seen, Trail
from libs.kit.audit.unsent import unsent
from libs.kit.parking import APOLOGY
from libs.schemas.topics import INBOUND, STATUSES

SETTLED = ("sent", "delivered", "read")
FOLLOWERS = (*range(4), APOLOGY)
"""Ordinals that a message's answers may have."""


@dataclass(frozen=True)
class Findings:
    """One discom's account. What a finding is about is an event's id, or a chat's; never a person's."""

    discom: str
    accepted: int = 0
    """Messages that were acknowledged to WhatsApp."""
    effects: int = 0
    """Messages that reached a service, counted once each."""
    answered: int = 0
    """Messages with a reply of their own: `accepted`, without the withheld and what is parked or lost."""
    withheld: int = 0
    """Messages that nobody answers, on purpose."""
    due: int = 0
    """Replies that were decided."""
    arrived: int = 0
    """Replies that WhatsApp has."""
    statuses: int = 0
    """Status webhooks that were acknowledged to WhatsApp."""
    complaints: int = 0
    repeated: int = 0
    """Sends of unknown outcome that were repeated, the one case in which a bubble may come twice."""
    refused: int = 0
    """Replies that WhatsApp refused for good, or that the sender gave up by rule without a call."""
    parked: int = 0
    outbox: int = 0
    unsent: int = 0
    """Replies that still wait in the ledger."""
    waiting: int = 0
    """Records that still wait in Kafka."""
    lost: Mapping[str, str] = field(default_factory=dict)
    twice: Mapping[str, str] = field(default_factory=dict)
    """Effects that happened twice."""
    doubled: Mapping[str, str] = field(default_factory=dict)
    """Bubbles that came twice without an unknown outcome; only phones can tell."""
    disordered: Mapping[str, str] = field(default_factory=dict)
    stuck: Mapping[str, str] = field(default_factory=dict)
    """Replies that waited in the ledger all the time: not lost, and of no use to anybody there."""
    seconds: float = 0.0
    """From the first look to the last."""

    @property
    def clean(self) -> bool:
        """Whether every promise was kept, as far as can be seen now, and no reply is stuck."""
        return not (self.lost or self.twice or self.doubled or self.disordered or self.stuck)

    @property
    def settled(self) -> bool:
        """Whether nothing is under way any more."""
        return not (self.outbox or self.unsent or self.waiting)

    def confirmed(self, earlier: "Findings | None") -> "Findings":
        """With those findings only that were there earlier, too: what was under way then has had its time."""
        if earlier is None:
            return self
        return replace(
            self,
            lost=_both(self.lost, earlier.lost),
            twice=_both(self.twice, earlier.twice),
            doubled=_both(self.doubled, earlier.doubled),
            disordered=_both(self.disordered, earlier.disordered),
            stuck=_both(self.stuck, earlier.stuck),
        )


def _both(now: Mapping[str, str], earlier: Mapping[str, str]) -> dict[str, str]:
    return {id: why for id, why in now.items() if id in earlier}


def judge(trail: Trail, tables: Tables, waiting: int = 0) -> Findings:
    """Compares what was accepted with what came of it."""
    accepted = trail.received
    messages = trail.messages()
    replies = {**trail.replies, **trail.notices}
    due = {id for id, event in accepted.items() if event.due}
    answered = {event.root for event in replies.values()}
    silent = _silent(trail, messages)
    outbox = {id for id, topic in tables.outbox.items() if topic in trail.reply_topics}
    sends = {id: send for id, send in tables.sends.items() if id in replies}
    stuck = unsent(trail.discom, sends, tables.holds)
    return Findings(
        discom=trail.discom,
        accepted=len(due),
        effects=len({event.root for event in messages} & accepted.keys()),
        answered=len(due & answered),
        withheld=len(due & silent - answered),
        due=len(replies.keys() | outbox),
        arrived=sum(1 for send in sends.values() if send.state in SETTLED),
        statuses=len(trail.events[STATUSES.pattern]),
        complaints=len(tables.complaints),
        repeated=sum(send.repeats for send in sends.values()),
        refused=sum(1 for send in sends.values() if send.state == "failed"),
        parked=len(tables.parked),
        outbox=len(tables.outbox),
        unsent=len(stuck),
        waiting=waiting,
        lost=_lost(trail, tables, replies, silent),
        twice=_twice(trail, tables, messages),
        disordered=_disordered(trail, tables, messages),
        stuck=stuck,
    )


def _silent(trail: Trail, messages: Sequence[Seen]) -> set[UUID]:
    """Messages that a service does not answer on purpose, or that were taken back before anybody heard them."""
    return {event.root for event in trail.withheld} | (trail.withdrawn - {event.root for event in messages})


def _lost(trail: Trail, tables: Tables, replies: Mapping[UUID, Seen], silent: set[UUID]) -> dict[str, str]:
    found: dict[UUID, str] = {}
    passed_on = {event.root for event in trail.messages()} | silent
    answered = {event.root for event in replies.values()} | silent
    excused = tables.parked
    for id, event in trail.received.items():
        if id in tables.unhandled:
            found[id] = "the router has not handled it"
        elif event.due and id not in passed_on:
            found[id] = "no service got it"
        elif event.due and id not in answered:
            found[id] = "no reply was published"
    for service in INBOUND:
        for id, event in trail.inbound(service).items():
            if id in tables.unhandled:
                found[id] = f"{service} has not handled it"
            if id in excused:
                found.pop(event.root, None)
    for id in replies:
        if id in tables.unhandled:
            found[id] = "the sender has not handled it"
        elif id not in tables.sends:
            found[id] = "the ledger does not know this reply"
    for id in tables.outbox:
        found[id] = "decided, but not known to be in Kafka"
    lost = {str(id): why for id, why in found.items() if id not in excused}
    lost |= _statuses(trail, tables)
    registered = {event.key for event in trail.facts("complaint.registered")}
    lost |= dict.fromkeys(registered - tables.complaints.keys(), "no such complaint")
    lost |= dict.fromkeys(tables.complaints.keys() - registered, "the fact of this complaint was not published")
    return lost


def _statuses(trail: Trail, tables: Tables) -> dict[str, str]:
    """Sends whose status webhook was accepted and has not reached the ledger."""
    found = {}
    for send in tables.sends.values():
        word = trail.statuses.get(send.callback, "")
        known = "delivered" if send.state == "failed" and word != "failed" else send.state
        if RANK.get(word, 0) > RANK.get(known, 0):
            found[send.callback] = f"WhatsApp said {word}, the ledger says {send.state}"
    return found


def _twice(trail: Trail, tables: Tables, messages: Sequence[Seen]) -> dict[str, str]:
    found = {str(id): why for id, why in trail.contradictions.items()}
    turns: dict[str, list[int]] = defaultdict(list)
    for event in messages:
        turns[event.key].append(event.turn)
    for chat, numbers in turns.items():
        if len(set(numbers)) < len(numbers):
            found[chat] = "two messages of this chat have the same turn"
        elif max(numbers) - min(numbers) >= len(numbers):
            found[chat] = "a turn of this chat belongs to no message"
        elif tables.turns.get(chat, 0) > max(numbers):
            found[chat] = "the gateway counted more messages of this chat than there are"
    roots: dict[UUID, str] = {}
    for event in trail.facts("complaint.registered"):
        if event.root in roots:
            found[event.key] = f"the message that made it made {roots[event.root]} before"
        roots[event.root] = event.key
    keys: dict[UUID, str] = {}
    for number, key in tables.complaints.items():
        if key in keys:
            found[number] = f"one confirmation made {keys[key]}, too"
        keys[key] = number
    return found


def _children(trail: Trail) -> dict[UUID, Seen]:
    """Which message each possible answer follows from."""
    return {
        uuid5(id, str(ordinal)): event
        for service in INBOUND
        for id, event in trail.inbound(service).items()
        for ordinal in FOLLOWERS
    }


def _disordered(trail: Trail, tables: Tables, messages: Sequence[Seen]) -> dict[str, str]:
    found: dict[str, str] = {}
    by_turn = sorted(messages, key=lambda event: event.turn)
    _must_rise(
        found,
        "turns are not in the order of arrival",
        ((event.key, trail.received.get(event.root)) for event in by_turn),
    )
    for service in INBOUND:
        heard = [event for event in trail.inbound(service).values() if event.type == "message.received"]
        for chat, events in _by_chat(heard).items():
            if any(a.turn >= b.turn for a, b in itertools.pairwise(events)):
                found[chat] = f"{service} heard a later message before an earlier one"
    causes = _children(trail)
    for service in INBOUND:
        said = [event for event in trail.replies.values() if event.source == service and event.id in causes]
        in_time = (event for event in said if causes[event.id].id not in tables.parked)
        _must_rise(
            found,
            f"{service} answered a later message before an earlier one",
            ((event.key, causes[event.id]) for event in in_time),
        )
    for chat, events in _by_chat(trail.replies.values()).items():
        ledger = [tables.sends[event.id].n for event in events if event.id in tables.sends]
        if ledger != sorted(ledger):
            found[chat] = "the ledger has replies in another order than Kafka"
    return found


def _must_rise(found: dict[str, str], why: str, places: Iterable[tuple[str, Seen | None]]) -> None:
    """Events of one chat must lie ever further in their partition."""
    last: dict[tuple[str, int], int] = {}
    for chat, event in places:
        if event is None:
            continue
        lane = (chat, event.partition)
        if event.offset < last.get(lane, -1):
            found[chat] = why
        last[lane] = event.offset


def _by_chat(events: Iterable[Seen]) -> dict[str, list[Seen]]:
    chats: dict[str, list[Seen]] = defaultdict(list)
    for event in events:
        chats[event.key].append(event)
    return chats
