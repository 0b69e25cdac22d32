"""Storms, trouble, idling and the soak: what has its own question, and whether its goals are held. Pure."""

from collections.abc import Mapping
from math import inf
from statistics import median

from bench.report import HELD, Found, Results, ack, delays, services, table
from bench.scenarios import SOAK_MINUTES, TROUBLED, Scenario
from bench.search import P95_MS, amiss

Steps = Mapping[str, Found]
STORM_ACK_MS = 100
STORM_MOST_SECONDS = 600
DANGER_SHARE = 0.5
"""Where answers wait in line, danger waits for less than this share of the others' time."""
TROUBLE_TIMES = 1.3
IDLE_SHARE = 0.08

SPAN = 10
"""Minutes at either end of the soak that are compared with one another."""
SOAK_TIMES = 1.5
SOAK_GROWTH = 0.05
SOAK_BACKLOG = 500
"""What a second brings at the most: under way, not left behind."""


def others(results: Results) -> str:
    """A line for each storm, for trouble, for idling and for understanding."""
    judges = {"storm": _storm, "trouble": _trouble, "idle": _idle, "texts": _texts}
    rows = [
        (scenario.says, said)
        for kind, judge in judges.items()
        for scenario in results.of_kind(kind)
        if (said := judge(scenario, results.steps[scenario.name]))
    ]
    return table(("", "measured"), rows) if rows else ""


def _verdict(told: str, goals: Mapping[str, bool]) -> str:
    """What was measured, after ✓; or after ✗, with the goals that are missed."""
    missed = [goal for goal, held in goals.items() if not held]
    return f"{HELD[not missed]} {told}" + (f"; missed: {', '.join(missed)}" if missed else "")


def _storm(scenario: Scenario, steps: Steps) -> str:
    if not (found := steps.get("storm")):
        return ""
    labels, wrong = found["reply_by_label"], amiss(found)
    seconds, ack_p99 = found["seconds"] + found["drain_seconds"], ack(found)["p99"]
    told = (
        f"{found['finished']:,} of {found['started']:,} answered within {seconds:.0f} s, p95 {_seconds(found['reply'])}"
    )
    both = {"danger", "ordinary"} <= labels.keys()
    if both:
        told += f"; danger p95 {_seconds(labels['danger'])}, the others {_seconds(labels['ordinary'])}"
    goals = {
        f"all answered ({', '.join(wrong)})": not wrong,
        f"within {STORM_MOST_SECONDS} s": seconds <= STORM_MOST_SECONDS,
    }
    if scenario.queues:
        first = both and labels["danger"]["p95"] < DANGER_SHARE * labels["ordinary"]["p95"]
        goals["danger first, its p95 below half of the others'"] = first
    else:
        goals["p95 < 1 s"] = found["reply"]["p95"] < P95_MS
        goals[f"ack p99 < {STORM_ACK_MS} ms"] = ack_p99 < STORM_ACK_MS
    return _verdict(f"{told}; ack p99 {ack_p99:.0f} ms", goals)


def _seconds(found: Found) -> str:
    return f"{found['p95'] / 1000:.2f} s"


def _trouble(_: Scenario, steps: Steps) -> str:
    ratios = trouble_ratios(steps)
    if not ratios:
        return ""
    middle = median(ratios)
    judged = {name: found for name, found in steps.items() if name.startswith(("healthy-", "troubled-"))}
    rate = next(iter(judged.values()))["rate"]
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    told = f"at {rate:.0f}/s the others' p95 is {middle:.2f} times that of a healthy run (median of {each})"
    if restarts := sum(found.get("restarts", 0) for found in judged.values()):
        told += f"; {restarts} processes died and were started anew"
    wrong = [f"{reason} in {name}" for name, found in sorted(judged.items()) for reason in _trouble_amiss(name, found)]
    goals = {f"at most {TROUBLE_TIMES} times": middle <= TROUBLE_TIMES, f"all answered ({', '.join(wrong)})": not wrong}
    return _verdict(told, goals)


