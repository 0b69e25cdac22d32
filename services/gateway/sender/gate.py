"""How many sends may start: the number's rate, the sends in flight, and by class who goes first."""

import asyncio

from services.gateway.sender.rates import Bucket, Turns, left_for_us

IN_FLIGHT = 256


class Gate:
    """Lets sends through by class. Over any second no more than `per_second` pass, less what came in meanwhile."""

    def __init__(self, per_second: int, in_flight: int = IN_FLIGHT) -> None:
        self._bucket, self._calls = Bucket(per_second), Bucket(per_second)
        self._room = in_flight
        self._waiting: Turns[asyncio.Future[None]] = Turns()
        self._timer: asyncio.TimerHandle | None = None

    def allow(self, per_second: int, inbound: int) -> None:
        """What the number may send by now, and how many messages it got in the last second, which count as well."""
        for bucket in (self._bucket, self._calls):
            bucket.allow(left_for_us(per_second, inbound))
        self._pump()

    def pause(self, seconds: float) -> None:
        """Lets nothing through for so long: WhatsApp asked for it on behalf of the whole number."""
        until = asyncio.get_running_loop().time() + seconds
        for bucket in (self._bucket, self._calls):
            bucket.pause(until)

    @property
    def calm(self) -> bool:
        """Whether nobody waits for a turn, and WhatsApp has not asked the number to rest."""
        return not self._waiting and not self._bucket.rests(asyncio.get_running_loop().time())

    async def enter(self, priority: int) -> None:
        """Waits for a turn. Call `leave` when the send is over."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.push(priority, future)
        self._pump()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.leave()
            raise

    async def call(self) -> None:
        """Waits until the call itself may go out: claims that the ledger took together must not become a burst."""
        loop = asyncio.get_running_loop()
        while not self._calls.take(now := loop.time()):
            await asyncio.sleep(self._calls.wait(now))

    def leave(self) -> None:
        """Gives the place in flight to the next."""
        self._room += 1
        self._pump()

    def _pump(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._waiting and self._room and self._bucket.take(now):
            while self._waiting:
                future = self._waiting.pop()
                if not future.done():
                    self._room -= 1
                    future.set_result(None)
                    break
        if self._waiting and self._room and self._timer is None:
            self._timer = loop.call_later(min(1.0, max(0.001, self._bucket.wait(now))), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._pump()
