"""A webhook body into its updates, each with what it needs to be understood alone."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import orjson

from services.gateway.whatsapp.envelope import Item, opened
from services.gateway.whatsapp.people import Contacts
from services.gateway.whatsapp.wire import Json, part, whole, word

Kind = Literal["message", "status", "account"]


@dataclass(frozen=True, slots=True)
class Update:
    """One update: what a person did (`message`), what became of a send (`status`), or all the rest (`account`)."""

    kind: Kind
    phone_number_id: str | None
    waba_id: str | None
    field: str
    value: Json
    """The change's value with this update only, its metadata and the contact it is about."""
    dedupe: str
    """The same for every delivery of the same update."""
    party: str
    """Whose order counts: the sender of a message (phone, else user id), the message id of a status."""
    timestamp: int | None


@dataclass(frozen=True, slots=True)
class Split:
    """The updates of a body, and why it or a part of it could not be split."""

    updates: list[Update]
    unsplit: str | None = None


KINDS: dict[str, tuple[Kind, str]] = {
    "message": ("message", "messages"),
    "user_preference": ("message", "user_preferences"),
    "user_id_update": ("message", "user_id_update"),
    "status": ("status", "statuses"),
    "error": ("account", "errors"),
    "echo": ("account", "message_echoes"),
    "call": ("account", "calls"),
    "group": ("account", "groups"),
}
"""What a person decided (no more marketing, another number) stays in order with what the person wrote."""


def split(body: bytes) -> Split:
    """One pass in the order of the body. Never raises, whatever the bytes; what can be split is split."""
    found = opened(body)
    updates: list[Update] = []
    value: Json | None = None
    contacts, phone_number_id = Contacts({}), None
    for item in found.items:
        if item.value is not value:
            value = item.value
            contacts, phone_number_id = Contacts(value), word(part(value, "metadata").get("phone_number_id"))
        updates.append(_update(item, phone_number_id, contacts))
    return Split(updates, "; ".join(dict.fromkeys(found.broken)) or None)


def _update(item: Item, phone_number_id: str | None, contacts: Contacts) -> Update:
    it, of = item.item, item.value
    if item.kind == "message":
        identities = it.get("from"), it.get("from_user_id")
    elif item.kind == "status":
        identities = it.get("recipient_id"), it.get("recipient_user_id")
    else:
        identities = it.get("wa_id"), it.get("user_id")
    contact = contacts.of(*identities)
    if item.kind == "account" or it is of:
        kind: Kind = "account"
        value = of
    else:
        kind, key = KINDS[item.kind]
        value = {key: [it]}
        if item.field == "calls":
            kind, value = "account", {"statuses" if item.kind == "status" else key: [it]}
        if contact:
            value["contacts"] = [contact]
        if "metadata" in of:
            value["metadata"] = of["metadata"]
    id = word(it.get("id"))
    party = word(identities[0]) or word(identities[1])
    if item.kind == "message" and id:
        dedupe = f"{phone_number_id or ''}{id}"
    elif kind == "status" and id:
        participant = word(it.get("recipient_participant_id")) or ""
        dedupe = f"status {phone_number_id} {id} {word(it.get('status'))} {party or ''} {participant}"
    else:
        dedupe = _hash(item, phone_number_id)
    if kind == "status":
        party = id
    elif not party and contact:
        party = word(contact.get("wa_id")) or word(contact.get("user_id"))
    timestamp = whole(it.get("timestamp"))
    return Update(
        kind=kind,
        phone_number_id=phone_number_id,
        waba_id=item.waba_id,
        field=item.field,
        value=value,
        dedupe=dedupe,
        party=(party or id or dedupe).removeprefix("+"),
        timestamp=item.time if timestamp is None else timestamp,
    )


def _hash(item: Item, phone_number_id: str | None) -> str:
    told = [item.field, item.waba_id, phone_number_id, item.time, item.kind, item.item]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
