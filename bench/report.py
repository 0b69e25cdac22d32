"""What was measured, as tables. Pure: results in, Markdown out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.scenarios import SCENARIOS, Goals, Scenario
from bench.search import dirt
from bench.yardstick import slowness

Found = Mapping[str, Any]
HELD = {True: "✓", False: "✗"}
TROUBLE_TIMES = 1.3
IDLE_SHARE = 0.08
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

    def points(self, scenario: str) -> list[Found]:
        """Every run of a scenario in the order of its rate, for the plot."""
        found = [one for step, one in self.steps.get(scenario, {}).items() if "reply" in one]
        return sorted(found, key=lambda one: float(one["rate"]))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def delays(found: Found | None, kind: str = "reply") -> str:
    """`p50 / p95 / p99` in milliseconds."""
    if not found or not found[kind]["count"]:
        return "–"
    return " / ".join(f"{found[kind][name]:.0f}" for name in ("p50", "p95", "p99"))


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
    for scenario in _of_kind(results, "rate"):
        steps = results.steps[scenario.name]
        rate, runs = results.clean(scenario.name)
        at_500, shown = steps.get("at-500"), typical(results, scenario.name)
        rows.append(
            (
                scenario.name,
                f"**{rate:,.0f}/s**" if rate else _not_held(steps),
                spread(runs),
                delays(steps.get("half")),
                delays(steps.get("at-100")),
                delays(at_500),
                delays(at_500, "ack"),
                f"{cost(shown):.2f} at {shown['rate']:.0f}/s" if shown else "–",
                _slowness(steps.get("yardstick")),
                _goals(scenario.goals, rate if rate or _tried(steps) else None, at_500),
            )
        )
    head = ("scenario", "highest clean rate", "its p95, three runs", "reply at half", "at 100/s", "at 500/s")
    return table((*head, "ack at 500/s", "CPU s per 1,000", "this machine", "goals"), rows) if rows else ""


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
        said.append(f"{HELD[at_500['ack']['p99'] < goals.ack_p99]} ack p99 < {goals.ack_p99}")
        if goals.gap_p95:
            gap = at_500["gap"]["p95"]
            said.append(f"{HELD[gap < goals.gap_p95]} second bubble {gap:.0f} < {goals.gap_p95} ms later")
    elif rate is not None and rate < 500:
        said.append(f"{HELD[False]} 500/s is more than this machine holds")
    return ", ".join(said)


def others(results: Results) -> str:
    """Storms, trouble, idling: what has its own question."""
    rows = []
    for scenario in _of_kind(results, "storm"):
        if found := results.steps[scenario.name].get("storm"):
            rows.append((scenario.says, _storm(found)))
    for scenario in _of_kind(results, "trouble"):
        ratios = trouble_ratios(results.steps[scenario.name])
        if ratios:
            middle = median(ratios)
            each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            rate = next(found["rate"] for found in results.steps[scenario.name].values() if "rate" in found)
            said = f"at {rate:.0f}/s the others' p95 is {middle:.2f} times that of a healthy run (median of {each})"
            if restarts := sum(found.get("restarts", 0) for found in results.steps[scenario.name].values()):
                said += f"; {restarts} processes died and were started anew"
            rows.append((scenario.says, f"{HELD[middle <= TROUBLE_TIMES]} {said}"))
    for scenario in _of_kind(results, "idle"):
        if found := results.steps[scenario.name].get("idle"):
            share = found["core_share"]
            rows.append((scenario.says, f"{HELD[share < IDLE_SHARE]} {share:.1%} of one core"))
    for scenario in _of_kind(results, "texts"):
        if found := results.steps[scenario.name].get("texts"):
            rows.append((scenario.says, found["said"]))
    return table(("", "measured"), rows) if rows else ""


def _storm(found: Found) -> str:
    labels = found["reply_by_label"]
    seconds = found["seconds"] + found["drain_seconds"]
    told = (
        f"{found['finished']:,} of {found['started']:,} answered within {seconds:.0f} s, p95 {_seconds(found['reply'])}"
    )
    if {"danger", "ordinary"} <= labels.keys():
        told += f"; danger p95 {_seconds(labels['danger'])}, the others {_seconds(labels['ordinary'])}"
    reasons = [f"{count} {what}" for what, count in found["wrong"].items()]
    return f"{HELD[not reasons and seconds <= 600]} {told}; ack p99 {found['ack']['p99']:.0f} ms {', '.join(reasons)}"


def _seconds(found: Found) -> str:
    return f"{found['p95'] / 1000:.2f} s"


def trouble_ratios(steps: Mapping[str, Found]) -> list[float]:
    """How many times longer the others' p95 is with one discom in trouble, run by run."""
    ratios = []
    for number in (1, 2, 3):
        healthy, troubled = steps.get(f"healthy-{number}"), steps.get(f"troubled-{number}")
        if healthy and troubled:
            before, after = (one["reply_by_label"]["others"]["p95"] for one in (healthy, troubled))
            ratios.append(after / before)
    return ratios


def usage(results: Results) -> str:
    """CPU per 1,000 conversations by process, a column per scenario."""
    columns = {}
    for scenario in _of_kind(results, "rate"):
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
    for name, steps in _ordered(results):
        before, after = steps.get("memory-start"), steps.get("memory-end")
        if before and after:
            services = [_services(one["mb"]) for one in (before, after)]
            rows.append(
                (
                    name,
                    " → ".join(f"{value:.0f}" for value in services),
                    " → ".join(f"{one['mb'].get('kafka', 0):.0f}" for one in (before, after)),
                    " → ".join(f"{one['mb'].get('postgres', 0):.0f}" for one in (before, after)),
                    f"{after['backlog']['outbox']} / {after['backlog']['ledger']}",
                )
            )
    head = ("PSS in MB, start → end", "services", "Kafka", "PostgreSQL", "left in outbox / ledger")
    return table(head, rows) if rows else ""


def _services(found: Mapping[str, float]) -> float:
    return sum(value for name, value in found.items() if name not in ("kafka", "postgres"))


def _ordered(results: Results) -> list[tuple[str, dict[str, Found]]]:
    return [(name, results.steps[name]) for name in SCENARIOS if name in results.steps]


def _of_kind(results: Results, kind: str) -> list[Scenario]:
    return [SCENARIOS[name] for name, _ in _ordered(results) if SCENARIOS[name].kind == kind]
