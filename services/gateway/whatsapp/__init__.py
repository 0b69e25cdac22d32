"""WhatsApp's JSON from and to our models: pure, no clock, no I/O. Everything that knows Meta's words stands here."""

from services.gateway.whatsapp.bodies import Rendered, receipt, render, rendered
from services.gateway.whatsapp.changes import Change, change_of, identity_of
from services.gateway.whatsapp.content import to_content, wamid_of, withdrawn_by
from services.gateway.whatsapp.errors import Failure, backoff, decide, failure_of
from services.gateway.whatsapp.people import sender_of
from services.gateway.whatsapp.split import Update

__all__ = [
    "Change",
    "Failure",
    "Rendered",
    "Update",
    "backoff",
    "change_of",
    "decide",
    "failure_of",
    "identity_of",
    "receipt",
    "render",
    "rendered",
    "sender_of",
    "to_content",
    "wamid_of",
    "withdrawn_by",
]
