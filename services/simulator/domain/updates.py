"""What Meta posts to the webhook, and the bytes it signs."""

import json
from dataclasses import dataclass
from typing import Any

from services.simulator.domain.phones import Number, Phone

Value = dict[str, Any]


@dataclass(frozen=True)
class Update:
    """One webhook to be delivered."""

    discom: str
    lane: str
    """Updates of one lane are not under way at the same time, so that they mostly keep their order."""
    due: float
    body: bytes
    wamid: str = ""
    status: str = ""
    """What becomes of the message `wamid` at the phone when this is sent; empty for a message from there."""
    posted: bool = True
    """False: it happens at the phone, and nobody is told."""


def message(number: Number, phone: Phone, content: Value) -> bytes:
    """A person's message."""
    identity: Value = {"from_user_id": phone.user_id}
    if not phone.hidden:
        identity["from"] = phone.wa_id
    return envelope(number, {"contacts": [contact(phone)], "messages": [identity | content]})


def system(number: Number, phone: Phone, content: Value) -> bytes:
    """Something about the person that WhatsApp itself reports; names no contact."""
    identity: Value = {"from_user_id": phone.user_id}
    if not phone.hidden:
        identity["from"] = phone.wa_id
    return envelope(number, {"messages": [identity | content]})


def status(number: Number, phone: Phone, content: Value) -> bytes:
    """What became of a send. A failed one names no contact."""
    identity: Value = {"recipient_user_id": phone.user_id}
    if not phone.hidden:
        identity["recipient_id"] = phone.wa_id
    known = {} if content["status"] == "failed" else {"contacts": [contact(phone)]}
    return envelope(number, known | {"statuses": [content | identity]})


def contact(phone: Phone) -> Value:
    """The person as a webhook shows them."""
    profile: Value = {"name": phone.name}
    if phone.username:
        profile["username"] = phone.username
    shown: Value = {"profile": profile, "user_id": phone.user_id}
    return shown if phone.hidden else shown | {"wa_id": phone.wa_id}


def pricing(category: str) -> Value:
    """What a send costs; comes with `sent` and `delivered`."""
    return {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}


def envelope(number: Number, value: Value) -> bytes:
    """What is about a person, in Meta's envelope, as bytes."""
    metadata = {"display_phone_number": number.display_phone_number, "phone_number_id": number.phone_number_id}
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata} | value, "field": "messages"}
    return wire({"object": "whatsapp_business_account", "entry": [{"id": number.waba_id, "changes": [change]}]})


def account(number: Number, value: Value, field: str, now: float) -> bytes:
    """What is about the account. The entry's time tells the same news of today from that of yesterday."""
    entry = {"id": number.waba_id, "time": int(now), "changes": [{"value": value, "field": field}]}
    return wire({"object": "whatsapp_business_account", "entry": [entry]})


def wire(body: Value) -> bytes:
    """JSON as Meta writes it: ASCII, other characters and slashes escaped."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode("ascii")
