"""Statuses: what became of each bubble, from WhatsApp's status webhooks into the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from libs.kit.batch import Batch
from libs.kit.failpoint import failpoint
from libs.kit.logs import log
from libs.schemas.messages import Received
from services.gateway import store
from services.gateway.metrics import STATUSES
from services.gateway.sender.refusals import again_after, hold_of
from services.gateway.store import Status
from services.gateway.whatsapp import Failure, failure_of, wamid_of

RANK = {"sent": 1, "failed": 2, "delivered": 3, "read": 4, "played": 4}
"""What outweighs what within a batch: the ledger holds the same order against what it knows."""
STATE = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Heard:
    """One status and, where it says that the bubble failed, what that means."""

    status: Status
    failure: Failure | None


async def handle(batch: Batch) -> None:
    """Applies the furthest status of each call in a batch: one statement, but where a bubble was called for twice."""
    latest: dict[object, Heard] = {}
    for record in batch:
        received = record.event.data
        assert isinstance(received, Received)
        update = _status(received)
        word = str(update.get("status", ""))
        STATUSES.labels(batch.discom, word if word in RANK else "other").inc()
        if (heard := _heard(update, word)) is None:
            continue
        call = (heard.status.day, heard.status.reply_id, heard.status.wamid)
        before = latest.get(call)
        if before is None or RANK[word] >= RANK[before.status.state]:
            latest[call] = heard
    failpoint("statuses_before_ledger")
    for statuses in _one_per_bubble(heard.status for heard in latest.values()):
        await store.apply_statuses(batch.connection, statuses)
    await _act(batch, [heard for heard in latest.values() if heard.failure])


async def _act(batch: Batch, failed: list[Heard]) -> None:
    """What a failure means beyond its bubble. A held template is known by WhatsApp's updates or the next try."""
    holds, unreachable = {}, []
    for heard in failed:
        assert heard.failure
        code, action = heard.failure.code, heard.failure.action
        log.warning("send.failed", discom=batch.discom, reply_id=str(heard.status.reply_id), code=code, action=action)
        if action in ("hold_number", "token") and heard.failure.scope != "template":
            hold = hold_of(heard.failure, None)
            holds[hold.key] = hold
        elif action == "drop_user":
            unreachable.append(heard.status)
    if holds:
        await store.hold(batch.connection, holds.values())
    if unreachable:
        chats = await store.chats_behind(batch.connection, unreachable)
        await store.mark_unreachable(batch.connection, chats)


def _one_per_bubble(statuses: Iterable[Status]) -> list[list[Status]]:
    """Rounds in which no bubble occurs twice: one row takes one change per statement."""
    rounds: list[dict[object, Status]] = []
    for status in statuses:
        bubble = (status.day, status.reply_id)
        free = next((one for one in rounds if bubble not in one), None)
        if free is None:
            rounds.append(free := {})
        free[bubble] = status
    return [list(one.values()) for one in rounds]


def _heard(update: dict[str, Any], word: str) -> Heard | None:
    callback = update.get("biz_opaque_callback_data")
    found = store.parse_callback(callback) if isinstance(callback, str) else None
    if word not in RANK or found is None:
        return None
    code = _error_code(update) if word == "failed" else None
    failure = None
    if word == "failed":
        failure = (failure_of(code) if code is not None else None) or Failure("drop", code, None)
    seconds, as_template = again_after(failure) if failure else (None, False)
    status = Status(*found, STATE[word], wamid_of(update), code, seconds, as_template)
    return Heard(status, failure)


def _status(received: Received) -> dict[str, Any]:
    statuses = received.value.get("statuses")
    return statuses[0] if isinstance(statuses, list) and statuses and isinstance(statuses[0], dict) else {}


def _error_code(update: dict[str, Any]) -> int | None:
    errors = update.get("errors")
    code = errors[0].get("code") if isinstance(errors, list) and errors and isinstance(errors[0], dict) else None
    return code if isinstance(code, int) and abs(code) < 2**31 else None
