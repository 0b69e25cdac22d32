"""Who hears a message, and what a reply may change. Pure: time comes in with the event."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from libs.schemas.messages import (
    Account,
    Choice,
    Content,
    Context,
    ContextPatch,
    Floor,
    Language,
    Sender,
    Service,
)

SLACK = timedelta(seconds=2)
"""WhatsApp counts whole seconds, so a quick answer may look older than its question."""
EPOCH = datetime.fromtimestamp(0, UTC)
"""The time of an update for which WhatsApp names none, or none that can be."""
TOO_OLD = timedelta(hours=24)
"""A message that reaches us later than this is kept and counted, not executed."""
SERVICES: tuple[Service, ...] = get_args(Service)
FIELDS = ("language", "account", "area", "floor", "stopped")


@dataclass(frozen=True, slots=True)
class Chat:
    """The gateway's row of one chat."""

    chat_id: str
    phone: str | None
    user_id: str | None
    name: str | None = None
    turn: int = 0
    last_message_at: datetime | None = None
    last_wamid: str | None = None
    """Of the person's last message: what a read receipt names."""
    context: Context = Context()
    turns: Mapping[str, int] = field(default_factory=dict)
    """Which turn set each field of the context last."""
    unreachable_at: datetime | None = None
    """When WhatsApp said that this person cannot be reached."""
    identity: str | None = None
    """WhatsApp's hash of the person: another one means that somebody else has the number."""

    def known_as(self, sender: Sender, identity: str | None = None) -> "Chat":
        """This chat with whatever the sender shows of himself and the chat lacks."""
        return replace(
            self,
            phone=self.phone or sender.phone,
            user_id=self.user_id or sender.user_id,
            identity=identity or self.identity,
        )

    def joined_by(self, older: "Chat") -> "Chat":
        """This chat with the identities of an older one of the same person, and what only that one knew."""
        known = {name: getattr(older.context, name) for name in FIELDS if name != "floor"}
        lacking = {name: value for name, value in known.items() if value and not getattr(self.context, name)}
        return replace(
            self,
            phone=self.phone or older.phone,
            user_id=self.user_id or older.user_id,
            identity=self.identity or older.identity,
            name=self.name or older.name,
            turn=max(self.turn, older.turn),
            context=self.context.model_copy(update=lacking),
        )

    def hears(self, at: datetime, name: str | None, wamid: str | None = None) -> "Chat":
        """This chat after one more message."""
        latest = max(at, self.last_message_at) if self.last_message_at else at
        return replace(
            self,
            turn=self.turn + 1,
            last_message_at=latest,
            last_wamid=wamid or self.last_wamid,
            name=name or self.name,
        )

    def patched(self, patch: ContextPatch, turn: int) -> "Chat":
        """This chat after a reply's patch: only fields of an equal or later turn."""
        allowed: dict[str, Any] = {
            name: getattr(patch, name) for name in patch.model_fields_set if turn >= self.turns.get(name, 0)
        }
        if not allowed:
            return self
        return replace(
            self,
            context=self.context.model_copy(update=allowed),
            turns={**self.turns, **dict.fromkeys(allowed, turn)},
        )

    def noticed(self, patch: ContextPatch, at: datetime) -> "Chat":
        """This chat after a notice: it patches nothing, and takes the floor only when nobody holds it by then."""
        held = self.context.floor
        if patch.floor is None or (held and held.until > at):
            return self
        return replace(self, context=self.context.model_copy(update={"floor": patch.floor}))


def holder(floor: Floor | None, at: datetime) -> Floor | None:
    """The floor, if a message written at that time may answer its question."""
    return floor if floor and floor.since - SLACK <= at < floor.until else None


def route(content: Content, floor: Floor | None) -> Service:
    """Which service hears this: the owner of a tap, else who asked, else menu."""
    if isinstance(content, Choice):
        owner = content.id.partition(":")[0]
        return next((service for service in SERVICES if service == owner), "menu")
    return floor.service if floor else "menu"


def language_of(text: str | None) -> Language | None:
    """A stored language, or None for anything else."""
    return "hi" if text == "hi" else "en" if text == "en" else None


def context_of(row: Mapping[str, Any]) -> Context:
    """The context from a row's columns."""
    return Context(
        language=language_of(row["language"]),
        account=Account.model_validate(row["account"]) if row["account"] else None,
        area=row["area"],
        floor=Floor.model_validate(row["floor"]) if row["floor"] else None,
        stopped=row["stopped"],
    )
