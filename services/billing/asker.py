"""Asks the billing system for what batches left open, outside any transaction, and answers in one that follows.

Everything open stands in the table `asks`, and in the process's `Backlog`. A round calls the billing system once for
all accounts, and writes answers, links and the deletion of what is answered together. Killed anywhere, the next owner
of the partition reads the table, and the answers get the same event ids.

While the billing system does not answer it is asked again after 0.25 to 1 s, for `HOPE` seconds counted from the
message; then the consumer hears "later", once, and nothing follows from that message any more.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Final

from libs.kit import parking
from libs.kit.batch import Batch
from libs.kit.consumer import SAME_ERROR_CHATS, OwnFault, Worker
from libs.kit.database import is_transient
from libs.kit.delivery import Fenced
from libs.kit.dialogue import carry_out
from libs.kit.failpoint import failpoint
from libs.kit.logs import Seldom, log
from libs.schemas.discom import Discom
from libs.schemas.events import AccountLinked
from libs.schemas.topics import FACTS
from services.billing import store
from services.billing.backends import Backend, BackendAccount, Unavailable
from services.billing.backlog import Backlog
from services.billing.domain import Open, Progress, day_of, go_on, language_for
from services.billing.metrics import BACKEND_FAILURES, BACKEND_SECONDS, LATER
from services.billing.store import Answered, Standing, Waiting
from services.billing.worker import TEXTS

HOPE: Final = 4.0
"""Seconds for which a consumer waits, without a word, for a billing system that does not answer."""
STALE: Final = 120.0
"""A question older than this, left by a process that died, is not answered any more: "later", whatever is known."""
CALL_SECONDS: Final = 2.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 1.0
PART: Final = 200
"""Messages answered in one transaction, or a few more: it must not stand idle for long while answers are decided."""

Accounts = Mapping[str, BackendAccount | None]
"""What was asked for; None is an account that the billing system does not know."""


class Asker:
    """The second half of one worker: lives beside it and writes with its leave."""

    def __init__(
        self, worker: Worker, backlog: Backlog, backend: Backend, discom: Discom, discoms: Mapping[str, Discom]
    ) -> None:
        self._worker, self._backlog, self._backend = worker, backlog, backend
        self._discom, self._discoms = discom, discoms
        self._pause = 0.0
        """Seconds until the billing system is asked again; 0 while it answers."""
        self._seldom = Seldom()
        worker.after_commit, worker.claimed = backlog.committed, backlog.claimed

    async def run(self) -> None:
        """Answers for ever. Leaves with an error when several chats fail alike."""
        while True:
            if self._pause:
                await asyncio.sleep(self._pause)
            else:
                await self._backlog.more.wait()
            try:
                await self._round()
            except Exception as error:
                if not isinstance(error, Fenced) and not is_transient(error):
                    raise
                self._backlog.doubt()  # whether it was committed is not known
                self._pause = LONGEST_PAUSE
                self._seldom.warning("asker.waits", error=type(error).__name__, discom=self._discom.code)

    async def _round(self) -> None:
        waiting = await self._backlog.read(self._worker.pool, self._worker.owns)
        if not waiting:
            self._pause = 0.0
            return
        now = time.monotonic()
        ids = {item.ask.account_id for item in waiting if item.ask and now - item.since < STALE}
        accounts = await self._accounts(ids) if ids else {}
        failpoint("before_answer")
        hope = now - (STALE if accounts is not None else HOPE)
        for part in _parts(waiting):
            if accounts is not None or any(item.since <= hope for item in part):
                await self._answer(part, accounts, hope)
        if accounts is None:
            self._pause = min(max(2 * self._pause, SHORTEST_PAUSE), LONGEST_PAUSE)
            return
        self._pause = 0.0
        self._backlog.go_on()

    async def _accounts(self, ids: set[str]) -> Accounts | None:
        """What the billing system knows of these accounts; None while it does not answer."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                found = await self._backend.accounts(ids)
        except (Unavailable, TimeoutError) as error:
            BACKEND_FAILURES.labels(self._discom.code).inc()
            self._seldom.warning("backend.waits", error=type(error).__name__, discom=self._discom.code)
            return None
        BACKEND_SECONDS.labels(self._discom.code).observe(time.perf_counter() - began)
        return {id: found.get(id) for id in ids}

    async def _answer(self, waiting: Sequence[Waiting], accounts: Accounts | None, hope: float) -> None:
        """Writes what can be answered now, chat by chat, in one transaction."""
        change = Answered()
        async with self._worker.follow_up({item.record.source for item in waiting}) as batch:
            standings = await store.standings(batch.connection, {(item.chat_id, _day(item)) for item in waiting})
            failures: dict[str, set[str]] = {}
            for chat_id, items in groupby(waiting, _chat_of):
                standing, emitted = standings[chat_id], len(batch.outgoing)
                queue = []
                for item in items:
                    if item.id in standing.open:
                        queue.append(item)
                    else:  # answered by a doubtful commit, or of another chat by now
                        self._backlog.doubt()
                try:
                    self._go_on(batch, queue, standing, accounts, hope, change)
                except Exception as error:
                    del batch.outgoing[emitted:]
                    where = parking.signature(error)
                    failures.setdefault(where, set()).add(chat_id)
                    if len(failures[where]) >= SAME_ERROR_CHATS:
                        raise OwnFault(where) from error
                    await self._park(batch, queue, where)
                    change.done += [item.id for item in queue]
            await store.answered(batch.connection, change)
        self._backlog.answered(change.done)
        for item in waiting:
            if item.id in change.asked:
                self._backlog.asks(replace(item, ask=change.asked[item.id]))

    def _go_on(
        self,
        batch: Batch,
        queue: Sequence[Waiting],
        standing: Standing,
        accounts: Accounts | None,
        hope: float,
        change: Answered,
    ) -> None:
        progress = go_on(
            [Open(item.message, item.ask, item.since <= hope) for item in queue],
            standing.dialogue,
            standing.linked,
            standing.looked_at,
            accounts,
            self._discoms,
            self._discom,
        )
        for item, done in zip(queue, progress.done, strict=False):
            item.record.followers = 0  # a transaction that failed gave out ordinals
            if done.answer:
                carry_out(batch, item.record, TEXTS, language_for(item.message), "billing", done.answer.move)
                if done.answer.outcome == "later":
                    LATER.labels(self._discom.code).inc()
            for fact in done.facts:
                type = "account.linked" if isinstance(fact, AccountLinked) else "bill.shown"
                batch.emit(item.record, FACTS["billing"], type, item.message.chat_id, fact)
        _note(change, queue, standing, progress)

    async def _park(self, batch: Batch, queue: Iterable[Waiting], where: str) -> None:
        """Puts a chat's open messages aside and tells the consumer once."""
        for n, item in enumerate(queue):
            await parking.park(batch.connection, item.record, where)
            if n == 0 and self._worker.apologise:
                self._worker.apologise(batch, item.record)
            log.error("delivery.parked", error=where, event_id=str(item.record.event.id), topic=item.record.topic)


