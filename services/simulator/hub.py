"""Tells whoever looks at a phone that something has changed there."""

import asyncio
from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

Event = dict[str, Any]
FULL = 1000


class Hub:
    """Events by phone. Nothing is kept: who comes later, or is too slow, reads the phone's messages anew."""

    def __init__(self) -> None:
        self._ears: dict[int, set[asyncio.Queue[Event | None]]] = defaultdict(set)
        self.closed = False

    def tell(self, phone: int, event: Event) -> None:
        event = {**event, "phone": phone}
        for ear in self._ears.get(phone, ()):
            if ear.full():
                # a listener that lost something must start over
                ear.get_nowait()
                ear.put_nowait({"event": "lost", "phone": phone})
            else:
                ear.put_nowait(event)

    @contextmanager
    def listening(self, phones: Iterable[int]) -> Generator[asyncio.Queue[Event | None], None, None]:
        """A queue of what happens at these phones; None when the simulator stops."""
        ear: asyncio.Queue[Event | None] = asyncio.Queue(FULL)
        wanted = set(phones)
        for phone in wanted:
            self._ears[phone].add(ear)
        try:
            yield ear
        finally:
            for phone in wanted:
                self._ears[phone].discard(ear)
                if not self._ears[phone]:
                    del self._ears[phone]

    def close(self) -> None:
        """Ends all listening, so that open streams do not keep the process."""
        self.closed = True
        for ears in self._ears.values():
            for ear in ears:
                if ear.full():
                    ear.get_nowait()
                ear.put_nowait(None)