def trouble_ratios(steps: Steps) -> list[float]:
    """How many times longer the others' p95 is with one discom in trouble, run by run."""
    ratios = []
    for number in (1, 2, 3):
        healthy, troubled = steps.get(f"healthy-{number}"), steps.get(f"troubled-{number}")
        if healthy and troubled:
            before, after = (one["reply_by_label"].get("others", {"p95": inf})["p95"] for one in (healthy, troubled))
            ratios.append(after / before)
    return ratios


def _trouble_amiss(name: str, found: Found) -> list[str]:
    """While its database is away, the troubled discom may say "later" in place of the amount; no other may."""
    wrong = dict(found["wrong"])
    if name.startswith("troubled-"):
        later = found.get("wrong_by_label", {}).get(TROUBLED, {}).get("unexpected", 0)
        wrong["unexpected"] = wrong.get("unexpected", 0) - later
    return amiss({**found, "wrong": wrong})


def _idle(_: Scenario, steps: Steps) -> str:
    if not (found := steps.get("idle")):
        return ""
    return f"{HELD[found['core_share'] < IDLE_SHARE]} {found['core_share']:.1%} of one core"


def _texts(_: Scenario, steps: Steps) -> str:
    return str(steps["texts"]["said"]) if "texts" in steps else ""


def soak(results: Results) -> str:
    """Half an hour, every fifth minute and the last, and whether it ended as it began."""
    steps = results.steps.get("soak", {})
    minutes = [n for n in range(1, SOAK_MINUTES + 1) if f"minute-{n:02}" in steps and f"memory-{n:02}" in steps]
    if not minutes:
        return ""
    runs = [steps[f"minute-{n:02}"] for n in minutes]
    after = [steps[f"memory-{n:02}"] for n in minutes]
    rows = [
        (n, delays(run), f"{sum(one['mb'].values()):.0f}", one["backlog"]["outbox"], one["backlog"]["ledger"])
        for n, run, one in zip(minutes, runs, after, strict=True)
    ]
    head = ("minute", "reply", "memory, MB", "outbox", "ledger")
    return f"{table(head, rows[:-1:5] + rows[-1:])}\n\n{_flat(runs, after)}"


def _flat(runs: list[Found], after: list[Found]) -> str:
    if len(runs) < SOAK_MINUTES:
        return f"Soak: stopped after {len(runs)} of {SOAK_MINUTES} minutes, which tell nothing yet."
    wrong = sorted({reason for run in runs for reason in amiss(run)})
    early, late = (median(run["reply"]["p95"] for run in part) for part in (runs[:SPAN], runs[-SPAN:]))
    growth = services(after[-1]["mb"]) / services(after[SPAN - 1]["mb"]) - 1
    left = after[-1]["backlog"]
    said = (
        (not wrong, f"everybody answered, once{' (' + ', '.join(wrong) + ')' if wrong else ''}"),
        (
            late <= SOAK_TIMES * early,
            f"latency flat: median p95 {late:.0f} ms in the last {SPAN} minutes, {early:.0f} in the first "
            f"(at most {SOAK_TIMES} times)",
        ),
        (
            growth < SOAK_GROWTH,
            f"memory flat: the services' {growth:+.1%} over the last {SOAK_MINUTES - SPAN} minutes "
            f"(less than {SOAK_GROWTH:+.0%})",
        ),
        (
            max(left.values()) <= SOAK_BACKLOG,
            f"no backlog: {left['outbox']} in the outbox, {left['ledger']} in the ledger at the end "
            f"(at most {SOAK_BACKLOG} each)",
        ),
    )
    words = "; ".join(f"{HELD[held]} {text}" for held, text in said)
    return f"Soak, {SOAK_MINUTES} minutes at {runs[0]['rate']:.0f}/s: {words}."
