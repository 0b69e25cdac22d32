"""What an officer does: one transaction, once, and only on what he saw."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID, uuid5

from libs.kit import outbox
from libs.kit.database import Pool
from services.complaints import store
from services.complaints.domain import Change, Complaint, note, resolve, take
from services.complaints.effects import take_effect

LONGEST = 500
"""Characters of a note: it goes to a phone."""

Action = Literal["take", "note", "resolve"]
Outcome = Literal["done", "changed", "refused", "empty", "unknown"]


@dataclass(frozen=True, slots=True)
class Form:
    """What an officer sent."""

    action: Action
    id: UUID
    """Made from the page and from what was sent: the same sent twice is one action, something else from it another."""
    version: int
    """Of the complaint that the officer saw."""
    text: str


def read(action: str, id: str, version: str, text: str) -> Form | None:
    """The fields of a form; None if a page of ours did not make it."""
    known = next((name for name in get_args(Action) if name == action), None)
    try:
        said = text.replace("\0", "").strip()[:LONGEST]
        return Form(known, uuid5(UUID(id), f"{known} {said}"), int(version), said) if known else None
    except ValueError:
        return None


async def act(pool: Pool, discom: str, number: str, officer: str, form: Form, now: datetime) -> Outcome:
    """Does it and leaves the consumer's notice and the fact for the worker to send.

    `changed` says that the complaint is not any more what the officer saw.
    """
    if form.action != "take" and not form.text:
        return "empty"
    async with pool.acquire() as connection, connection.transaction():
        complaint = await store.locked(connection, number)
        if complaint is None:
            return "unknown"
        if await store.is_done(connection, form.id):
            return "done"
        if complaint.version != form.version:
            return "changed"
        change = _change(complaint, form, officer, now)
        if change is None:
            return "refused"
        await outbox.store(connection, await take_effect(connection, discom, [(form.id, change)], now))
    return "done"


def _change(complaint: Complaint, form: Form, officer: str, now: datetime) -> Change | None:
    match form.action:
        case "take":
            return take(complaint, officer)
        case "note":
            return note(complaint, officer, form.text)
        case "resolve":
            return resolve(complaint, officer, form.text, now)
