"""All SQL of the gateway."""

from services.gateway.store.chats import chats_by_id, chats_of, heard, save_contexts
from services.gateway.store.ledger import (
    Send,
    Status,
    apply_statuses,
    parse_callback,
    queue,
    settled,
    unsettled,
    write_states,
)

__all__ = [
    "Send",
    "Status",
    "apply_statuses",
    "chats_by_id",
    "chats_of",
    "heard",
    "parse_callback",
    "queue",
    "save_contexts",
    "settled",
    "unsettled",
    "write_states",
]
