"""How fast a number may send, to whom how often, and who goes first. Pure: time is told."""

from collections import deque
from typing import Generic, TypeVar

from services.gateway.store import BULK, NOTICE, REPLY, URGENT

PAIR_SECONDS = 6.0
PAIR_CREDIT = 45
"""WhatsApp allows one message in 6 s to one person, 45 of them on credit."""
CLASSES = (URGENT, REPLY, NOTICE, BULK)
PATIENCE = 9
"""A class that was passed over this often gets the next turn."""

T = TypeVar("T")


class Bucket:
    """A token bucket that lets at most `rate` through in any one second, wherever that second begins.

    Within a second it gives its capacity and what is refilled meanwhile; both together stay below rate + 1.
    """

    def __init__(self, rate: int) -> None:
        self._filled_at = 0.0
        self.allow(rate)
        self._tokens = self._capacity

    def allow(self, rate: int) -> None:
        """From now on this many in a second."""
        self._capacity = max(1.0, rate / 10)
        self._refill = rate - self._capacity + 0.99
        self._tokens = min(getattr(self, "_tokens", self._capacity), self._capacity)

    def pause(self, until: float) -> None:
        """Lets nothing through before that time."""
        self._tokens, self._filled_at = 0.0, max(self._filled_at, until)

    def rests(self, now: float) -> bool:
        """Whether a pause lasts."""
        return now < self._filled_at

    def take(self, now: float) -> bool:
        """Whether one more may pass now; then it counts."""
        if now > self._filled_at:
            self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._refill)
            self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def wait(self, now: float) -> float:
        """Seconds until the next may pass."""
        return max(0.0, self._filled_at - now) + max(0.0, 1 - self._tokens) / self._refill


def left_for_us(allowed: int, inbound: int) -> int:
    """What remains of a number's rate beside the messages that came in; a quarter at least, so that answers go on."""
    return max(1, allowed // 4, allowed - inbound)


class Pairs:
    """The pair limit: each message costs 6 s of a chat's time, at most 45 of them on credit."""

    def __init__(self) -> None:
        self._paid_until: dict[str, float] = {}
        self._tidy_at = 10_000

    def wait(self, chat_id: str, now: float) -> float:
        """Seconds until this chat may get one more."""
        return max(0.0, self._paid_until.get(chat_id, now) - now - (PAIR_CREDIT - 1) * PAIR_SECONDS)

    def spend(self, chat_id: str, now: float) -> None:
        """Counts one message."""
        self._paid_until[chat_id] = max(now, self._paid_until.get(chat_id, now)) + PAIR_SECONDS
        if len(self._paid_until) > self._tidy_at:
            self._paid_until = {chat: until for chat, until in self._paid_until.items() if until > now}
            self._tidy_at = max(10_000, 2 * len(self._paid_until))


class Turns(Generic[T]):
    """Who waits, by class: danger, replies, notices, bulk; a class passed over nine times gets the next turn."""

    def __init__(self) -> None:
        self._waiting: tuple[deque[T], ...] = tuple(deque() for _ in CLASSES)
        self._passed = [0 for _ in CLASSES]

    def __bool__(self) -> bool:
        return any(self._waiting)

    def push(self, priority: int, item: T) -> None:
        """Joins the end of its class."""
        self._waiting[priority].append(item)

    def pop(self) -> T:
        """The next one."""
        classes = [priority for priority in CLASSES if self._waiting[priority]]
        longest = max(classes, key=lambda priority: self._passed[priority])
        turn = longest if self._passed[longest] >= PATIENCE else classes[0]
        for priority in classes:
            self._passed[priority] = self._passed[priority] + 1 if priority > turn else 0
        return self._waiting[turn].popleft()
