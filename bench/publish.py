"""Writes what was measured: JSON, Markdown and a picture beside the steps, and on wish into the documentation."""

import json
from pathlib import Path

from bench import report, verdicts
from bench.conduct import DIRECTORY
from bench.plot import draw
from bench.report import Results
from bench.scenarios import SCENARIOS
from bench.store import Store, fingerprint
from bench.yardstick import GOALS_MACHINE
from deploy.local.files import ROOT, LocalError

DOCUMENT = ROOT / "docs" / "performance.md"
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- measured: written by `python -m bench docs` -->", "<!-- end of what was measured -->"

DISTURBED = 0.2
"""Cores that others may use before a reader must know."""


def write(store: Store) -> Path:
    """All results in `.local/bench`; returns the Markdown file."""
    results = Results.of(store.about, store)
    file = DIRECTORY / "results.md"
    (DIRECTORY / "results.json").write_text(
        json.dumps({"about": results.about, "steps": results.steps}, indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
    picture = draw(results, DIRECTORY / "results.svg")
    file.write_text(markdown(results, "results.svg" if picture else None), encoding="utf-8")
    return file


def document(store: Store, grown: Store) -> None:
    """Puts the results between the marks of docs/performance.md, and the first table between those of the README."""
    results, later = Results.of(store.about, store), Results.of(grown.about, grown)
    if not results.steps:
        raise LocalError("Nothing is measured yet: `make bench` first.")
    picture = draw(results, PICTURE)
    measured = markdown(results, PICTURE.name if picture else None)
    if later.steps and later.about.get("code") == results.about.get("code"):
        measured += f"\n### On a database that has grown\n\n{markdown(later, None)}"
    texts = {
        DOCUMENT: _filled(DOCUMENT, measured),
        README: _filled(README, "\n\n".join([report.rates(results), *_marks(results)]) + "\n"),
    }
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")


def _filled(file: Path, measured: str) -> str:
    before, begin, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise LocalError(f"{file} has no place for results: lines with {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{measured}\n{END}{after}"


def markdown(results: Results, picture: str | None) -> str:
    """The tables, with what a reader must know to compare."""
    parts = [_about(results), *_marks(results), report.rates(results), verdicts.others(results)]
    parts += [f"![Delay against rate]({picture})"] if picture else []
    parts += [report.usage(results), report.memories(results), verdicts.soak(results), _profiles(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _about(results: Results) -> str:
    machine = results.about.get("machine", {})
    text = (
        f"{machine.get('cores')} cores ({machine.get('processor')}), {machine.get('memory_gb')} GB, "
        f"Python {machine.get('python')}; everything on them: Kafka, PostgreSQL, all services, the load. "
        "Delays are p50 / p95 / p99 in milliseconds, counted from when a message was due; ack is the webhook's own "
        "answer, to messages or to statuses, whichever took longer. "
        "Clean: nothing lost, doubled or refused, p95 below 1 s, backlog not growing; three runs of 30 s. "
        "This machine: CPU seconds of a client per 1,000 HTTP posts (`python -m bench.yardstick`), taken before each "
        f"scenario, beside the {GOALS_MACHINE} of the machine on which the goals were set."
    )
    minutes = results.about.get("minutes", {})
    took = sum(minutes.get(name, 0.0) for name, scenario in SCENARIOS.items() if not scenario.apart)
    return f"{text} Measured in {took:.0f} minutes." if took else text


def _marks(results: Results) -> list[str]:
    """What keeps these figures from being those of this code, whole and undisturbed."""
    marks = []
    if results.about.get("code") != fingerprint():
        marks.append("**Earlier code**: measured on an earlier version of the code.")
    if not results.about.get("finished"):
        left = [name for name in SCENARIOS if name not in results.about.get("done", []) and name in results.steps]
        marks.append(f"**Partial**: the run was interrupted{' in ' + ', '.join(left) if left else ''}.")
    if results.about.get("quick"):
        marks.append("**Quick**: single short runs, no search; the order of magnitude only.")
    if results.about.get("grown"):
        marks.append("With 1 million chats and 10 million rows in each inbox.")
    disturbed = max(
        (one.get("foreign_cores", 0) for steps in results.steps.values() for one in steps.values()), default=0
    )
    if disturbed > DISTURBED:
        marks.append(f"**Disturbed**: other programs used up to {disturbed:.1f} cores meanwhile.")
    return marks


def _profiles(results: Results) -> str:
    rows = [
        (name, process, "<br>".join(f"{share:.0%} `{where}`" for where, share in costs))
        for name, steps in results.steps.items()
        if "profile" in steps
        for process, costs in steps["profile"]["costs"].items()
        if (shown := report.typical(results, name)) and report.cost(shown, process) >= report.LITTLE
    ]
    return report.table(("scenario", "process", "largest costs, of its own CPU"), rows) if rows else ""
