"""The active sender of one number: holds the lock, queues replies, applies their patches, sends."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import asyncpg

from libs.kit.batch import Batch
from libs.kit.consumer import Worker
from libs.kit.database import TRANSIENT, advisory_lock, is_transient, until_it_works
from libs.kit.logs import log
from libs.kit.settings import WhatsAppSettings
from libs.schemas.discom import Discom
from libs.schemas.messages import ContextPatch, Received, Reply, Typing
from libs.schemas.messages import Sender as Person
from libs.schemas.topics import ACCOUNT, NOTICES, REPLIES
from services.gateway import store
from services.gateway.domain import Chat
from services.gateway.metrics import ALERTS
from services.gateway.sender.account import Alert, Free, Learn, change
from services.gateway.sender.dispatcher import Dispatcher, Superseded
from services.gateway.sender.gate import Gate
from services.gateway.sender.holds import Holds
from services.gateway.sender.ledger import UNKNOWN, Ledger
from services.gateway.sender.provider import Provider, session
from services.gateway.sender.receipts import Receipts
from services.gateway.store import Hold, Send

LOCK = 710_002
STANDBY_SECONDS = 1.0
FORGET_SECONDS = 3600.0


class Sender:
    """Runs like a worker: `run` until `stop`. Stands by while another process is the number's sender."""

    def __init__(self, frame: Worker, discom: Discom, settings: WhatsAppSettings) -> None:
        self.discom, self.pool = frame.discom, frame.pool
        self._worker = frame
        self._number = discom
        self._settings = settings
        self._dispatcher: Dispatcher | None = None
        self._receipts: Receipts | None = None
        self._queued: list[Send] = []
        self._waiting: list[tuple[Chat, Typing]] = []
        """Whoever is to see that the answer takes a moment."""
        self._stopping = False
        self._idle_since = time.monotonic()
        frame.topics = (REPLIES, NOTICES, ACCOUNT)
        frame.handle = self._handle
        frame.after_commit = self._dispatch
        frame.claimed = self._take_up

    @property
    def last_poll(self) -> float:
        """When this sender last proved that it lives."""
        return max(self._idle_since, self._worker.last_poll)

    async def check(self) -> str | None:
        """For `/readyz`: why the number is held; `make held` tells more."""
        return (self._dispatcher.holds.number or None) if self._dispatcher else None

    def stop(self) -> None:
        """Stops queuing; calls in flight may end."""
        self._stopping = True
        self._worker.stop()

    async def run(self) -> None:
        """Waits for the lock, works while it is held, starts over when it is lost."""
        while not self._stopping:
            self._idle_since = time.monotonic()
            self._queued, self._waiting = [], []
            try:
                async with self.pool.acquire() as connection, advisory_lock(connection, LOCK) as held:
                    if held:
                        log.info("sender.active", discom=self.discom)
                        await self._work(connection)
            except TRANSIENT as error:
                if not is_transient(error):
                    raise
                log.warning("sender.lock_lost", discom=self.discom, error=type(error).__name__)
            except Superseded:
                log.warning("sender.superseded", discom=self.discom)
            if not self._stopping:
                await asyncio.sleep(STANDBY_SECONDS)

    async def _work(self, lock: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> None:
        async with session() as http:
            await self._work_with(http, lock)

    async def _work_with(
        self, http: aiohttp.ClientSession, lock: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
    ) -> None:
        ledger = Ledger(self.pool, self.discom)
        provider = Provider(http, self._settings, self._number)
        gate = Gate(self._number.messages_per_second)
        holds = Holds(self.pool, self.discom)
        await self._look(lock, gate, holds)
        self._dispatcher = dispatcher = Dispatcher(
            self.pool, provider, ledger, gate, self.discom, holds, self._number.templates
        )
        self._receipts = receipts = Receipts(provider, gate, holds, self.discom)
        await until_it_works(dispatcher.take_up, "sender.loading_waits", discom=self.discom)
        tasks = [
            asyncio.create_task(work)
            for work in (
                self._worker.run(),
                ledger.run(),
                dispatcher.watch_unknown(),
                dispatcher.sweep(),
                self._keep(lock, gate, holds),
                self._forget(),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            receipts.stop()
            await dispatcher.stop()
            await ledger.flush()
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._dispatcher = None

    async def _keep(self, lock: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", gate: Gate, holds: Holds) -> None:
        """Proves every second that the lock is still ours; its connection's end ends the work."""
        while True:
            await asyncio.sleep(STANDBY_SECONDS)
            await self._look(lock, gate, holds)
            if self._dispatcher and self._dispatcher.failed:
                raise self._dispatcher.failed

    async def _look(self, lock: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", gate: Gate, holds: Holds) -> None:
        """What may be sent by now, and how fast: whatever another process or the last run has written."""
        began = time.monotonic()
        standing = await store.standing(lock)
        holds.seen(standing.holds, began)
        gate.allow(max(self._number.messages_per_second, standing.learned), standing.inbound)

    async def _forget(self) -> None:
        """Empties the words of what was sent days ago and never reported as arrived."""
        while True:
            today = datetime.now(UTC).date()
            days = (today - timedelta(days=4), today - timedelta(days=2))
            await until_it_works(
                partial(store.forget_texts, self.pool, *days), "sender.forgetting_waits", discom=self.discom
            )
            await asyncio.sleep(FORGET_SECONDS)

    async def _handle(self, batch: Batch) -> None:
        """Queues a batch's replies and applies their patches in its transaction; heeds what Meta says of accounts."""
        assert self._dispatcher
        for record in batch:
            if isinstance(record.event.data, Received):
                await self._heed(batch, record.event.data, record.event.subject)
        replies = [(record, record.event.data) for record in batch if isinstance(record.event.data, Reply)]
        slow = [record.event.data for record in batch if isinstance(record.event.data, Typing)]
        wanted = {reply.chat_id for _, reply in replies} | {typing.chat_id for typing in slow}
        chats = await store.chats_by_id(batch.connection, wanted)
        queued: list[Send] = []
        changed: dict[str, Chat] = {}
        busy: set[str] = set()
        for record, reply in replies:
            if (chat := chats.get(reply.chat_id)) is None:
                log.error("send.unknown_chat", discom=self.discom, event_id=str(record.event.id))
                continue
            notice = record.topic == NOTICES.name(self.discom)
            patch = reply.context or ContextPatch()
            patched = chat.noticed(patch, reply.at) if notice else chat.patched(patch, reply.turn)
            if patched is not chat:
                chats[reply.chat_id] = chats[chat.chat_id] = changed[chat.chat_id] = chat = patched
            send = Send(
                day=record.event.time.date(),
                reply_id=record.event.id,
                chat_id=chat.chat_id,
                notice=notice,
                reply=reply,
                to=Person(phone=chat.phone, user_id=chat.user_id),
                last_message_at=chat.last_message_at,
                unwanted=store.unwanted(chat.context.stopped, chat.unreachable_at, chat.last_message_at),
            )
            if chat.chat_id not in busy and not notice and self._dispatcher.idle(chat.chat_id):
                # claimed right here: saves the common case a round trip to the ledger
                send.state, send.fresh, send.attempts = "sending", True, 1
                send.unknown_until = datetime.now(UTC) + UNKNOWN
            busy.add(chat.chat_id)
            queued.append(send)
        if queued:
            await store.queue(batch.connection, queued)
        await store.save_contexts(batch.connection, list(changed.values()))
        self._queued = queued
        self._waiting = [(chats[typing.chat_id], typing) for typing in slow if typing.chat_id in chats]

    async def _heed(self, batch: Batch, update: Received, waba_id: str) -> None:
        """One update of the account; the next look at the rows acts upon it."""
        match change(update, waba_id, self._number):
            case Hold() as hold:
                await store.hold(batch.connection, [hold])
            case Free(template, reason):
                await store.lift(batch.connection, template, reason)
            case Learn(rate):
                await store.learn(batch.connection, rate)
                log.warning("number.rate", discom=self.discom, messages_per_second=rate or "as in the file")
            case Alert(what):
                ALERTS.labels(self.discom, update.field).inc()
                log.error("account.alert", discom=self.discom, what=what)

    async def _take_up(self, _: Sequence[tuple[str, int]]) -> None:
        """Before anything newer is queued: what was committed by the last owner, or by us without our knowing."""
        assert self._dispatcher
        self._queued, self._waiting = [], []
        await self._dispatcher.take_up()

    async def _dispatch(self) -> None:
        queued, self._queued = self._queued, []
        waiting, self._waiting = self._waiting, []
        if not self._dispatcher or not self._receipts:
            return
        for send in queued:
            self._receipts.give_way(send.chat_id)
        if queued:
            self._dispatcher.add(queued)
        for chat, typing in waiting:
            if chat.last_wamid and self._dispatcher.idle(chat.chat_id):
                self._receipts.show(chat.chat_id, chat.last_wamid, typing.at)
            else:
                self._receipts.skip("busy")
