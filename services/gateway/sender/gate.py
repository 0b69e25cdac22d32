"""How many sends may start: the number's rate, the sends in flight, replies before notices."""

import asyncio
import heapq
import itertools

IN_FLIGHT = 256


class Gate:
    """Lets sends through by priority. Over any second no more than `per_second` pass.

    A token bucket of capacity c refilled at r - c per second lets at most r through in any one second.
    """

    def __init__(self, per_second: int, in_flight: int = IN_FLIGHT) -> None:
        self._capacity = max(1.0, per_second / 10)
        self._refill = max(1.0, per_second - self._capacity)
        self._tokens = self._capacity
        self._room = in_flight
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._filled_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self, priority: int) -> None:
        """Waits for a turn; lower priorities first, then first come. Call `leave` when the send is over."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), future))
        self._pump()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Gives the place in flight to the next."""
        self._room += 1
        self._pump()

    def _pump(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._filled_at is not None:
            self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._refill)
        self._filled_at = now
        while self._waiting and self._room and self._tokens >= 1:
            *_, future = heapq.heappop(self._waiting)
            if not future.done():
                self._tokens -= 1
                self._room -= 1
                future.set_result(None)
        if self._waiting and self._room and self._timer is None:
            self._timer = loop.call_later(max(0.001, (1 - self._tokens) / self._refill), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._pump()
