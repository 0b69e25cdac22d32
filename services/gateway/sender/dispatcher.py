"""Sends what the ledger holds: one message in flight per chat, in order, with retries and unknown outcomes settled."""

import asyncio
import random
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from libs.kit.database import Pool, until_it_works
from libs.kit.failpoint import failpoint
from libs.kit.logs import log
from libs.schemas.discom import TemplateRule
from services.gateway import store
from services.gateway.metrics import WAITING, send_counter
from services.gateway.sender.bubbles import body_of
from services.gateway.sender.doubts import Doubts
from services.gateway.sender.gate import Gate
from services.gateway.sender.holds import Holds
from services.gateway.sender.ledger import UNKNOWN, Ledger
from services.gateway.sender.provider import Accepted, NotSent, Provider, Unknown
from services.gateway.sender.rates import Pairs
from services.gateway.sender.refusals import Again, Drop, Held, Unreachable, after
from services.gateway.sender.window import AsTemplate, Free, Never, shape
from services.gateway.store import Send
from services.gateway.whatsapp import Failure, backoff

SWEEP_SECONDS = 5.0
NAP_SECONDS = 5.0
"""Who waits longer looks around this often, as the process may be about to stop."""


class Superseded(Exception):
    """Another process sends from this number by now."""


class Dispatcher:
    """A queue and a task per chat that has something to send."""

    def __init__(
        self,
        pool: Pool,
        provider: Provider,
        ledger: Ledger,
        gate: Gate,
        discom: str,
        holds: Holds | None = None,
        templates: Mapping[str, TemplateRule] | None = None,
    ) -> None:
        self._pool = pool
        self._provider = provider
        self._ledger = ledger
        self._gate = gate
        self._discom = discom
        self._templates = templates or {}
        self._pairs = Pairs()
        self._doubts = Doubts(pool, discom)
        self._queues: dict[str, deque[Send]] = {}
        WAITING.labels(discom).set_function(lambda: len(self._queues))
        self._tasks: set[asyncio.Task[None]] = set()
        self._known: set[UUID] = set()
        self._stopping = False
        self.holds = holds or Holds(pool, discom)
        self.failed: BaseException | None = None
        """An error that no code expected; the sender leaves with it."""

    def idle(self, chat_id: str) -> bool:
        """Whether the chat's next bubble may be claimed in the transaction that queues it."""
        return not self._stopping and chat_id not in self._queues and len(self._queues) < 200 and not self.holds.number

    def add(self, sends: Iterable[Send]) -> None:
        """Takes sends that are in the ledger, in order."""
        for send in sends:
            queue = self._queues.get(send.chat_id)
            if queue is None:
                self._queues[send.chat_id] = queue = deque()
                task = asyncio.create_task(self._drain(send.chat_id, queue))
                self._tasks.add(task)
                task.add_done_callback(self._over)
            queue.append(send)
            self._known.add(send.reply_id)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.failed = error

    async def stop(self, seconds: float = 4.0) -> None:
        """Lets calls in flight end, then gives up what waits; the ledger still holds it."""
        self._stopping = True
        self._doubts.stopping = True
        self.holds.wake()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in list(self._tasks):
            task.cancel()

    async def _drain(self, chat_id: str, queue: deque[Send]) -> None:
        while queue and not self._stopping:
            if await self._deliver(queue[0]):
                self._known.discard(queue.popleft().reply_id)
        if not queue:
            del self._queues[chat_id]

    async def _deliver(self, send: Send) -> bool:
        """Brings one send to its end, or sets it aside; False when the process stops before that."""
        # found so after a start: nobody knows whether that call was answered
        doubtful = send.state == "sending" and send.attempts and send.unknown_until and not send.fresh
        if doubtful and await self._doubts.settle(send):
            return True
        while not self._stopping:
            if self.holds.number:
                self._unclaim(send)
                await self.holds.free()
                continue
            now = datetime.now(UTC)
            if send.not_before and send.not_before > now:
                wait = (send.not_before - now).total_seconds()
                if wait > store.FAR:
                    return True  # the ledger gives it back when its time has come
                await asyncio.sleep(min(NAP_SECONDS, wait))
                continue
            form = await self._shape(send, now)
            if isinstance(form, Never):
                return self._end(send, "failed", form.why)
            if isinstance(form, AsTemplate) and self.holds.template(form.key):
                send.held_by = form.key
                self._unclaim(send, note=True)
                return True
            if wait := self._pairs.wait(send.chat_id, asyncio.get_running_loop().time()):
                self._unclaim(send)
                await asyncio.sleep(min(NAP_SECONDS, wait))
                continue
            await self._gate.enter(send.priority)
            try:
                if self.holds.number:
                    continue
                if not send.fresh:
                    send.state, send.attempts, send.held_by = "sending", send.attempts + 1, None
                    send.unknown_until = datetime.now(UTC) + UNKNOWN
                    if not await self._ledger.claim(send):
                        return await self._beaten(send)
                await self._gate.call()
                send.fresh = False
                if send.unknown_until and send.unknown_until <= datetime.now(UTC):
                    continue  # this process slept: by now another may have taken the claim for an unknown outcome
                self._pairs.spend(send.chat_id, asyncio.get_running_loop().time())
                failpoint("sender_before_call")
                outcome = await self._provider.send(body) if isinstance(body := body_of(send, form), dict) else body
                failpoint("sender_after_call")
            finally:
                self._gate.leave()
            match outcome:
                case Accepted(wamid):
                    send.wamid = wamid
                    return self._end(send, "sent", "sent")
                case NotSent():
                    self._again(send, "not_reached", backoff(send.attempts - 1, random.random()))
                case Unknown():
                    send_counter(self._discom, "unknown").inc()
                    if await self._doubts.settle(send):
                        return True
                case Failure() as failure:
                    if await self._refused(send, failure, form):
                        return True
        return False

    async def _shape(self, send: Send, now: datetime) -> Free | AsTemplate | Never:
        """Before a bubble without a template is given up, whether the person has written meanwhile."""
        form = shape(send, now, self._templates)
        if isinstance(form, Never) and form.why == "window_closed" and not send.closed:
            send.last_message_at = await until_it_works(
                partial(store.last_message_at, self._pool, send.chat_id), "sender.window_waits", discom=self._discom
            )
            form = shape(send, now, self._templates)
        return form

    async def _beaten(self, send: Send) -> bool:
        """The ledger did not take our claim: a status webhook settled the send, or we are not its sender any more."""
        found = await until_it_works(
            partial(store.settled, self._pool, [send]), "sender.settling_waits", discom=self._discom
        )
        if send.reply_id not in found:
            raise Superseded
        send.state = found[send.reply_id]
        return True

    def _end(self, send: Send, state: str, outcome: str) -> bool:
        send.state, send.not_before = state, None
        send_counter(self._discom, outcome).inc()
        if state == "failed":
            log.warning("send.failed", discom=self._discom, reply_id=str(send.reply_id), why=outcome)
        self._ledger.note(send)
        return True

    def _unclaim(self, send: Send, note: bool = False) -> None:
        """Gives back a claim that was made before it was known that the call must wait."""
        if send.fresh:
            send.fresh, send.unknown_until, note = False, None, True
        if note:
            send.state = "queued"
            self._ledger.note(send)

    def _again(self, send: Send, why: str, seconds: float) -> None:
        send.state = "queued"
        send.not_before = datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None
        send_counter(self._discom, f"retry_{why}").inc()
        self._ledger.note(send)

    async def _refused(self, send: Send, failure: Failure, form: Free | AsTemplate) -> bool:
        """What to do about an error is data on the error; True when that was the bubble's end."""
        send.error_code = failure.code
        if failure.code == store.WINDOW_CLOSED:
            send.closed = True
        match after(send, failure, form, random.random()):
            case Again(seconds, whole_number):
                if whole_number:
                    self._gate.pause(whole_number)
                send.requeues += failure.action == "later24h"
                self._again(send, failure.action, seconds)
                return False
            case Held(hold):
                await self.holds.add(hold)
                self._again(send, failure.action, 0)
                return False
            case Unreachable():
                await until_it_works(
                    partial(store.mark_unreachable, self._pool, [send.chat_id]),
                    "sender.mark_waits",
                    discom=self._discom,
                )
                for later in self._queues[send.chat_id]:
                    later.unwanted = later.unwanted or "unreachable"
            case Drop(alert=True):
                log.error("send.is_wrong", discom=self._discom, reply_id=str(send.reply_id), code=failure.code)
        return self._end(send, "failed", f"failed_{failure.action}")

    async def sweep(self) -> None:
        """Takes up now and then what nobody here works on."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            if len(self._known) <= 1000:
                await until_it_works(lambda: self.take_up(SWEEP_SECONDS), "sender.sweep_waits", discom=self._discom)

    async def take_up(self, age_seconds: float = 0.0) -> None:
        """Adds the ledger's rows that nobody here works on: somebody died, or committed without learning of it."""
        known = set(self._known)
        await self._ledger.flush()
        found = await store.unsettled(self._pool, age_seconds)
        left = [send for send in found if send.reply_id not in known and send.reply_id not in self._known]
        if left:
            log.info("sender.took_up", discom=self._discom, sends=len(left))
            self.add(left)

    async def watch_unknown(self) -> None:
        """Settles sends of unknown outcome as their status webhooks come in."""
        await self._doubts.watch()
