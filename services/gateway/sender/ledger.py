"""Writes what the sender knows into the ledger, many at a time."""

import asyncio
from datetime import timedelta
from uuid import UUID

from libs.kit.database import Pool, until_it_works
from services.gateway import store
from services.gateway.store import Send

FLUSH_SECONDS = 0.05
UNKNOWN = timedelta(seconds=30)
"""How long a send of unknown outcome waits for its status webhook before it is repeated."""


class Ledger:
    """Collects outcomes for 50 ms; a claim is written at once and takes the waiting outcomes along."""

    def __init__(self, pool: Pool, discom: str) -> None:
        self._pool = pool
        self._discom = discom
        self._outcomes: list[Send] = []
        self._claims: list[tuple[Send, asyncio.Future[bool]]] = []
        self._wanted = asyncio.Event()
        self._urgent = asyncio.Event()
        self._writing = asyncio.Lock()

    def note(self, send: Send) -> None:
        """Writes this send's state within 50 ms."""
        self._outcomes.append(send)
        self._wanted.set()

    async def claim(self, send: Send) -> bool:
        """Returns once the ledger says `sending`, so that a crash after this is known to leave an unknown outcome.

        False where the row has moved on without us: a status webhook settled it, or another process claimed it.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._claims.append((send, done))
        self._wanted.set()
        self._urgent.set()
        return await done

    async def run(self) -> None:
        """Flushes for as long as the sender runs."""
        while True:
            await self._wanted.wait()
            try:
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._urgent.wait()
            except TimeoutError:
                pass
            await self.flush()

    async def flush(self) -> None:
        """Writes what has been collected; returns after any earlier write has ended, too."""
        async with self._writing:
            await self._flush()

    async def _flush(self) -> None:
        self._wanted.clear()
        self._urgent.clear()
        outcomes, self._outcomes = self._outcomes, []
        claims, self._claims = self._claims, []
        # a send may be in both lists (retry): its object holds the newest state, so once is enough
        unique = {send.reply_id: send for send in (*outcomes, *(send for send, _ in claims))}
        taken: set[UUID] = set()
        if unique:
            taken = await until_it_works(
                lambda: store.write_states(self._pool, list(unique.values())),
                "sender.ledger_waits",
                discom=self._discom,
            )
        for send, done in claims:
            if not done.done():
                done.set_result(send.reply_id in taken)
