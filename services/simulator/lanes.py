"""What waits for one number, the earliest first."""

import asyncio
from collections import defaultdict, deque
from heapq import heappop, heappush

from services.simulator.store.webhooks import Pending

AT_ONCE = 16
"""POSTs under way per number."""
IDLE_SECONDS = 3600.0


class Lanes:
    """Of one lane only one webhook is under way at a time."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.under_way: set[int] = set()
        self._heap: list[tuple[float, int, Pending]] = []
        self._busy: set[str] = set()
        self._behind: dict[str, deque[Pending]] = defaultdict(deque)

    @property
    def busy(self) -> int:
        return len(self.under_way)

    @property
    def size(self) -> int:
        return self.busy + len(self._heap) + sum(map(len, self._behind.values()))

    def push(self, webhook: Pending) -> None:
        heappush(self._heap, (webhook.due, webhook.id, webhook))
        self.wake.set()

    def clear(self) -> None:
        """Forgets what waits; what is under way goes on."""
        self._heap.clear()
        self._behind.clear()
        self.wake.set()

    def pop(self, now: float) -> Pending | None:
        """The next one that is due and may go."""
        while self._heap and self._heap[0][0] <= now:
            webhook = heappop(self._heap)[2]
            if webhook.lane not in self._busy:
                self._busy.add(webhook.lane)
                self.under_way.add(webhook.id)
                return webhook
            self._behind[webhook.lane].append(webhook)
        return None

    def free(self, webhook: Pending) -> None:
        """This one is no longer under way: the next of its lane may go."""
        self._busy.discard(webhook.lane)
        self.under_way.discard(webhook.id)
        for waiting in self._behind.pop(webhook.lane, ()):
            heappush(self._heap, (waiting.due, waiting.id, waiting))
        self.wake.set()

    def seconds(self, now: float) -> float:
        """Until something can be due."""
        if self.busy >= AT_ONCE or not self._heap:
            return IDLE_SECONDS
        return max(0.0, self._heap[0][0] - now)
