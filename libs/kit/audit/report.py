"""Findings as a table for people, then one by one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from libs.kit.audit.findings import Findings

SHOWN = 20
"""Findings named one by one per discom."""


def columns(found: Findings) -> dict[str, int]:
    """Heading and number of each column."""
    return {
        "accepted": found.accepted,
        "effects": found.effects,
        "withheld": found.withheld,
        "replies due": found.due,
        "at the phones": found.arrived,
        "statuses": found.statuses,
        "complaints": found.complaints,
        "lost": len(found.lost),
        "done twice": len(found.twice),
        "doubled": len(found.doubled),
        "out of order": len(found.disordered),
        "unknown repeated": found.repeated,
        "refused": found.refused,
        "parked": found.parked,
        "under way": found.outbox + found.unsent + found.waiting,
    }


def findings_of(found: Findings) -> Mapping[str, Mapping[str, str]]:
    """What broke a promise, by promise."""
    return {
        "lost": found.lost,
        "done twice": found.twice,
        "doubled": found.doubled,
        "out of order": found.disordered,
    }


def table(findings: Sequence[Findings]) -> str:
    """One row per discom, then each finding with what is known about it, then what waits and for what."""
    rows = [["discom", *columns(Findings(""))]]
    rows += [[found.discom, *(f"{number:,}" for number in columns(found).values())] for found in findings]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    for found in findings:
        named = [
            f"{found.discom}: {kind}: {id}: {why}"
            for kind, ids in findings_of(found).items()
            for id, why in ids.items()
        ]
        lines += named[:SHOWN]
        if len(named) > SHOWN:
            lines.append(f"{found.discom}: and {len(named) - SHOWN} more")
        lines += _stuck(found)
    return "\n".join(lines)


def _stuck(found: Findings) -> list[str]:
    """A line per reason: how many replies, the first of them, and what to do."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for id, why in found.stuck.items():
        reasons[why].append(id)
    longer = f"{found.discom}: unsent for longer than {found.seconds:.0f} s"
    return [f"{longer}: {len(ids)} ({ids[0]}): {why}" for why, ids in reasons.items()]
