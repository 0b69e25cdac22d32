"""The page is written of a whole long form only; it names what was left out, and its columns add up."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from libs.kit.audit import Findings
from tests.faults import report
from tests.faults.report import DEATHS, RUNS, Report, told
from tests.faults.stage import Account


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LAST", "DATA", "PAGE"):
        monkeypatch.setattr(report, name, tmp_path / name)


def account(n: int, deaths: int) -> Account:
    """A run that ended a minute after the one before, with a death every tenth of a second."""
    found = Findings("mvvnl", accepted=600, effects=600, answered=580, withheld=20, due=580, arrived=580, statuses=1740)
    died = [60.0 * n + death / 10 for death in range(deaths)]
    return Account(f"run {n}", [found], Counter({("menu", "SIGKILL"): deaths}), died, 2, 50, 5, [])


def form(runs: int, skipped: int = 0, deaths: int = 30, full: bool = True) -> Report:
    found = Report(full, [account(n, deaths) for n in range(runs)])
    found.skipped += [f"the broker's disk full: only root may mount one ({n})" for n in range(skipped)]
    found.control("inbox", Findings("all", twice={"a": "b"}))
    return found


def test_a_run_that_this_machine_cannot_do_is_named_and_the_page_is_written() -> None:
    form(RUNS - 1, skipped=1).write(passed=True)
    assert "* not run: the broker's disk full: only root may mount one" in report.PAGE.read_text("utf-8")


@pytest.mark.parametrize(
    ("found", "passed"),
    [(form(RUNS - 1), True), (form(RUNS), False), (form(RUNS, full=False), True), (form(2, skipped=1), True)],
)
def test_no_page_is_written_of_less_than_the_whole(found: Report, passed: bool) -> None:
    found.write(passed)
    assert report.LAST.exists() and not report.PAGE.exists() and not report.DATA.exists()


def test_a_form_with_too_few_deaths_fails_instead_of_being_written() -> None:
    with pytest.raises(AssertionError, match="deaths are too few"):
        form(RUNS, deaths=(DEATHS - 1) // RUNS).write(passed=True)
    assert not report.PAGE.exists()


def test_the_page_adds_up_and_fills_every_hole() -> None:
    form(RUNS).write(passed=True)
    page = report.PAGE.read_text("utf-8")
    assert not re.search(r"\{\w+\}", page) and "Nothing was left out." in page
    # 30 deaths in each run, six of them are before number 200: it is the 20th of the seventh, after 361.9 s
    assert "330 deaths (the first 200 within 6.0 minutes), 6,600 messages" in page
    assert "stopped 22 times (SIGSTOP)" in page
    cells = [line.strip("| ").split(" | ") for line in page.splitlines() if re.match(r"\| (fault|\*\*together)", line)]
    together = dict(zip(*cells, strict=False))
    columns = ("deaths", "accepted", "withheld", "replies due", "at the phones", "statuses")
    assert [together[name] for name in columns] == ["330", "6,600", "220", "6,380", "6,380", "19,140"]


def test_what_is_kept_of_a_part_needs_no_number_of_deaths() -> None:
    form(1).write(passed=True)
    assert json.loads(report.LAST.read_text("utf-8"))["first_deaths_seconds"] is None
    assert "30 deaths, 2 sleeps" in told(account(0, 30))
