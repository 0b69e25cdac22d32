"""Who hears a message, and what a reply may change. Pure: time comes in with the event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
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
TOO_OLD = timedelta(hours=24)
"""A message that reaches us later than this is kept and counted, not executed."""
SERVICES: tuple[Service, ...] = get_args(Service)
FIELDS = ("language", "account", "area", "floor")


@dataclass(frozen=True, slots=True)
class Chat:
    """The gateway's row of one chat."""

    chat_id: str
    phone: str | None
    user_id: str | None
    name: str | None = None
    turn: int = 0
    last_message_at: datetime | None = None
    context: Context = Context()
    turns: Mapping[str, int] = field(default_factory=dict)
    """Which turn set each field of the context last."""

    def known_as(self, sender: Sender) -> "Chat":
        """This chat with whatever identity the sender shows and the chat lacks."""
        return replace(self, phone=self.phone or sender.phone, user_id=self.user_id or sender.user_id)

    def hears(self, at: datetime, name: str | None) -> "Chat":
        """This chat after one more message."""
        latest = max(at, self.last_message_at) if self.last_message_at else at
        return replace(self, turn=self.turn + 1, last_message_at=latest, name=name or self.name)

    def patched(self, patch: ContextPatch, turn: int, notice: bool) -> "Chat":
        """This chat after a reply's patch: only fields of an equal or later turn, a notice only a free floor."""
        allowed: dict[str, Any] = {}
        for name in patch.model_fields_set:
            if notice and (name != "floor" or self.context.floor is not None):
                continue
            if turn >= self.turns.get(name, 0):
                allowed[name] = getattr(patch, name)
        if not allowed:
            return self
        return replace(
            self,
            context=self.context.model_copy(update=allowed),
            turns={**self.turns, **dict.fromkeys(allowed, turn)},
        )


class People:
    """The chats of a batch, found by either identity of a sender; the phone wins."""

    def __init__(self, chats: Iterable[Chat] = ()) -> None:
        self._by_phone: dict[str, Chat] = {}
        self._by_user: dict[str, Chat] = {}
        for chat in chats:
            self.put(chat)

    def put(self, chat: Chat) -> Chat:
        if chat.phone:
            self._by_phone[chat.phone] = chat
        if chat.user_id:
            self._by_user[chat.user_id] = chat
        return chat

    def find(self, sender: Sender) -> Chat | None:
        by_phone = self._by_phone.get(sender.phone) if sender.phone else None
        by_user = self._by_user.get(sender.user_id) if sender.user_id else None
        if by_phone and by_user and by_phone.chat_id != by_user.chat_id:
            return by_phone  # two chats of one person; merging them is not built yet
        found = by_phone or by_user
        if found and found.phone and sender.phone and found.phone != sender.phone:
            return None  # the same user id with a new number: not to be mixed up
        return found

    def of(self, sender: Sender) -> Chat:
        found = self.find(sender)
        assert found
        return found


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
    )
