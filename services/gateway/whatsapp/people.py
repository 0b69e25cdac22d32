"""Who a message is from. Phone and user id are both optional; the number is shown only where WhatsApp shows it."""

import re
from dataclasses import dataclass

from libs.schemas.messages import Sender
from services.gateway.whatsapp.wire import Json, part, parts, text, word

_USER_ID = re.compile(r"[!-~]{1,256}")
"""Wider than today's `CC.` + 128 alphanumerics: an id of a later form still names its owner."""


def phone(value: object) -> str | None:
    """A phone number in international form without plus, or None."""
    found = (word(value) or "").removeprefix("+")
    return found if found.isascii() and found.isdigit() and len(found) <= 20 else None


def user_id(value: object) -> str | None:
    """A business-scoped user id, or None."""
    found = word(value)
    return found if found and _USER_ID.fullmatch(found) else None


class Contacts:
    """The contacts of a change, found by either identity."""

    def __init__(self, value: Json) -> None:
        self._all = parts(value, "contacts")
        self._known: dict[str, Json] = {}
        if len(self._all) > 1:
            for contact in reversed(self._all):
                for key in ("wa_id", "user_id"):
                    if name := word(contact.get(key)):
                        self._known[name] = contact

    def of(self, *identities: object) -> Json | None:
        """The contact of a person. One contact alone is taken for theirs: `from` and `wa_id` may differ."""
        if len(self._all) < 2:
            return self._all[0] if self._all else None
        for identity in identities:
            if contact := self._known.get(word(identity) or ""):
                return contact
        return None


def contact_of(value: Json, message: Json) -> Json:
    """The contact of the person who wrote this message, or an empty one."""
    return Contacts(value).of(message.get("from"), message.get("from_user_id")) or {}


def sender_of(value: Json, message: Json) -> Sender:
    """Who wrote. A number the person has sent on our request counts as shown."""
    contact = contact_of(value, message)
    return Sender(
        phone=phone(message.get("from")) or phone(contact.get("wa_id")) or shared_phone(message),
        user_id=user_id(message.get("from_user_id")) or user_id(contact.get("user_id")),
        name=text(part(contact, "profile").get("name")),
    )


def shared_phone(message: Json) -> str | None:
    """The writer's own number, sent by the button of a contact-info request; a card of their choice proves nothing."""
    for card in parts(message, "contacts"):
        if card.get("origin") == "contact_request":
            for entry in parts(card, "phones"):
                if found := phone(entry.get("wa_id")):
                    return found
    return None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a system message says of an identity. The sentence beside it is never parsed."""

    system_type: str | None
    """`user_changed_number`, `user_changed_user_id`, `customer_identity_changed`; also words of later versions."""
    new_phone: str | None
    new_user_id: str | None


def moved(message: Json) -> Moved:
    """The new identity in a `system` message; `new_wa_id` is the key of older versions."""
    system = part(message, "system")
    new_phone = word(system.get("wa_id")) or word(system.get("new_wa_id"))
    return Moved(word(system.get("type")), new_phone, word(system.get("user_id")))
