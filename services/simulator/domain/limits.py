"""Meta's limits that depend on what was sent before."""

from collections import deque

PAIR_SECONDS = 6.0
PAIR_CREDIT = 45
WINDOW_SECONDS = 24 * 3600.0


def paid_until(before: float, now: float) -> float | None:
    """The pair limit: every send takes 6 s of a pair's time, at most 45 of them on credit. None where that is spent."""
    after = max(before, now) + PAIR_SECONDS
    return after if after - now <= PAIR_SECONDS * PAIR_CREDIT else None


def window_closed(wrote_at: float | None, now: float) -> bool:
    """Whether only templates may be sent. Who never wrote here counts as having written to the webhook directly."""
    return wrote_at is not None and now - wrote_at > WINDOW_SECONDS


class Throughput:
    """Messages of one number in the last second, both ways."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def count(self, now: float) -> None:
        self._times.append(now)

    def full(self, now: float, per_second: int) -> bool:
        """Whether another message would be too many."""
        while self._times and self._times[0] <= now - 1:
            self._times.popleft()
        return len(self._times) >= per_second
