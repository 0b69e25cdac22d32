"""What an officer does: one transaction, once, and only on what he saw."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from libs.kit import outbox
from libs.kit.database import Pool
from services.complaints import store
from services.complaints.domain import Change, Complaint, note, resolve, take
from services.complaints.effects import take_effect

LONGEST = 500
"""Characters of a note: it goes to a phone."""

Action = Literal["take", "note", "resolve"]
Outcome = Literal["done", "changed", "refused", "empty", "unknown"]


async def act(
    pool: Pool, discom: str, number: str, action: Action, officer: str, id: UUID, version: int, text: str, now: datetime
) -> Outcome:
    """Does it and leaves the consumer's notice and the fact for the worker to send.

    `id` was minted when the page was made: the same form sent twice is one action. `changed` says that the complaint
    is not any more what the officer saw.
    """
    text = text.replace("\0", "").strip()[:LONGEST]
    if action != "take" and not text:
        return "empty"
    async with pool.acquire() as connection, connection.transaction():
        complaint = await store.locked(connection, number)
        if complaint is None:
            return "unknown"
        if await store.is_done(connection, id):
            return "done"
        if complaint.version != version:
            return "changed"
        change = _change(complaint, action, officer, text, now)
        if change is None:
            return "refused"
        await outbox.store(connection, await take_effect(connection, discom, [(id, change)], now))
    return "done"


def _change(complaint: Complaint, action: Action, officer: str, text: str, now: datetime) -> Change | None:
    match action:
        case "take":
            return take(complaint, officer)
        case "note":
            return note(complaint, officer, text)
        case "resolve":
            return resolve(complaint, officer, text, now)
