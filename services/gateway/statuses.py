"""Statuses: what became of each bubble, from WhatsApp's status webhooks into the ledger."""

from typing import Any

from libs.kit.batch import Batch
from libs.kit.failpoint import failpoint
from libs.kit.logs import log
from libs.schemas.messages import Received
from services.gateway import store
from services.gateway.metrics import STATUSES

RANK = {"sent": 1, "failed": 2, "delivered": 3, "read": 4, "played": 4}
"""What outweighs what within a batch: the ledger holds the same order against what it knows."""
STATE = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}


async def handle(batch: Batch) -> None:
    """Applies the furthest status of each bubble in a batch, in one statement."""
    latest: dict[object, store.Status] = {}
    for record in batch:
        received = record.event.data
        assert isinstance(received, Received)
        update = _status(received)
        word = str(update.get("status", ""))
        STATUSES.labels(batch.discom, word if word in RANK else "other").inc()
        callback = update.get("biz_opaque_callback_data")
        found = store.parse_callback(callback) if isinstance(callback, str) else None
        if word not in RANK or found is None:
            continue
        code = _error_code(update)
        if word == "failed":
            log.warning("send.failed", discom=batch.discom, reply_id=str(found[1]), code=code)
        wamid = update.get("id")
        status = store.Status(*found, STATE[word], wamid if isinstance(wamid, str) else None, code)
        before = latest.get(found)
        if before is None or RANK[word] >= RANK[before.state]:
            latest[found] = status
    failpoint("statuses_before_ledger")
    if latest:
        await store.apply_statuses(batch.connection, list(latest.values()))


def _status(received: Received) -> dict[str, Any]:
    statuses = received.value.get("statuses")
    return statuses[0] if isinstance(statuses, list) and statuses and isinstance(statuses[0], dict) else {}


def _error_code(update: dict[str, Any]) -> int | None:
    errors = update.get("errors")
    code = errors[0].get("code") if isinstance(errors, list) and errors and isinstance(errors[0], dict) else None
    return code if isinstance(code, int) and abs(code) < 2**31 else None
