"""What was measured, as tables. Pure: results in, Markdown out. What is said of storms and the like: verdicts.py."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.scenarios import SCENARIOS, Goals, Scenario
from bench.search import dirt
from bench.yardstick import slowness

Found = Mapping[str, Any]
HELD = {True: "✓", False: "✗"}
LITTLE = 0.1
"""CPU seconds per 1,000 conversations below which a process has nothing to do with a scenario."""


@dataclass
class Results:
    """All steps of a run, by scenario."""

    about: Found
    steps: dict[str, dict[str, Found]] = field(default_factory=dict)

    @classmethod
    def of(cls, about: Found, steps: Iterable[tuple[str, str, Found]]) -> "Results":
        """From what a store holds."""
        found = cls(about)
        for scenario, step, result in steps:
            found.steps.setdefault(scenario, {})[step] = result
        return found

    def clean(self, scenario: str) -> tuple[float, list[Found]]:
        """The highest clean rate and its runs; 0 where none was held three times."""
        runs: dict[float, list[Found]] = {}
        for step, found in self.steps.get(scenario, {}).items():
            if step.startswith("clean-"):
                runs.setdefault(found["rate"], []).append(found)
        held = {rate: group for rate, group in runs.items() if len(group) == 3 and not any(map(dirt, group))}
        return (max(held), held[max(held)]) if held else (0.0, [])

    def ordered(self) -> list[tuple[str, dict[str, Found]]]:
        """All scenarios measured, in their order."""
        return [(name, self.steps[name]) for name in SCENARIOS if name in self.steps]

    def of_kind(self, kind: str) -> list[Scenario]:
        """Those of one kind."""
        return [SCENARIOS[name] for name, _ in self.ordered() if SCENARIOS[name].kind == kind]

    def points(self, scenario: str) -> list[Found]:
        """Every run of a scenario in the order of its rate, for the plot."""
        found = [one for step, one in self.steps.get(scenario, {}).items() if "reply" in one]
        return sorted(found, key=lambda one: float(one["rate"]))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def delays(found: Found | None) -> str:
    """Of replies, `p50 / p95 / p99` in milliseconds."""
    if not found or not found["reply"]["count"]:
        return "–"
    return " / ".join(f"{found['reply'][name]:.0f}" for name in ("p50", "p95", "p99"))


def ack(found: Found) -> dict[str, float]:
    """How long the webhook took to answer: with messages or with statuses, whichever took longer."""
    return {name: max(found[kind][name] for kind in ("ack", "status_ack")) for name in ("p50", "p99")}


def _acks(*runs: Found | None) -> str:
    """`p50 / p99` of each, in milliseconds."""
    said = [f"{ack(found)['p50']:.0f} / {ack(found)['p99']:.0f}" if found else "–" for found in runs]
    return " · ".join(said) if any(runs) else "–"


def spread(runs: Sequence[Found]) -> str:
    """The p95 of several runs, from the least to the most."""
    values = [run["reply"]["p95"] for run in runs]
    return f"{min(values):.0f}–{max(values):.0f}" if values else "–"


def cost(found: Found, part: str = "") -> float:
    """CPU seconds per 1,000 conversations, of one process or of all of the product together."""
    seconds = found["cpu"].get(part, 0.0) if part else sum(found["cpu"].values())
    return float(seconds * 1000 / max(1, found["finished"]))


def typical(results: Results, scenario: str) -> Found | None:
    """The run whose costs are shown: at 500/s as the goals are, else at the highest clean rate, else at 100/s."""
    steps = results.steps[scenario]
    _, runs = results.clean(scenario)
    return steps.get("at-500") or (sorted(runs, key=cost)[len(runs) // 2] if runs else steps.get("at-100"))


def rates(results: Results) -> str:
    """One line per scenario whose highest clean rate was looked for."""
    rows = []
    for scenario in results.of_kind("rate"):
        steps = results.steps[scenario.name]
        rate, runs = results.clean(scenario.name)
        half, at_100, at_500 = (steps.get(step) for step in ("half", "at-100", "at-500"))
        shown = typical(results, scenario.name)
        rows.append(
            (
                scenario.name,
                f"**{rate:,.0f}/s**" if rate else _not_held(steps),
                spread(runs),
                f"at {half['rate']:.0f}/s: {delays(half)}" if half else "–",
                delays(at_100),
                delays(at_500),
                _acks(half, at_100, at_500),
                f"{cost(shown):.2f} at {shown['rate']:.0f}/s" if shown else "–",
                _slowness(steps.get("yardstick")),
                _goals(scenario.goals, rate if rate or _tried(steps) else None, at_500),
            )
        )
    head = ("scenario", "highest clean rate", "its p95, three runs", "reply at half", "at 100/s", "at 500/s")
    more = ("ack p50 / p99 at half · at 100/s · at 500/s", "CPU s per 1,000", "this machine", "goals")
    return table((*head, *more), rows) if rows else ""


def _slowness(found: Found | None) -> str:
    """How many times slower this machine was than the one on which the goals were set, just before the scenario."""
    return f"{slowness(found):.1f} × slower" if found else "–"


def _not_held(steps: Mapping[str, Found]) -> str:
    """Where none was clean three times, or none was looked for: the lowest rate tried, or the run at the goal."""
    found = min(_tried(steps), key=lambda one: (float(one["rate"]), not dirt(one)), default=steps.get("goal"))
    if not found:
        return "–"
    held = f"{found['rate']:,.0f}/s for {found['seconds']:.0f} s"
    reasons = dirt(found)
    return f"{HELD[False]} {held}: {', '.join(reasons)}" if reasons else f"{HELD[True]} {held}"


def _tried(steps: Mapping[str, Found]) -> list[Found]:
    """The runs of the search for the highest clean rate."""
    return [found for step, found in steps.items() if step.startswith(("probe-", "clean-"))]


def _goals(goals: Goals | None, rate: float | None, at_500: Found | None) -> str:
    """Which goals are held; `rate` is None where none was looked for, 0 where none was found."""
    if not goals:
        return ""
    said = [] if rate is None else [f"{HELD[rate >= goals.clean_rate]} ≥ {goals.clean_rate:,}/s"]
    if at_500:
        said.append(f"{HELD[at_500['reply']['p95'] < goals.reply_p95]} p95 < {goals.reply_p95}")
        said.append(f"{HELD[ack(at_500)['p99'] < goals.ack_p99]} ack p99 < {goals.ack_p99}")
        if goals.gap_p95:
            gap = at_500["gap"]["p95"]
            said.append(f"{HELD[gap < goals.gap_p95]} second bubble {gap:.0f} < {goals.gap_p95} ms later")
    elif rate is not None and rate < 500:
        said.append(f"{HELD[False]} 500/s is more than this machine holds")
    return ", ".join(said)


def usage(results: Results) -> str:
    """CPU per 1,000 conversations by process, a column per scenario."""
    columns = {}
    for scenario in results.of_kind("rate"):
        if found := typical(results, scenario.name):
            columns[f"{scenario.name} at {found['rate']:.0f}/s"] = found
    names = sorted({name for found in columns.values() for name in found["cpu"]})
    busy = [name for name in names if any(cost(found, name) >= LITTLE for found in columns.values())]
    idle = [name for name in names if name not in busy]
    rows: list[tuple[object, ...]] = [
        (name, *(f"{cost(found, name):.2f}" for found in columns.values())) for name in busy
    ]
    rest = (f"{sum(cost(found, name) for name in idle):.2f}" for found in columns.values())
    rows.append((f"{len(idle)} others, each below {LITTLE}", *rest))
    rows.append(("**all**", *(f"**{cost(found):.2f}**" for found in columns.values())))
    rows.append(("load generator and provider, cores", *(f"{found['load_share']:.2f}" for found in columns.values())))
    rows.append(("others on this machine, cores", *(f"{found['foreign_cores']:.2f}" for found in columns.values())))
    return table(("CPU s per 1,000 conversations", *columns), rows) if columns else ""


def memories(results: Results) -> str:
    """PSS at the start and the end of each scenario, and what was left to do then."""
    rows = []
    for name, steps in results.ordered():
        before, after = steps.get("memory-start"), steps.get("memory-end")
        if before and after:
            rows.append(
                (
                    name,
                    " → ".join(f"{services(one['mb']):.0f}" for one in (before, after)),
                    " → ".join(f"{one['mb'].get('kafka', 0):.0f}" for one in (before, after)),
                    " → ".join(f"{one['mb'].get('postgres', 0):.0f}" for one in (before, after)),
                    f"{after['backlog']['outbox']} / {after['backlog']['ledger']}",
                )
            )
    head = ("PSS in MB, start → end", "services", "Kafka", "PostgreSQL", "left in outbox / ledger")
    return table(head, rows) if rows else ""


def services(found: Mapping[str, float]) -> float:
    """Memory of our own processes together."""
    return sum(value for name, value in found.items() if name not in ("kafka", "postgres"))
