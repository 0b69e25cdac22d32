"""What changes leave behind that no message caused: by the clock, or by an officer. The same for both."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from libs.kit.database import Connection
from libs.kit.outbox import Outgoing
from libs.schemas.events import root_event
from libs.schemas.topics import FACTS, INBOUND
from services.complaints import store
from services.complaints.domain import Change, may_be_told_at
from services.complaints.facts import fact_of


async def take_effect(
    connection: Connection, discom: str, changes: Sequence[tuple[UUID, Change]], now: datetime
) -> list[Outgoing]:
    """Writes changes with their history and notices; returns the facts, for the outbox of the same transaction.

    Each change comes with the id of the action behind it. All that follows gets ids made from that one, so an action
    that comes twice is written, told and published once.
    """
    lines: list[store.Line] = []
    notices: list[store.Waiting] = []
    facts: list[Outgoing] = []
    for action, change in changes:
        complaint = change.after
        lines.append(store.Line(action, now, complaint, change.entry))
        if change.notice:
            due_at = may_be_told_at(now, complaint.heard_at)
            notices.append(store.Waiting(uuid5(action, "notice"), change.notice, change.entry.text, complaint, due_at))
        if fact := fact_of(discom, change, now):
            id = uuid5(action, "fact")
            event = root_event(id, fact.type, f"{discom}/complaints", now, complaint.number, fact.data)
            source = (INBOUND["complaints"].name(discom), complaint.partition)
            facts.append(Outgoing.of(event, FACTS["complaints"].name(discom), source))
    if lines:
        await store.update(connection, [change.after for _, change in changes])
        await store.remember(connection, lines)
    if notices:
        await store.queue_notices(connection, notices)
    return facts
