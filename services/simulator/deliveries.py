"""Webhooks out: signed, repeated until answered 200 or 7 days old, in an order mostly kept and never promised."""

import asyncio
import hmac
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from heapq import heappop, heappush

import aiohttp

from libs.kit.logs import Seldom
from services.simulator.domain.phones import Number
from services.simulator.hub import Hub
from services.simulator.metrics import LOST, WAITING, WEBHOOK_SECONDS, WEBHOOKS
from services.simulator.store import Pending, Store

DAYS_7 = 7 * 24 * 3600
AT_ONCE = 16
"""POSTs under way per number."""
FLUSH_SECONDS = 0.01
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)


class Deliveries:
    """Delivers what the store holds; one task per number, so that one number's trouble delays no other."""

    def __init__(
        self, store: Store, hub: Hub, numbers: Iterable[Number], url: str, secret: bytes, retry: float, cap: float
    ) -> None:
        self._store = store
        self._hub = hub
        self._secret = secret
        self._url = url
        self._retry = retry
        self._cap = cap
        self._lanes = {number.discom: _Lanes() for number in numbers}
        self._results: list[tuple[Pending, bool]] = []
        self._shown: list[Pending] = []
        self._running: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._seldom = Seldom()
        self._stopping = False

    def add(self, pending: Iterable[Pending]) -> None:
        """Webhooks that have just been committed."""
        for webhook in pending:
            self._lanes[webhook.discom].push(webhook)

    async def run(self) -> None:
        """Delivers until it is stopped; takes up what an earlier process left."""
        self.add(webhook for webhook in self._store.pending() if webhook.discom in self._lanes)
        connector = aiohttp.TCPConnector(limit=256)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as self._session:
            async with asyncio.TaskGroup() as group:
                for code, lanes in self._lanes.items():
                    group.create_task(self._serve(code, lanes))
                group.create_task(self._flush())

    def stop(self) -> None:
        self._stopping = True
        for lanes in self._lanes.values():
            lanes.wake.set()

    def waiting(self) -> Mapping[str, int]:
        """How many webhooks each discom's receiver has still to take."""
        return {code: lanes.size for code, lanes in self._lanes.items()}

    async def _serve(self, code: str, lanes: "_Lanes") -> None:
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

    async def _deliver(self, webhook: Pending, lanes: "_Lanes") -> None:
        if webhook.status and not webhook.attempts:
            self._shown.append(webhook)
        answered = await self._post(webhook)
        now, attempts = time.time(), webhook.attempts + 1
        self._results.append((replace(webhook, attempts=attempts, due=now + self._delay(attempts)), answered))
        lanes.free(webhook)

    async def _post(self, webhook: Pending) -> bool:
        body = self._store.body(webhook.id)
        assert self._session is not None
        signature = "sha256=" + hmac.digest(self._secret, body, "sha256").hex()
        headers = {
            "content-type": "application/json",
            "x-hub-signature-256": signature,
        }
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
        now, again, marks = time.time(), [], [(webhook.wamid, webhook.status) for webhook in shown]
        with self._store.writing():
            for webhook, answered in results:
                if answered or now - webhook.born > DAYS_7:
                    self._store.settled([webhook.id])
                    if not answered:
                        LOST.labels(webhook.discom).inc()
                    elif not webhook.status:
                        marks.append((webhook.wamid, "delivered"))
                else:
                    self._store.retry(webhook.id, webhook.due, webhook.attempts)
                    again.append(webhook)
            changed = [wamid for wamid, status in marks if wamid and self._store.mark(wamid, status)]
        self.add(again)
        self.tell(changed)

    def tell(self, wamids: Iterable[str]) -> None:
        """Shows the new ticks to whoever looks."""
        for wamid in wamids:
            if found := self._store.message(wamid):
                phone, n, bubble = found
                self._hub.tell(phone, {"event": "status", "n": n, "status": bubble.status})


class _Lanes:
    """What waits for one number, the earliest first; of one lane only one is under way."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.busy = 0
        self._heap: list[tuple[float, int, Pending]] = []
        self._under_way: set[str] = set()
        self._behind: dict[str, deque[Pending]] = defaultdict(deque)

    @property
    def size(self) -> int:
        return self.busy + len(self._heap) + sum(map(len, self._behind.values()))

    def push(self, webhook: Pending) -> None:
        heappush(self._heap, (webhook.due, webhook.id, webhook))
        self.wake.set()

    def pop(self, now: float) -> Pending | None:
        """The next one that is due and may go."""
        while self._heap and self._heap[0][0] <= now:
            webhook = heappop(self._heap)[2]
            if webhook.lane not in self._under_way:
                self._under_way.add(webhook.lane)
                self.busy += 1
                return webhook
            self._behind[webhook.lane].append(webhook)
        return None

    def free(self, webhook: Pending) -> None:
        """This one is no longer under way: the next of its lane may go."""
        self.busy -= 1
        self._under_way.discard(webhook.lane)
        if behind := self._behind.pop(webhook.lane, None):
            for waiting in behind:
                heappush(self._heap, (waiting.due, waiting.id, waiting))
        self.wake.set()

    def seconds(self, now: float) -> float:
        """Until something can be due."""
        if self.busy >= AT_ONCE or not self._heap:
            return 3600.0
        return max(0.0, self._heap[0][0] - now)
