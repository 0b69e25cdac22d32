"""Keeps processes running while they are killed: each life is armed with the next boundary of its role."""

import asyncio
import itertools
import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from deploy.local.child import Child
from deploy.local.system import System

WORKER = (
    "after_claim",
    "after_poll",
    "in_transaction",
    "after_commit",
    "after_publish",
    "after_outbox_delete",
    "before_offset_commit",
)
SILENT = ("after_claim", "after_poll", "in_transaction", "after_commit", "before_offset_commit")
"""Boundaries of a worker that publishes nothing."""
BOUNDARIES: Mapping[str, Sequence[str]] = {
    "gateway-webhook": ("webhook_before_kafka", "webhook_before_ack", "webhook_after_kafka"),
    "gateway-router": WORKER,
    "gateway-sender": (*SILENT, "sender_before_call", "sender_after_call"),
    "gateway-statuses": (*SILENT, "statuses_before_ledger"),
    "menu": WORKER,
    "billing": (*WORKER, "before_answer"),
    "complaints": WORKER,
}
ONCE_PER_LIFE = {"after_claim"}
"""Passed so seldom that chance 1 is right."""
SELDOM = {"billing": 3.0, "complaints": 4.0}
"""Who hears only a part of what people say passes a boundary less often, so a chance must be so many times as high."""
LOOK_SECONDS = 0.05


class Keeper:
    """Starts anew what dies, and counts the deaths by process and cause."""

    def __init__(self, system: System, chance: float = 0.0, delay: float = 0.3) -> None:
        self.system = system
        self.deaths: Counter[tuple[str, str]] = Counter()
        self.died: list[float] = []
        """When, one by one, by the clock that never jumps."""
        self.sleeps = 0
        """How often a process was stopped and woken later, which is no death."""
        self.failures: list[str] = []
        """Last words of processes that ended by themselves: allowed, but worth reading."""
        self.resting: set[str] = set()
        """Processes that are not started anew for now."""
        self.fixed: dict[str, str] = {}
        """Failpoints that a process has in every life."""
        self._chance = chance
        self._delay = delay
        self._boundaries: dict[str, Iterator[str]] = {}
        self._stopping: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def total(self) -> int:
        return sum(self.deaths.values())

    async def __aenter__(self) -> "Keeper":
        self._task = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def arm(self, chance: float) -> None:
        """Ends all lives; in the next ones processes die at their boundaries by this chance."""
        self._chance = chance
        for name in BOUNDARIES:
            await self.kill(name)

    async def calm(self, seconds: float = 90) -> None:
        """From here on nobody dies. Returns when all are ready."""
        self._chance = 0.0
        for name, child in self.system.children.items():
            if child.running and (child.environment or {}).get("FAILPOINT"):
                await self.terminate(name)
        async with asyncio.timeout(seconds):
            while any((child.environment or {}).get("FAILPOINT") for child in self.system.children.values()):
                await asyncio.sleep(0.1)
        async with asyncio.timeout(seconds):
            while not all([await self.system.ready(name) for name in self.system.children if name not in self.resting]):
                await asyncio.sleep(0.3)

    async def kill(self, name: str) -> None:
        """As a crash would."""
        child = self.system.children[name]
        if child.running:
            await child.kill()

    async def terminate(self, name: str) -> None:
        """As a deployment would."""
        if pid := self.system.children[name].pid:
            self._stopping.add(name)
            os.kill(pid, signal.SIGTERM)

    async def freeze(self, name: str, seconds: float) -> None:
        """Stops a process and wakes it later: by then others have its work."""
        if pid := self.system.children[name].pid:
            os.kill(pid, signal.SIGSTOP)
            self.sleeps += 1
            await asyncio.sleep(seconds)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    async def _keep(self) -> None:
        while True:
            for name, child in self.system.children.items():
                if not child.running and child.code is not None and name not in self.resting:
                    self._count(name, child)
                    self.resting.add(name)
                    asyncio.get_running_loop().call_later(self._delay, self._revive, name, child)
            await asyncio.sleep(LOOK_SECONDS)

    def _revive(self, name: str, child: Child) -> None:
        self.resting.discard(name)
        # nobody would end what was started after the keeper's own end
        if self._task and not self._task.done() and not child.running:
            self._start(name, child)

    def _start(self, name: str, child: Child) -> None:
        child.environment = {**(child.environment or {}), "FAILPOINT": self._next(name)}
        child.start()

    def _next(self, name: str) -> str:
        if name in self.fixed or not self._chance or name not in BOUNDARIES:
            return self.fixed.get(name, "")
        if name not in self._boundaries:
            start = random.randrange(len(BOUNDARIES[name]))
            self._boundaries[name] = itertools.cycle([*BOUNDARIES[name][start:], *BOUNDARIES[name][:start]])
        boundary = next(self._boundaries[name])
        chance = 1 if boundary in ONCE_PER_LIFE else min(1.0, self._chance * SELDOM.get(name, 1.0))
        return f"{boundary}:{chance}"

    def _count(self, name: str, child: Child) -> None:
        struck = re.findall(r"^\s*failpoint (\w+)$", child.output, re.MULTILINE)
        if struck:
            cause = struck[-1]
        elif child.code == -signal.SIGKILL:
            cause = "SIGKILL"
        elif name in self._stopping:
            cause = "SIGTERM"
        else:
            cause = child.reason
            self.failures.append(f"{name} {child.reason}:\n{child.output}")
        self._stopping.discard(name)
        self.died.append(time.monotonic())
        self.deaths[name, cause] += 1
