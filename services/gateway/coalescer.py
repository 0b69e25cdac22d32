"""What comes within a moment of each other goes to Kafka together, so that all later hops work in batches.

A batch costs more than the messages in it, at every hop. So the busier the machine, the longer the moment: the CPU that
fewer batches leave free is worth more to everybody's answer than the wait. Nothing waits further down.
"""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from services.gateway.metrics import COALESCING

SHORTEST = 0.010
"""Seconds. At 500 messages a second a batch of five, which costs a third per message of what each alone would."""
LONGEST = 0.050
"""Seconds. WhatsApp wants its answer well within a second; a storm's within 0.1 s."""
CALM, FULL = 0.60, 0.95
"""The share of the machine's CPU that is in use at which the moment begins to grow, and at which it is longest."""
LOOK_SECONDS = 1.0
STAT = Path("/proc/stat")


class Coalescer:
    """Lets requests go on together."""

    def __init__(self, stat: Path = STAT) -> None:
        self.seconds = SHORTEST
        self._cpu = Cpu(stat)
        self._together: asyncio.Event | None = None
        self._looked_at = 0.0

    async def wait(self) -> None:
        """Until the moment is over that the first one to wait has begun."""
        if self._together is None:
            self._look()
            self._together = asyncio.Event()
            asyncio.get_running_loop().call_later(self.seconds, self._go, self._together)
        await self._together.wait()

    def _go(self, together: asyncio.Event) -> None:
        self._together = None
        together.set()

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        wanted = moment(self._cpu.busy())
        self.seconds = (self.seconds + wanted) / 2  # one second's hiccup is not a busy machine
        COALESCING.set(self.seconds)


class Cpu:
    """How busy the machine is, by Linux's own count; not at all where there is no such count."""

    def __init__(self, stat: Path) -> None:
        self._stat = stat
        self._idle, self._all = self._read()

    def busy(self) -> float:
        """The share of all CPU time since the last call that was in use, between 0 and 1."""
        idle, everything = self._read()
        passed, idled = everything - self._all, idle - self._idle
        self._idle, self._all = idle, everything
        return 1 - min(1.0, max(0.0, idled / passed)) if passed > 0 else 0.0

    def _read(self) -> tuple[int, int]:
        """Idle and all ticks. The first line is `cpu user nice system idle iowait …` (proc_stat(5))."""
        with suppress(OSError, ValueError, IndexError):
            with self._stat.open() as file:
                ticks = [int(word) for word in file.readline().split()[1:9]]
            return ticks[3] + ticks[4], sum(ticks)
        return 0, 0


def moment(busy: float) -> float:
    """How long requests wait for others, in seconds, on a machine whose CPU is in use to this share."""
    return SHORTEST + (LONGEST - SHORTEST) * min(1.0, max(0.0, (busy - CALM) / (FULL - CALM)))
