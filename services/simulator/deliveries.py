"""Webhooks out: signed, repeated until answered 200 or 7 days old, in an order mostly kept and never promised."""

import asyncio
import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

import aiohttp

from libs.kit.logs import Seldom
from services.simulator.domain.phones import Number
from services.simulator.hub import Hub
from services.simulator.lanes import AT_ONCE, Lanes
from services.simulator.metrics import LOST, WAITING, WEBHOOK_SECONDS, WEBHOOKS
from services.simulator.store import Store
from services.simulator.store.webhooks import Pending

DAYS_7 = 7 * 24 * 3600
FLUSH_SECONDS = 0.01
VERIFY_SECONDS = 5.0
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
CHALLENGE = "1158201444"


class Deliveries:
    """Delivers what the store holds; one task per number, so that one number's trouble delays no other."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        numbers: Iterable[Number],
        url: str,
        secret: bytes,
        verify_token: str,
        retry: float,
        cap: float,
    ) -> None:
        self._store = store
        self._hub = hub
        self._secret = secret
        self._url = url
        self._verify_token = verify_token
        self._retry = retry
        self._cap = cap
        self._lanes = {number.discom: Lanes() for number in numbers}
        self._results: list[tuple[Pending, bool]] = []
        self._shown: list[Pending] = []
        self._running: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._seldom = Seldom()
        self._stopping = False
        self.verified = False
        """Whether the receiver has answered Meta's check of its address, once."""

    def add(self, pending: Iterable[Pending]) -> None:
        """Webhooks that have just been committed."""
        for webhook in pending:
            self._lanes[webhook.discom].push(webhook)

    async def run(self) -> None:
        """Delivers until it is stopped; takes up what an earlier process left."""
        self.reload()
        connector = aiohttp.TCPConnector(limit=256)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as self._session:
            verifying = asyncio.create_task(self._verify())
            async with asyncio.TaskGroup() as group:
                for code, lanes in self._lanes.items():
                    group.create_task(self._serve(code, lanes))
                group.create_task(self._flush())
            verifying.cancel()

    def stop(self) -> None:
        self._stopping = True
        for lanes in self._lanes.values():
            lanes.wake.set()

    def waiting(self) -> Mapping[str, int]:
        """How many webhooks each discom's receiver has still to take."""
        return {code: lanes.size for code, lanes in self._lanes.items()}

    def reload(self) -> None:
        """Takes what waits, and when it is due, from the store anew."""
        for lanes in self._lanes.values():
            lanes.clear()
        # what is under way, or waits to be written down, comes back by itself
        busy = {id for lanes in self._lanes.values() for id in lanes.under_way} | {it.id for it, _ in self._results}
        self.add(it for it in self._store.webhooks.pending() if it.discom in self._lanes and it.id not in busy)

    def hurry(self) -> None:
        """Makes everything due now that waits for another attempt."""
        with self._store.writing():
            self._store.webhooks.hurry(time.time())
        self.reload()

    def replay(self, last: int, discom: str | None) -> int:
        """Delivers the last webhooks once more; returns how many."""
        now = time.time()
        with self._store.writing():
            again = [replace(update, due=now) for update in self._store.webhooks.last(last, discom)]
            planned = self._store.webhooks.plan(again, now)
        self.add(planned)
        return len(planned)

    async def _verify(self) -> None:
        """Meta's check that the address is ours, repeated until it is answered."""
        assert self._session
        query = {"hub.mode": "subscribe", "hub.challenge": CHALLENGE, "hub.verify_token": self._verify_token}
        while not self.verified:
            try:
                async with self._session.get(self._url, params=query, timeout=TIMEOUT) as response:
                    self.verified = response.status == 200 and await response.read() == CHALLENGE.encode()
                if not self.verified:
                    self._seldom.warning("webhook.not_verified", answered=response.status)
            except (aiohttp.ClientError, TimeoutError, OSError):
                # the gateway starts later than we do
                pass
            await asyncio.sleep(VERIFY_SECONDS)

    async def _serve(self, code: str, lanes: Lanes) -> None:
        while not self._stopping:
            lanes.wake.clear()
            while lanes.busy < AT_ONCE and (webhook := lanes.pop(time.time())):
                task = asyncio.create_task(self._deliver(webhook, lanes))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            WAITING.labels(code).set(lanes.size)
            try:
                async with asyncio.timeout(lanes.seconds(time.time())):
                    await lanes.wake.wait()
            except TimeoutError:
                continue

    async def _deliver(self, webhook: Pending, lanes: Lanes) -> None:
        if webhook.status and not webhook.attempts:
            self._shown.append(webhook)
        answered = not webhook.posted or await self._post(webhook)
        attempts = webhook.attempts + 1
        self._results.append((replace(webhook, attempts=attempts, due=time.time() + self._delay(attempts)), answered))
        lanes.free(webhook)

    async def _post(self, webhook: Pending) -> bool:
        body = self._store.webhooks.body(webhook.id)
        assert self._session
        signature = "sha256=" + hmac.digest(self._secret, body, "sha256").hex()
        headers = {"content-type": "application/json", "x-hub-signature-256": signature}
        started = time.perf_counter()
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                await response.read()
                answer = str(response.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            answer = type(error).__name__
        WEBHOOK_SECONDS.observe(time.perf_counter() - started)
        WEBHOOKS.labels(webhook.discom, answer).inc()
        if answer != "200":
            self._seldom.warning("webhook.not_taken", discom=webhook.discom, answered=answer)
        return answer == "200"

    def _delay(self, attempts: int) -> float:
        """At once after the first failure, then ever less often."""
        return 0.0 if attempts == 1 else float(min(self._cap, self._retry * 2 ** min(attempts - 2, 30)))

    async def _flush(self) -> None:
        """Writes down what happened, many at a time. What a kill takes from here is delivered once more."""
        while not self._stopping or self._running or self._results:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._results or self._shown:
                self._write_down()

    def _write_down(self) -> None:
        results, self._results = self._results, []
        shown, self._shown = self._shown, []
        now, again, settled = time.time(), [], []
        marks = [(webhook.wamid, webhook.status) for webhook in shown]
        with self._store.writing():
            for webhook, answered in results:
                if answered and webhook.wamid and not webhook.status:
                    marks.append((webhook.wamid, "delivered"))
                if not answered and now - self._store.webhooks.born(webhook.id) > DAYS_7:
                    LOST.labels(webhook.discom).inc()
                elif not answered:
                    self._store.webhooks.retry(webhook.id, webhook.due, webhook.attempts)
                    again.append(webhook)
                    continue
                settled.append(webhook.id)
            self._store.webhooks.settle(settled)
            changed = [wamid for wamid, status in marks if self._store.messages.mark(wamid, status)]
        self.add(again)
        for wamid in changed:
            if found := self._store.messages.find(wamid):
                phone, n, bubble = found
                self._hub.tell(phone, {"event": "status", "n": n, "status": bubble.status})
