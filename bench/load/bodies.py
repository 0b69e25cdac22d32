"""Webhook POSTs as Meta makes them: everything that does not change is prepared, the rest is joined and signed."""

import hmac
import json
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from bench.load.order import Part, Say

HOLE = re.compile(rb"@(\w+)@")
BUSINESS = "100000000000900"
PREFIX = b'{"object":"whatsapp_business_account","entry":[{"id":"' + BUSINESS.encode() + b'","changes":['
SUFFIX = b"]}]}"
RUN = os.urandom(6).hex().encode()
"""Part of every id that this process gives: what another one sent before is no repeat."""


class Form:
    """JSON with holes for what differs from message to message."""

    def __init__(self, content: dict[str, Any]) -> None:
        # ASCII with escapes, as Meta sends it
        parts = HOLE.split(json.dumps(content, separators=(",", ":")).encode())
        self._parts, self._holes = parts[::2], [name.decode() for name in parts[1::2]]

    def filled(self, **values: bytes) -> bytes:
        """The JSON with these values in its holes."""
        out = [self._parts[0]]
        for name, part in zip(self._holes, self._parts[1:], strict=True):
            out += (values[name], part)
        return b"".join(out)


def _change(number_id: str, number: str, content: dict[str, Any]) -> dict[str, Any]:
    metadata = {"display_phone_number": number, "phone_number_id": number_id}
    return {"value": {"messaging_product": "whatsapp", "metadata": metadata, **content}, "field": "messages"}


@lru_cache(maxsize=10_000)
def message_form(number_id: str, number: str, say: Say) -> Form:
    """One message to one number; holes: phone, wamid, time."""
    if say.kind == "text":
        content: dict[str, Any] = {"type": "text", "text": {"body": say.value}}
    else:
        reply = {"id": say.value, "title": "-"}
        content = {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": reply}}
    message = {"from": "@phone@", "id": "@wamid@", "timestamp": "@time@", **content}
    contact = {"profile": {"name": "उपभोक्ता"}, "wa_id": "@phone@"}
    return Form(_change(number_id, number, {"contacts": [contact], "messages": [message]}))


@lru_cache(maxsize=100)
def status_form(number_id: str, number: str, word: str) -> Form:
    """One status of one bubble; holes: phone, wamid, time, callback."""
    pricing = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
    status = {
        "id": "@wamid@",
        "status": word,
        "timestamp": "@time@",
        "recipient_id": "@phone@",
        "biz_opaque_callback_data": "@callback@",
        **({"pricing": pricing} if word != "read" else {}),
    }
    return Form(_change(number_id, number, {"statuses": [status]}))


def messages_of(part: Part, says: Iterable[Say], phone: bytes, first: int, time: bytes) -> list[bytes]:
    """A person's messages, each as one change; `first` numbers them for WhatsApp's ids."""
    forms = (message_form(part.number_id, part.number, say) for say in says)
    return [
        form.filled(phone=phone, wamid=b"wamid.IN%s.%d" % (RUN, first + n), time=time) for n, form in enumerate(forms)
    ]


class Envelope:
    """HTTP requests for the webhook, signed."""

    def __init__(self, host: str, port: int, secret: str) -> None:
        self._secret = secret.encode()
        self._head = (
            f"POST /webhook HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
            "X-Hub-Signature-256: sha256="
        ).encode()

    def request(self, changes: Iterable[bytes]) -> bytes:
        """A POST of these changes."""
        body = PREFIX + b",".join(changes) + SUFFIX
        signature = hmac.digest(self._secret, body, "sha256").hex().encode()
        return b"%s%s\r\nContent-Length: %d\r\n\r\n%s" % (self._head, signature, len(body), body)
