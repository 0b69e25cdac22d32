"""Sends what the ledger holds: one message in flight per chat, in order, with retries and unknown outcomes settled."""

import asyncio
import random
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from libs.kit.database import Pool, until_it_works
from libs.kit.failpoint import failpoint
from libs.kit.logs import log
from services.gateway import store
from services.gateway.metrics import HELD, REPEATS, SENDS, WAITING
from services.gateway.sender.gate import Gate
from services.gateway.sender.ledger import UNKNOWN, Ledger
from services.gateway.sender.provider import Accepted, NotSent, Outcome, Provider, Unknown
from services.gateway.store import Send
from services.gateway.whatsapp import Failure, backoff, render

REPLY, NOTICE = 0, 1
SETTLE_SECONDS = 0.5
SWEEP_SECONDS = 5.0
WINDOW = timedelta(hours=24)
"""WhatsApp takes free text this long after the person's last message; a reply older than that is of no use."""
RETRY = {"retry", "retry_recipient", "hold_number", "token", "later24h"}
HOLD_SECONDS = 30.0
"""While the provider refuses the number or the token, try again this often, so that nothing is lost."""


class Superseded(Exception):
    """Another process sends from this number by now."""


class Dispatcher:
    """A queue and a task per chat that has something to send."""

    def __init__(self, pool: Pool, provider: Provider, ledger: Ledger, gate: Gate, discom: str) -> None:
        self._pool = pool
        self._provider = provider
        self._ledger = ledger
        self._gate = gate
        self._discom = discom
        self._queues: dict[str, deque[Send]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._unknown: dict[Send, asyncio.Future[str | None]] = {}
        self._known: set[UUID] = set()
        self._stopping = False
        self.held = ""
        """Why sending from the number is held, or empty."""
        self.failed: BaseException | None = None
        """An error that no code expected; the sender leaves with it."""

    def idle(self, chat_id: str) -> bool:
        """Whether the chat's next bubble may be claimed in the transaction that queues it."""
        return chat_id not in self._queues and len(self._queues) < 200 and not self.held

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
        WAITING.labels(self._discom).set(len(self._queues))

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.failed = error

    async def stop(self, seconds: float = 4.0) -> None:
        """Lets calls in flight end, then gives up what waits; the ledger still holds it."""
        self._stopping = True
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
            WAITING.labels(self._discom).set(len(self._queues))

    async def _deliver(self, send: Send) -> bool:
        """Brings one send to its end; False when the process stops before that."""
        # found so after a start: nobody knows whether that call was answered
        doubtful = send.state == "sending" and send.attempts and send.unknown_until and not send.fresh
        if doubtful and await self._settle(send):
            return True
        while not self._stopping:
            now = datetime.now(UTC)
            if now - send.reply.at > WINDOW and not send.notice:
                return self._end(send, "failed", "too_old")
            if send.not_before and send.not_before > now:
                await asyncio.sleep(min(5.0, (send.not_before - now).total_seconds()))
                continue
            await self._gate.enter(NOTICE if send.notice else REPLY)
            try:
                if not send.fresh:
                    send.state, send.attempts = "sending", send.attempts + 1
                    send.unknown_until = datetime.now(UTC) + UNKNOWN
                    if not await self._ledger.claim(send):
                        return await self._beaten(send)
                send.fresh = False
                if send.unknown_until and send.unknown_until <= datetime.now(UTC):
                    continue  # this process slept: by now another may have taken the claim for an unknown outcome
                failpoint("sender_before_call")
                outcome = await self._call(send)
                failpoint("sender_after_call")
            finally:
                self._gate.leave()
            match outcome:
                case Accepted(wamid):
                    send.wamid = wamid
                    self._hold("")
                    return self._end(send, "sent", "sent")
                case NotSent():
                    self._again(send, "not_reached", None)
                case Unknown():
                    SENDS.labels(self._discom, "unknown").inc()
                    if await self._settle(send):
                        return True
                case Failure() as failure:
                    if self._refused(send, failure):
                        return True
        return False

    async def _beaten(self, send: Send) -> bool:
        """The ledger did not take our claim: a status webhook settled the send, or we are not its sender any more."""
        found = await until_it_works(
            partial(store.settled, self._pool, [send]), "sender.settling_waits", discom=self._discom
        )
        if send.reply_id not in found:
            raise Superseded
        send.state = found[send.reply_id]
        return True

    async def _call(self, send: Send) -> Outcome:
        try:
            body = render(send.reply, send.to, send.callback)
        except ValueError as error:
            log.error(
                "send.cannot_be_rendered", discom=self._discom, reply_id=str(send.reply_id), error=type(error).__name__
            )
            return Failure(action="fix", code=None, retry_after=None)
        return await self._provider.send(body)

    def _end(self, send: Send, state: str, outcome: str) -> bool:
        send.state, send.not_before = state, None
        SENDS.labels(self._discom, outcome).inc()
        self._ledger.note(send)
        return True

    def _again(self, send: Send, why: str, seconds: float | None) -> None:
        send.state = "queued"
        wait = seconds if seconds is not None else backoff(min(send.attempts - 1, 3), random.random())
        send.not_before = datetime.now(UTC) + timedelta(seconds=wait)
        SENDS.labels(self._discom, f"retry_{why}").inc()
        self._ledger.note(send)

    def _refused(self, send: Send, failure: Failure) -> bool:
        """What to do about an error is data on the error."""
        send.error_code = failure.code
        if failure.action in RETRY:
            if failure.action in ("hold_number", "token"):
                self._hold(f"WhatsApp answers {failure.code}: {failure.action}")
                self._again(send, failure.action, HOLD_SECONDS)
            else:
                self._again(send, failure.action, failure.retry_after)
            return False
        log.warning(
            "send.refused", discom=self._discom, reply_id=str(send.reply_id), code=failure.code, action=failure.action
        )
        return self._end(send, "failed", f"failed_{failure.action}")

    def _hold(self, why: str) -> None:
        if why != self.held:
            self.held = why
            HELD.labels(self._discom).set(1 if why else 0)
            log.warning("number.held" if why else "number.released", discom=self._discom, why=why)

    async def _settle(self, send: Send) -> bool:
        """Waits for the status webhook of a send of unknown outcome. False: none came, so it is to be repeated."""
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        # also where a clock was set back since the claim
        send.unknown_until = min(send.unknown_until or datetime.now(UTC), datetime.now(UTC) + UNKNOWN)
        self._unknown[send] = future
        state = await future
        if state:
            SENDS.labels(self._discom, "settled_by_status").inc()
            send.state = state
            return True
        if not self._stopping:
            REPEATS.labels(self._discom).inc()
            send.repeats += 1
            log.warning("send.repeated", discom=self._discom, reply_id=str(send.reply_id), repeats=send.repeats)
        return False

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
        """Asks the ledger, for all sends of unknown outcome at once, whether a status webhook has settled them."""
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            waiting = list(self._unknown)
            if not waiting:
                continue
            found = await until_it_works(
                partial(store.settled, self._pool, waiting), "sender.settling_waits", discom=self._discom
            )
            now = datetime.now(UTC)
            for send in waiting:
                state = found.get(send.reply_id)
                if state or (send.unknown_until or now) <= now:
                    future = self._unknown.pop(send)
                    if not future.done():
                        future.set_result(state)
