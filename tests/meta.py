"""What Meta's servers would post: signed webhook bodies, made here byte for byte."""

import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

from deploy.local.files import ROOT
from libs.schemas.discom import load

NAME = "Leelavati Sonkar"
"""Profile name of every sender here; a scan for leaks looks for it."""


def text(sender: str, body: str, at: float | None = None, wamid: str | None = None) -> dict[str, Any]:
    """A text message as it stands in `messages`."""
    return {
        "from": sender,
        "id": wamid or f"wamid.test.{uuid4().hex}",
        "timestamp": str(int(time.time() if at is None else at)),
        "type": "text",
        "text": {"body": body},
    }


def tap(sender: str, id: str, title: str) -> dict[str, Any]:
    """A tapped button."""
    button = {"type": "button_reply", "button_reply": {"id": id, "title": title}}
    return {**text(sender, ""), "type": "interactive", "interactive": button}


def body(discom: str, *messages: dict[str, Any], number_id: str | None = None) -> bytes:
    """A webhook body for a discom's number, escaped as Meta escapes."""
    found = load(ROOT / "deploy" / "discoms" / f"{discom}.toml")
    contacts = [{"profile": {"name": NAME}, "wa_id": sender} for sender in {str(item["from"]) for item in messages}]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": found.display_phone_number,
            "phone_number_id": number_id or found.phone_number_id,
        },
        "contacts": contacts,
        "messages": list(messages),
    }
    entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).replace("/", "\\/").encode()


def signed(secret: str, raw: bytes) -> dict[str, str]:
    """The headers that prove it."""
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}
