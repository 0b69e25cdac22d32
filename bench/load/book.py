"""The account of a run: who waits for which answer, and what is lost, doubled or wrong. Pure: time comes in."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from bench.load.order import Part, Turn, phone_of

LATE = 1.0
"""An answer that takes longer is late: a person looks at the phone again and again by then."""


@dataclass(slots=True, eq=False)
class Conversation:
    """One person who writes and waits."""

    part: Part
    person: int
    due: float
    """When the turn in hand should have been sent: delays count from here, however late it really was."""
    turn: int = 0
    missing: int = 0
    """Bubbles of this turn that are still to come."""
    first_at: float | None = None
    """When the first of several bubbles came."""

    @property
    def said(self) -> Turn:
        """The turn in hand."""
        return self.part.turns[self.turn]


@dataclass
class Book:
    """Every conversation of one run."""

    delays: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds from when a turn was due to its last bubble, by label."""
    acks: list[float] = field(default_factory=list)
    """Seconds from when a POST was due to its answer."""
    gaps: list[float] = field(default_factory=list)
    """Seconds between the first and the last bubble of one turn."""
    wrong: Counter[str] = field(default_factory=Counter)
    """What must not happen, counted: refused, doubled, surplus, stray, unexpected, busy, lost."""
    wrong_by_label: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """The same as far as it is known whom it happened to."""
    started: int = 0
    finished: int = 0
    late: int = 0
    overdue: set[bytes] = field(default_factory=set)
    """Who had lost an answer when an earlier run ended; should it come after all, it is none of this run's."""
    _talking: dict[bytes, Conversation] = field(default_factory=dict)
    _seen: set[bytes] = field(default_factory=set)
    _refused: set[Conversation] = field(default_factory=set)

    @property
    def waiting(self) -> int:
        """Conversations that have begun and not ended."""
        return self.started - self.finished - len(self._refused)

    def begin(self, part: Part, person: int, due: float) -> Conversation | None:
        """A person starts to talk; None where the same person still waits for an answer."""
        phone = phone_of(person).encode()
        before = self._talking.get(phone)
        if before and before.missing and before not in self._refused:
            self._amiss("busy", part)
            return None
        talk = Conversation(part, person, due)
        talk.missing = talk.said.replies
        self._talking[phone] = talk
        self.started += 1
        return talk

    def acknowledged(self, talks: list[Conversation], status: int, due: float, now: float) -> None:
        """The webhook answered a POST; anything but 200 promises nothing, so no reply is due any more."""
        self.acks.append(now - due)
        if status != 200:
            for talk in talks:
                self._amiss("refused", talk.part)
            self._refused.update(talks)

    def replied(self, phone: bytes, reply: bytes, request: bytes, now: float) -> Conversation | None:
        """A bubble arrived at the provider; the conversation if its next turn is to be sent now.

        `reply` names the bubble: the same name again is the same bubble sent twice.
        """
        talk = self._talking.get(phone)
        if reply in self._seen:
            self._amiss("doubled", talk.part if talk else None)
            return None
        self._seen.add(reply)
        if talk is None:
            if phone not in self.overdue:
                self._amiss("stray", None)
            return None
        if talk.missing == 0:
            self._amiss("surplus", talk.part)
            return None
        talk.missing -= 1
        if talk.missing:
            talk.first_at = talk.first_at or now
            return None
        return self._answered(talk, request, now)

    def _answered(self, talk: Conversation, request: bytes, now: float) -> Conversation | None:
        self.delays[talk.part.label].append(now - talk.due)
        self.late += now - talk.due > LATE
        if talk.first_at is not None:
            self.gaps.append(now - talk.first_at)
        if talk.said.shows.encode() not in request:
            self._amiss("unexpected", talk.part)
        if talk.turn + 1 == len(talk.part.turns):
            self.finished += talk not in self._refused
            return None
        talk.turn += 1
        talk.missing, talk.first_at, talk.due = talk.said.replies, None, now
        return talk

    def close(self) -> None:
        """The time is up: whoever still waits for an answer that we promised has lost it."""
        for phone, talk in self._talking.items():
            if talk.missing:
                # a refused message may have been taken in all the same
                self.overdue.add(phone)
                if talk not in self._refused:
                    self._amiss("lost", talk.part)

    def _amiss(self, what: str, part: Part | None) -> None:
        self.wrong[what] += 1
        if part:
            self.wrong_by_label[part.label][what] += 1
