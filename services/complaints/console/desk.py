"""One discom's database, open for as long as the console runs."""

import asyncio
import time

from libs.kit.database import Pool


class Desk:
    """Runs like a worker, and does nothing: the web server's requests use its pool."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Until it is stopped."""
        await self._stop.wait()

    def stop(self) -> None:
        self._stop.set()

    @property
    def last_poll(self) -> float:
        return time.monotonic()
