"""What the load process is told to do. Plain data that travels as one line of JSON."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, Self


@dataclass(frozen=True, slots=True)
class Say:
    """One message of a person: words, or the id of a tap."""

    kind: Literal["text", "tap"]
    value: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person sends in one POST, and what has to come back before the next turn."""

    says: tuple[Say, ...]
    replies: int = 1
    """Bubbles that answer it: no fewer, no more."""
    shows: str = ""
    """Part of the request that the last of these bubbles must hold, to know it for the answer that was asked for."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """People `first` … `first + count - 1`, who speak in turn."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """One of the conversations that are held alternately, and who holds it with which number."""

    label: str
    """Under which its figures are told apart."""
    number_id: str
    number: str
    """The display number."""
    crowd: Crowd
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One run: so many conversations a second, started whatever the answers do."""

    rate: float
    seconds: float
    parts: tuple[Part, ...]
    per_post: int = 1
    """Conversations whose first messages share a POST."""
    statuses: int = 0
    """Status updates per POST: sent, delivered and read for each bubble; 0 sends none."""
    seed: int = 1
    give_up: float = 0.0
    """Ends the run early once this many seconds' worth of conversations wait for an answer; 0 never does."""
    patience: float = 60.0
    """Seconds after the end until an answer that has not come counts as lost."""

    def dumped(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def loaded(cls, line: str | bytes) -> Self:
        """From one line of JSON."""
        found = json.loads(line)
        found["parts"] = tuple(_part(part) for part in found["parts"])
        return cls(**found)


def _part(found: dict[str, object]) -> Part:
    turns, crowd = found.pop("turns"), found.pop("crowd")
    assert isinstance(turns, list)
    assert isinstance(crowd, dict)
    scripted = tuple(Turn(**{**turn, "says": tuple(Say(**say) for say in turn["says"])}) for turn in turns)
    return Part(**found, crowd=Crowd(**crowd), turns=scripted)  # type: ignore[arg-type]


FIRST_NUMBER = 6_000_000_000


def phone_of(person: int) -> str:
    """A person's number as WhatsApp writes it: India's code and ten digits."""
    return f"91{FIRST_NUMBER + person}"
