"""Looking for the highest clean rate. Pure."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

P95_MS = 1000.0
UP, DOWN = 1.4, 1.5
CLOSE = 1.07
"""A clean rate and an unclean one this near to one another end the search: figures spread as much."""
LEAST = 20.0


def amiss(found: Mapping[str, Any]) -> list[str]:
    """What must not happen however long answers take; nothing where everybody was answered, once and rightly."""
    reasons = [f"{count} {what}" for what, count in sorted(found["wrong"].items()) if count]
    if not found["started"]:
        reasons.append("nobody wrote")
    if found["finished"] != found["started"] and not reasons:
        reasons.append(f"{found['started'] - found['finished']} without an end")
    return reasons


def dirt(found: Mapping[str, Any]) -> list[str]:
    """Why a run was not clean; nothing where it was."""
    reasons = amiss(found)
    if found["reply"]["p95"] >= P95_MS:
        reasons.append(f"p95 {found['reply']['p95']:.0f} ms")
    if found["grows"]:
        reasons.append("backlog grew")
    if found["gave_up"]:
        reasons.append("given up")
    return reasons


def next_rate(tried: Sequence[tuple[float, bool]], guess: float, least: float = LEAST) -> float | None:
    """The rate to try after these, each with whether it was clean; None when the highest clean one is near enough,
    and where none is clean down to the least.
    """
    if not tried:
        return rounded(guess)
    ceiling = min((rate for rate, clean in tried if not clean), default=None)
    floor = best(tried)
    if ceiling is None:
        return rounded(max(rate for rate, _ in tried) * UP)
    if floor is None:
        lower = rounded(ceiling / DOWN)
        return lower if lower >= least and lower < ceiling else None
    between = rounded(sqrt(floor * ceiling))
    return between if ceiling / floor > CLOSE and floor < between < ceiling else None


def best(tried: Sequence[tuple[float, bool]]) -> float | None:
    """The highest clean rate below every unclean one."""
    ceiling = min((rate for rate, clean in tried if not clean), default=float("inf"))
    return max((rate for rate, clean in tried if clean and rate < ceiling), default=None)


def rounded(rate: float) -> float:
    """A rate that reads well: to 5 below 200, to 10 above."""
    step = 10 if rate >= 200 else 5
    return float(round(rate / step) * step)
