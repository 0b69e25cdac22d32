"""When messages come, and what a list of delays says. Pure."""

import math
import random
from collections.abc import Sequence


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Moments of a Poisson process that has exactly `rate * seconds` of them, sorted, from 0.

    People write independently of one another, so messages come in clusters and gaps; the same seed repeats them.
    """
    chance = random.Random(seed)
    return sorted(chance.random() * seconds for _ in range(round(rate * seconds)))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed (nearest rank); 0 of nothing."""
    if not ordered:
        return 0.0
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


def summary(delays: Sequence[float]) -> dict[str, float]:
    """Seconds to p50, p95, p99 and the longest, in milliseconds, with their number."""
    ordered = sorted(delays)
    found = {f"p{round(share * 100)}": percentile(ordered, share) * 1000 for share in (0.5, 0.95, 0.99)}
    longest = ordered[-1] * 1000 if ordered else 0.0
    return {"count": len(ordered), **{name: round(value, 2) for name, value in found.items()}, "max": round(longest, 2)}


def grows(waiting: Sequence[float], rate: float, lump: int = 1) -> bool:
    """Whether the number of conversations that wait for an answer grew over the run.

    Compares the last quarter with the second; what 0.2 s bring in, or as many as come at once, is within the noise.
    """
    quarter = len(waiting) // 4
    if quarter == 0:
        return False
    early = sum(waiting[quarter : 2 * quarter]) / quarter
    late = sum(waiting[-quarter:]) / quarter
    return late > early * 1.5 + 0.2 * rate + lump
