"""The status webhooks that follow a send, and how faults change them."""

from collections.abc import Collection, Mapping
from typing import Any

from services.simulator.domain import updates
from services.simulator.domain.faults import Fault
from services.simulator.domain.phones import Number, Phone
from services.simulator.domain.updates import Update

DOUBLE_SECONDS = 0.02
HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


def reports(
    number: Number,
    phone: Phone,
    wamid: str,
    body: Mapping[str, Any],
    now: float,
    seconds: tuple[float, float, float],
    category: str,
    struck: Mapping[str, Fault],
) -> list[Update]:
    """Sent, delivered, read. `struck` are the faults that strike this send."""
    late = struck["status_late"].details["seconds"] if "status_late" in struck else 0.0
    sent, delivered, read = (now + late + delay for delay in seconds)
    if "status_reordered" in struck:
        sent, read = read, sent
    missing = _missing(struck)
    planned = []
    for status, due in (("sent", sent), ("delivered", delivered), ("read", read)):
        content = {"id": wamid, "status": status, "timestamp": str(int(due)), **_echoed(body)}
        if status != "read":
            content["pricing"] = updates.pricing(category)
        value = updates.status(number, phone, content)
        update = Update(number.discom, f"status {wamid}", due, value, wamid, status, posted=status not in missing)
        planned.append(update)
        if "status_doubled" in struck and update.posted:
            planned.append(Update(number.discom, f"again {wamid}", due + DOUBLE_SECONDS, value))
    return planned


def failure(
    number: Number, phone: Phone, wamid: str, body: Mapping[str, Any], now: float, code: int, title: str
) -> Update:
    """The one report of a send that was accepted and arrives nowhere."""
    error = {"code": code, "title": title, "message": title, "error_data": {"details": title}, "href": HREF}
    content = {"id": wamid, "status": "failed", "timestamp": str(int(now)), "errors": [error], **_echoed(body)}
    return Update(number.discom, f"status {wamid}", now, updates.status(number, phone, content))


def _missing(struck: Mapping[str, Fault]) -> Collection[str]:
    if "status_missing" not in struck:
        return ()
    which = struck["status_missing"].details["which"]
    return ("sent", "delivered", "read") if which == "all" else (which,)


def _echoed(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: body[key] for key in ("biz_opaque_callback_data",) if key in body}
