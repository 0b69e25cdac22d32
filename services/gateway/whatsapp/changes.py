"""What WhatsApp tells about a person that is no message: another number, another person on it, no more notices."""

from dataclasses import dataclass

from libs.schemas.messages import Sender
from services.gateway.whatsapp.people import contact_of, moved, phone, user_id
from services.gateway.whatsapp.wire import Json, part, parts, word


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to the person who is known as `who`."""

    who: Sender
    to: Sender = Sender()
    """The new identity, as far as it changed."""
    identity: str | None = None
    """The hash of another person who has the number now."""
    stopped: bool | None = None
    """Whether the person wants no notices any more."""


def change_of(value: Json) -> Change | None:
    """The change in an update; None where it holds none. The sentence beside it is never parsed."""
    for item in parts(value, "user_preferences"):
        answer = (word(item.get("value")) or "").lower()
        who = Sender(phone=phone(item.get("wa_id")), user_id=user_id(item.get("user_id")))
        return Change(who, stopped=answer == "stop") if answer in ("stop", "resume") else None
    for item in parts(value, "user_id_update"):
        ids = part(item, "user_id")
        return Change(Sender(user_id=user_id(ids.get("previous"))), to=Sender(user_id=user_id(ids.get("current"))))
    for message in parts(value, "messages"):
        return _system(message) if message.get("type") == "system" else None
    return None


def _system(message: Json) -> Change | None:
    system, found = part(message, "system"), moved(message)
    before = user_id(system.get("previous_user_id")) or user_id(message.get("from_user_id"))
    who = Sender(phone=phone(message.get("from")) or phone(system.get("customer")), user_id=before)
    if found.system_type == "customer_identity_changed":
        return Change(who, identity=word(system.get("identity")) or "changed")
    to = Sender(phone=phone(found.new_phone), user_id=user_id(found.new_user_id))
    return Change(who, to=to) if to.phone or to.user_id else None


def identity_of(value: Json, message: Json) -> str | None:
    """The hash of the writer's identity, where WhatsApp shows it: another one is another person, or a new phone."""
    contact = contact_of(value, message)
    return (
        word(message.get("identity_key_hash"))
        or word(contact.get("identity_key_hash"))
        or word(part(message, "identity").get("hash"))
    )
