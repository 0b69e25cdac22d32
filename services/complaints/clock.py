"""What happens because time passes: overdue complaints go up a level, the unconfirmed are reminded, notices go out."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid5

from libs.kit.batch import Batch
from libs.kit.consumer import Worker
from libs.kit.database import is_transient
from libs.kit.delivery import Fenced
from libs.kit.logs import Seldom, log
from libs.kit.outbox import Outgoing
from libs.schemas.events import root_event
from libs.schemas.topics import INBOUND, NOTICES
from services.complaints import store
from services.complaints.domain import night_began, notice_of, still_true, tick
from services.complaints.effects import take_effect
from services.complaints.telling import reply_of

ROUND_SECONDS = 2.0
MOST = 100
"""Complaints and notices of one round; the rest comes in the next."""
DRAFT_DAYS = 8


class Clock:
    """Runs beside a worker, for the partitions that it owns and under its fence."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._topic = INBOUND["complaints"].name(worker.discom)
        self._seldom = Seldom()

    async def run(self) -> None:
        """A round every 2 s. A passing trouble costs rounds, nothing else."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            try:
                await self.round(datetime.now(UTC))
            except Exception as error:
                if not isinstance(error, Fenced) and not is_transient(error):
                    raise
                self._seldom.warning("clock.waits", discom=self._worker.discom, error=type(error).__name__)

    async def round(self, now: datetime) -> None:
        """Looks at the partitions whose time has come, in one transaction."""
        mine = [partition for topic, partition in self._worker.owns if topic == self._topic]
        if not mine:
            return
        async with self._worker.pool.acquire() as connection:
            await store.forget_drafts(connection, now - timedelta(days=DRAFT_DAYS), MOST)
            due = await store.partitions_due(connection, mine, night_began(now), now)
        if due:
            sources = [(self._topic, partition) for partition in due]
            async with self._worker.follow_up(sources) as batch:
                changed = await self._tick(batch, due, now)
                told = await self._tell(batch, due, now)
            log.info("clock.round", discom=self._worker.discom, changed=changed, told=told)

    async def _tick(self, batch: Batch, partitions: Sequence[int], now: datetime) -> int:
        """Escalates and reminds. An action's id comes from what it is, so that it cannot happen twice."""
        changes = [
            (uuid5(change.after.key, f"{change.entry.kind} {change.after.level} {change.after.resolved_at}"), change)
            for complaint in await store.due(batch.connection, partitions, now, MOST)
            if (change := tick(complaint, now))
        ]
        batch.outgoing += await take_effect(batch.connection, batch.discom, changes, now)
        return len(changes)

    async def _tell(self, batch: Batch, partitions: Sequence[int], now: datetime) -> int:
        """Sends the notices that are due and still true."""
        waiting = await store.due_notices(batch.connection, partitions, night_began(now), now, MOST)
        for notice in waiting:
            complaint = notice.complaint
            if not still_true(notice.kind, complaint, notice.text):
                continue
            said = notice_of(notice.kind, complaint, notice.text, now)
            reply = reply_of(batch.discom, complaint, said, now)
            event = root_event(
                notice.id, "reply.requested", f"{batch.discom}/complaints", now, complaint.chat_id, reply
            )
            batch.outgoing.append(Outgoing.of(event, NOTICES.name(batch.discom), (self._topic, complaint.partition)))
        return len(waiting)
