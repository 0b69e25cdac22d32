"""Accounts as tables for people, and `docs/guarantees.md` out of the JSON of a whole long form.

python -m tests.faults.report     writes the page anew from docs/guarantees.json
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local.files import LOCAL, ROOT
from libs.kit.audit import Findings, columns, findings_of, table
from libs.kit.failpoint import NAMES
from tests.faults.stage import Account

LAST = LOCAL / "faults" / "report.json"
"""Of the last run, whole or not."""
DATA, PAGE = ROOT / "docs" / "guarantees.json", ROOT / "docs" / "guarantees.md"
WORDS = Path(__file__).with_name("guarantees.template")
ZERO = ("lost", "done twice", "doubled", "out of order")
SHOWN = (
    *("accepted", "effects", "withheld", "replies due", "at the phones", "statuses", "complaints"),
    *(*ZERO, "unknown repeated", "refused"),
)
RUNS = 11
"""Runs of a whole long form; one that this machine cannot do says so in `skipped`."""
DEATHS = 200
"""How many a whole long form has at least: with fewer it has not tried what the page says."""


def told(account: Account) -> str:
    """One run: its account, its deaths, the last words of processes that ended by themselves."""
    deaths = ", ".join(f"{name} {cause} {count}" for (name, cause), count in sorted(account.deaths.items()))
    lines = [
        f"{account.name}: {account.seconds:.0f} s, settled after {account.settled_after:.0f} s, "
        f"{sum(account.deaths.values())} deaths, {account.sleeps} sleeps",
        table(account.findings),
        f"deaths: {deaths}",
        *account.failures,
    ]
    return "\n".join(lines)


@dataclass
class Report:
    """All accounts of one long form."""

    full: bool
    """Whether its runs have their full length: only then the page is written."""
    accounts: list[Account] = field(default_factory=list)
    controls: dict[str, dict[str, int]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def control(self, less: str, found: Findings) -> None:
        """What the audit found with a promise taken away."""
        self.controls[less] = {kind: len(ids) for kind, ids in findings_of(found).items()}

    @property
    def deaths(self) -> int:
        return sum(sum(account.deaths.values()) for account in self.accounts)

    @property
    def whole(self) -> bool:
        """Whether every run is here in full length, or named as skipped."""
        return self.full and len(self.accounts) + len(self.skipped) >= RUNS

    @property
    def first_deaths_seconds(self) -> float | None:
        """From the first death to number `DEATHS`, with the quiet between runs; None where there were fewer."""
        died = sorted(at for account in self.accounts for at in account.died)
        return died[DEATHS - 1] - died[0] if len(died) >= DEATHS else None

    def write(self, passed: bool) -> None:
        """Keeps what there is; the page only when the form is whole and all of it passed."""
        if not self.accounts:
            return
        data = json.dumps(self._data(), indent=1, ensure_ascii=False) + "\n"
        LAST.parent.mkdir(parents=True, exist_ok=True)
        LAST.write_text(data, encoding="utf-8")
        if passed and self.whole:
            assert self.deaths >= DEATHS, f"{self.deaths} deaths are too few for a page: there must be {DEATHS}"
            DATA.write_text(data, encoding="utf-8")
            PAGE.write_text(page(json.loads(data)), encoding="utf-8")

    def _data(self) -> dict[str, Any]:
        return {
            "day": f"{datetime.now(UTC):%Y-%m-%d}",
            "cores": os.cpu_count(),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "load_at_end": round(os.getloadavg()[0], 1),
            "first_deaths_seconds": self.first_deaths_seconds and round(self.first_deaths_seconds),
            "runs": [_row(account) for account in self.accounts],
            "controls": self.controls,
            "skipped": self.skipped,
        }


def _row(account: Account) -> dict[str, Any]:
    numbers: Counter[str] = Counter()
    for found in account.findings:
        numbers.update(columns(found))
    return {
        "name": account.name,
        "seconds": round(account.seconds),
        "settled_after": round(account.settled_after),
        "deaths": {f"{name} {cause}": count for (name, cause), count in sorted(account.deaths.items())},
        "sleeps": account.sleeps,
        "numbers": {name: numbers[name] for name in SHOWN},
    }


def page(data: Mapping[str, Any]) -> str:
    """The page: words that stay, with the tables of this long form in their places."""
    runs = data["runs"]
    total = Counter[str]()
    for run in runs:
        total.update(run["numbers"])
    deaths = Counter[str]()
    for run in runs:
        deaths.update(run["deaths"])
    rows = []
    for run in runs:
        rows.append([run["name"], sum(run["deaths"].values()), *run["numbers"].values(), f"{run['settled_after']} s"])
    rows.append(["**together**", deaths.total(), *(total[name] for name in SHOWN), ""])
    first = f"the first {DEATHS} within {data['first_deaths_seconds'] / 60:.1f} minutes"
    holes = {
        "summary": (
            f"{data['day']}, {data['cores']} cores, {data['memory_gb']} GB, "
            f"{sum(run['seconds'] for run in runs) / 60:.0f} minutes, {deaths.total()} deaths ({first}), "
            f"{total['accepted']:,} messages"
        ),
        "runs": _table(["fault", "deaths", *SHOWN, "settled after"], rows),
        "boundaries": _boundaries(deaths),
        "sleeps": str(sum(run["sleeps"] for run in runs)),
        "controls": _table(
            ["without", *ZERO], [[less, *(found[kind] for kind in ZERO)] for less, found in data["controls"].items()]
        ),
        "skipped": "\n".join(f"* not run: {why}" for why in data["skipped"]) or "Nothing was left out.",
    }
    text = WORDS.read_text(encoding="utf-8")
    for name, content in holes.items():
        text = text.replace(f"{{{name}}}", content)
    return text


def _boundaries(deaths: Counter[str]) -> str:
    places = [*NAMES, "SIGKILL", "SIGTERM"]
    roles = sorted({death.split(" ")[0].removesuffix("-2") for death in deaths})
    rows = []
    for place in places:
        counts = [deaths[f"{role} {place}"] + deaths[f"{role}-2 {place}"] for role in roles]
        if any(counts):
            rows.append([NAMES.get(place, place), *(count or "" for count in counts)])
    return _table(["killed where …", *roles], rows)


def _table(head: list[str], rows: list[list[Any]]) -> str:
    shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    aligned = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, aligned, *shown])


if __name__ == "__main__":
    PAGE.write_text(page(json.loads(DATA.read_text(encoding="utf-8"))), encoding="utf-8")
