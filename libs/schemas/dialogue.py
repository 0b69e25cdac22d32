"""What a rule decides: words to say, or a message to hand over. Pure; texts are named by key, never written here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from libs.schemas.messages import MAX_HOPS, ContextPatch, Floor, HandOver, Language, Message, Service

FLOOR = timedelta(minutes=30)
NOTICE_FLOOR = timedelta(hours=24)


ERRANDS = ("menu:links", "billing:bill", "billing:balance", "complaints:new", "complaints:track", "menu:contacts")
"""The six options, in the order of their numbers."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text within a text, or one of several lines of it."""

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Money:
    """Shown as rupees with Indian grouping: `₹1,23,456.50`."""

    paise: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Shown in India's time: `24 November, 6:30 pm`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Month:
    """Shown as `November 2026`."""

    day: date


# A fact may be a str, an int, a `date`, or one of `Phrase`, `tuple[Phrase, …]` (lines), `Money`, `Moment`, `Month`.


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to tap. `key` names its title, `key`.description its second line where the texts have one."""

    id: str
    key: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """One bubble."""

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    list_button: str | None = None
    """Key of the label that opens a list; asks for a list whatever the number of offers."""
    link: tuple[str, str] | None = None
    """Key of a label, and an address."""
    ask_location: bool = False
    ask_contact: bool = False
    """Asks for the person's own phone number, where WhatsApp hides it."""
    also: tuple[str, ...] = ()
    """Further wishes of the same text, to be offered beside the answer."""
    urgent: bool = False
    """Somebody may get hurt: it goes out before everything else."""
    patch: ContextPatch = ContextPatch(floor=None)
    """A bubble that asks nothing gives up the floor."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The message goes to another service, with what was understood and this service's own patch applied."""

    to: Service
    intent: str
    account_id: str | None = None
    complaint_number: str | None = None
    danger: bool = False
    errand: str | None = None
    also: tuple[str, ...] = ()
    patch: ContextPatch = ContextPatch()


@dataclass(frozen=True, slots=True)
class Quiet:
    """No answer, on purpose: another machine wrote it, or the same was said a moment ago."""


Move = Say | Pass | Quiet


def six_options(language: Language) -> tuple[Offer, ...]:
    """The six options and the way to the other language, as rows of a list that also reads as "type the number"."""
    other = "en" if language == "hi" else "hi"
    rows = [Offer(id, f"option.{number}") for number, id in enumerate(ERRANDS, start=1)]
    return (*rows, Offer(f"menu:language:{other}", "option.language"))


def asks(service: Service, at: datetime, span: timedelta = FLOOR) -> Floor:
    """The floor of a service that asks something in answer to a message of that time."""
    return Floor(service=service, since=at, until=at + span)


def holds_floor(service: Service, message: Message) -> bool:
    """Whether this message may answer the service's own last question."""
    return message.context.floor is not None and message.context.floor.service == service


class Wish(Protocol):
    """What a text was understood as: the part of `libs.language.Understood` that decides who answers it."""

    @property
    def intent(self) -> str: ...
    @property
    def account_id(self) -> str | None: ...
    @property
    def complaint_number(self) -> str | None: ...
    @property
    def danger(self) -> bool: ...
    @property
    def also(self) -> tuple[str, ...]: ...


TAPS: Mapping[str, str] = {
    "links": "menu:links",
    "bill": "billing:bill",
    "balance": "billing:balance",
    "complaint": "complaints:new",
    "track": "complaints:track",
    "contacts": "menu:contacts",
    "menu": "menu:home",
    "greeting": "menu:hello",
    "language-change": "menu:language",
    "human": "menu:human",
    "stop/opt-out": "menu:stop",
    "start/opt-in": "menu:start",
}
"""What an intent means, as the id of the tap that asks for the same."""


def wish_offer(intent: str) -> Offer:
    """An intent as something to tap."""
    return Offer(TAPS.get(intent) or f"complaints:new:{intent.removeprefix('complaint-')}", f"wish.{intent}")


SIGNAL_INTENTS = {"language": "language-change", "stop": "stop/opt-out", "start": "start/opt-in"}
"""Signals whose intent has another name."""


def owner_of(intent: str) -> Service:
    """Which service answers an intent; menu answers what nobody else owns."""
    if intent in ("bill", "balance", "link"):
        return "billing"
    if intent in ("complaint", "track", "danger") or intent.startswith("complaint-"):
        return "complaints"
    return "menu"


def pass_on(wish: Wish) -> Pass:
    """The message goes to whoever answers this wish; danger and a complaint number outweigh the words around them."""
    intent = "danger" if wish.danger else wish.intent
    if intent == "other" and wish.complaint_number:
        intent = "track"
    return Pass(owner_of(intent), intent, wish.account_id, wish.complaint_number, wish.danger, also=wish.also)


def pass_signal(kind: str, wish: Wish) -> Pass:
    """The message goes to whoever answers a signal: danger to complaints, all others to menu."""
    intent = SIGNAL_INTENTS.get(kind, kind)
    danger = kind == "danger"
    return Pass(owner_of(intent), intent, wish.account_id if danger else None, None, danger)


def hand_over(service: Service, message: Message, move: Pass) -> tuple[Service, Message]:
    """The message as the other service gets it; after four hand-overs menu gets it."""
    hops = (message.handed.hops if message.handed else 0) + 1
    to: Service = move.to if hops <= MAX_HOPS else "menu"
    handed = HandOver(
        by=service,
        hops=hops,
        intent=move.intent if hops <= MAX_HOPS else "menu",
        account_id=move.account_id,
        complaint_number=move.complaint_number,
        danger=move.danger,
        errand=move.errand,
        also=move.also,
    )
    return to, message.model_copy(update={"handed": handed, "context": move.patch.applied_to(message.context)})