def _note(change: Answered, queue: Sequence[Waiting], standing: Standing, progress: Progress) -> None:
    """What one chat's progress changes in the database."""
    count = len(progress.done)
    change.done += [item.id for item in queue[:count]]
    if progress.ask and not queue[count].ask:
        change.asked[queue[count].id] = progress.ask
    if not queue:
        return
    chat_id = queue[0].chat_id
    if progress.dialogue != standing.dialogue:
        change.dialogues[chat_id] = progress.dialogue
    if progress.linked and progress.linked != standing.linked:
        change.links[chat_id] = (progress.linked, queue[count - 1].message.at)
    for day, accounts in progress.looked_at.items():
        new = accounts - standing.looked_at.get(day, frozenset())
        change.looked_at += [(chat_id, day, account) for account in new]


def _parts(waiting: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """Shares of the work, each with whole chats: what waits behind another message must not come before it."""
    chats: dict[str, list[Waiting]] = {}
    for item in waiting:
        chats.setdefault(item.chat_id, []).append(item)
    part: list[Waiting] = []
    for items in chats.values():
        part += items
        if len(part) >= PART:
            yield part
            part = []
    if part:
        yield part


def _chat_of(item: Waiting) -> str:
    return item.chat_id


def _day(item: Waiting) -> date:
    return day_of(item.message.at)
