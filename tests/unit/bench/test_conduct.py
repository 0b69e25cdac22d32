"""The whole run: what it says at its end, and how much time it leaves to each scenario."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from bench import conduct
from bench.conduct import LONGEST, Options, deadlines
from bench.measure import Lengths
from bench.scenarios import SCENARIOS, Scenario
from bench.store import Store

OPTIONS = Options(("greeting", "trouble", "texts"))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Nothing is started; which scenario was measured, with how many seconds left."""
    found: dict[str, float] = {}

    @asynccontextmanager
    async def started(*_: object) -> AsyncIterator[tuple[None, None]]:
        yield None, None

    async def measure(scenarios: Sequence[Scenario], until: Mapping[str, float], *given: Any) -> None:
        store: Store = given[2]
        for scenario in scenarios:
            found[scenario.name] = until[scenario.name] - monotonic()
            store.finish(scenario.name)

    monkeypatch.setattr(conduct, "fingerprint", lambda: "now")
    monkeypatch.setattr(conduct, "servers", started)
    monkeypatch.setattr(conduct, "stage", started)
    monkeypatch.setattr(conduct, "_measure", measure)
    return found


async def test_a_run_says_at_its_end_how_long_it_took_and_is_whole(tmp_path: Path, measured: dict[str, float]) -> None:
    store, said = Store(tmp_path), list[str]()
    await conduct.conduct(OPTIONS, store, said.append)
    assert list(measured) == ["greeting", "texts", "trouble"], "those of one discom first"
    assert said[-1] == "done after 0.0 minutes"
    assert store.about["finished"]


async def test_a_run_that_goes_on_has_the_time_that_the_interrupted_one_left(
    tmp_path: Path, measured: dict[str, float]
) -> None:
    store = Store(tmp_path)
    store.open({**OPTIONS.about(), "minutes": {"greeting": 10.0, "soak": 30.0}}, [])
    store.finish("greeting")
    await conduct.conduct(OPTIONS, store, lambda _: None)
    assert list(measured) == ["texts", "trouble"]
    assert LONGEST - 600 - 200 < measured["trouble"] < LONGEST - 600


def test_time_is_kept_for_each_scenario_to_come() -> None:
    found = deadlines([SCENARIOS["greeting"], SCENARIOS["bill"], SCENARIOS["idle"]], end=2000.0)
    assert found["idle"] < 2000
    assert found["greeting"] < found["bill"] < found["idle"]
    assert found["bill"] - found["greeting"] >= 3 * Lengths().clean


def test_a_quick_run_is_the_goals_table() -> None:
    with_goals = {name for name, scenario in SCENARIOS.items() if scenario.goals}
    assert {scenario.name for scenario in Options(quick=True).chosen} == with_goals | {"storm"}
