"""Who is who: people known by phone, by user id or by both; two chats that turn out to be one person; a number that
somebody else has now. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from libs.schemas.messages import Sender
from services.gateway.domain import Chat

LONG_AGO = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Joined:
    """Two chats of one person: the older one is an alias from now on."""

    old: Chat
    new: Chat
    """With every identity, and what only the older one knew."""


class People:
    """The chats of a batch, found by either identity of a sender."""

    def __init__(self, chats: Iterable[Chat] = ()) -> None:
        self._by_phone: dict[str, Chat] = {}
        self._by_user: dict[str, Chat] = {}
        self.joined: list[Joined] = []
        self.left: list[Chat] = []
        """Chats whose number belongs to somebody else now."""
        self.moved: list[Chat] = []
        """Chats that have another number from now on."""
        self.parted: list[Chat] = []
        """Chats whose user id is that of another chat from now on."""
        self.changed: dict[str, Chat] = {}
        """Chats that are known by more, or by something else, than before."""
        for chat in chats:
            self.put(chat)

    def put(self, chat: Chat) -> Chat:
        """Keeps a chat as it is now."""
        if chat.phone:
            self._by_phone[chat.phone] = chat
        if chat.user_id:
            self._by_user[chat.user_id] = chat
        return chat

    def find(self, sender: Sender) -> Chat | None:
        """The chat of a sender; the phone counts more than the user id."""
        by_phone, by_user = self._both(sender)
        if by_phone:
            return by_phone
        if by_user and by_user.phone and sender.phone and by_user.phone != sender.phone:
            return None  # the same user id with a new number: not to be mixed up
        return by_user

    def _both(self, sender: Sender) -> tuple[Chat | None, Chat | None]:
        by_phone = self._by_phone.get(sender.phone) if sender.phone else None
        return by_phone, self._by_user.get(sender.user_id) if sender.user_id else None

    def meets(self, sender: Sender, identity: str | None = None) -> Chat | None:
        """The chat of somebody who shows these identities, with all of them; None where one is to be made.

        Two chats that one payload shows to be one person are joined. A number whose identity or user id is another one
        than before has a new owner, who gets a new chat and sees nothing of the old one. A user id that comes with a
        new number, though nobody told us of a change, takes nothing along.
        """
        for chat in self._both(sender):
            if chat and _has_another_owner(chat, sender, identity):
                self.leaves(chat)
        by_phone, by_user = self._both(sender)
        if by_user and by_user.phone and sender.phone and by_user.phone != sender.phone:
            self._part(by_user)
        elif by_phone and by_user and by_phone.chat_id != by_user.chat_id:
            self._join(by_phone, by_user)
        found = self.find(sender)
        if found and (known := found.known_as(sender, identity)) != found:
            self.changed[known.chat_id] = self.put(known)
            return known
        return found

    def moves(self, who: Sender, to: Sender) -> None:
        """Somebody known has another phone or user id from now on.

        Whoever wrote from the new number after the old one fell silent is the same person; an older chat of that
        number is that of its last owner.
        """
        if (chat := self.find(who)) is None:
            return
        self._forget(chat)
        other = self.find(to)
        # a number of one's own comes with a user id of its own: the old one names nobody any more
        user_id = to.user_id or (None if to.phone else chat.user_id)
        moved = replace(chat, phone=to.phone or chat.phone, user_id=user_id)
        self.changed[moved.chat_id] = self.put(moved)
        if moved.phone != chat.phone:
            self.moved.append(moved)
        if other and other.chat_id != chat.chat_id:
            if (other.last_message_at or LONG_AGO) > (chat.last_message_at or LONG_AGO):
                self._join(moved, other)
            else:
                self.leaves(other)
                self.put(moved)

    def leaves(self, chat: Chat) -> None:
        """This chat's number belongs to somebody else now."""
        self._forget(chat)
        self.changed.pop(chat.chat_id, None)
        self.left.append(chat)

    def _part(self, chat: Chat) -> None:
        """The chat keeps its number and loses its user id."""
        self._forget(chat)
        without = self.put(replace(chat, user_id=None))
        self.parted.append(without)
        if chat.chat_id in self.changed:
            self.changed[chat.chat_id] = without

    def _join(self, one: Chat, other: Chat) -> None:
        old, new = sorted((one, other), key=lambda chat: chat.last_message_at or LONG_AGO)
        self._forget(old)
        joined = new.joined_by(old)
        self.changed.pop(old.chat_id, None)
        self.changed[new.chat_id] = self.put(joined)
        self.joined.append(Joined(old, joined))

    def _forget(self, chat: Chat) -> None:
        for known in (self._by_phone, self._by_user):
            for key in [key for key, its in known.items() if its.chat_id == chat.chat_id]:
                del known[key]

    def of(self, sender: Sender) -> Chat:
        """The chat of a sender who has one; one batch may show one user id with two numbers."""
        by_phone, by_user = self._both(sender)
        found = by_phone or by_user
        assert found
        return found

    def knows(self, sender: Sender) -> bool:
        """Whether a sender has a chat."""
        return any(self._both(sender))


def _has_another_owner(chat: Chat, sender: Sender, identity: str | None) -> bool:
    """Whether somebody else has this chat's number now: numbers are recycled, user ids and identities are not."""
    other_user = chat.phone == sender.phone and sender.user_id and chat.user_id and chat.user_id != sender.user_id
    return bool(other_user or (identity and chat.identity and chat.identity != identity))
