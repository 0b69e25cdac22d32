"""Sends of unknown outcome: they wait for the status webhook that carries their callback, then may be repeated."""

import asyncio
from datetime import UTC, datetime
from functools import partial

from libs.kit.database import Pool, until_it_works
from libs.kit.logs import log
from services.gateway import store
from services.gateway.metrics import REPEATS, SENDS
from services.gateway.sender.ledger import UNKNOWN
from services.gateway.store import Send

SETTLE_SECONDS = 0.5


class Doubts:
    """Whether WhatsApp has taken a bubble, where its answer never came."""

    def __init__(self, pool: Pool, discom: str) -> None:
        self._pool = pool
        self._discom = discom
        self._waiting: dict[Send, asyncio.Future[str | None]] = {}
        self.stopping = False

    async def settle(self, send: Send) -> bool:
        """Waits for the status webhook of a send of unknown outcome. False: none came, so it is to be repeated."""
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        # also where a clock was set back since the claim
        send.unknown_until = min(send.unknown_until or datetime.now(UTC), datetime.now(UTC) + UNKNOWN)
        self._waiting[send] = future
        state = await future
        if state:
            SENDS.labels(self._discom, "settled_by_status").inc()
            send.state = state
            return True
        if not self.stopping:
            REPEATS.labels(self._discom).inc()
            send.repeats += 1
            log.warning("send.repeated", discom=self._discom, reply_id=str(send.reply_id), repeats=send.repeats)
        return False

    async def watch(self) -> None:
        """Asks the ledger, for all of them at once, whether a status webhook has settled them."""
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            waiting = list(self._waiting)
            if not waiting:
                continue
            found = await until_it_works(
                partial(store.settled, self._pool, waiting), "sender.settling_waits", discom=self._discom
            )
            now = datetime.now(UTC)
            for send in waiting:
                state = found.get(send.reply_id)
                if state or (send.unknown_until or now) <= now:
                    future = self._waiting.pop(send)
                    if not future.done():
                        future.set_result(state)
