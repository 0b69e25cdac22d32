"""Replies that wait in the ledger: why, and what to do about it. Pure."""

from collections.abc import Mapping
from uuid import UUID

from libs.kit.audit.tables import Sent

WAITING = ("queued", "sending")


def unsent(discom: str, sends: Mapping[UUID, Sent], holds: Mapping[str, str]) -> dict[str, str]:
    """Every reply that is not with WhatsApp and not given up. A moment is normal; who stays here is stuck."""
    return {str(id): _why(discom, send, holds) for id, send in sends.items() if send.state in WAITING}


def _why(discom: str, send: Sent, holds: Mapping[str, str]) -> str:
    if "" in holds:
        return f"the number is held ({holds['']}): put it right with Meta, then `make lift DISCOM={discom}`"
    if send.held_by and (why := holds.get(send.held_by) or holds.get(send.held_by.partition("/")[0])):
        lift = f"`make lift DISCOM={discom} TEMPLATE={send.held_by}`"
        return f"the template {send.held_by} is held ({why}): it goes on when WhatsApp approves it, or with {lift}"
    if send.later:
        return "WhatsApp put it off or could not be reached: it is tried again by itself"
    return "its turn has come: is the gateway's sender ready, or the number's rate too low?"
