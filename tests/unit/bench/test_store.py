"""Results on disk: an interrupted run goes on, results of different code are never mixed."""

from pathlib import Path
from typing import Any

import pytest

from bench.store import Store, fingerprint

ABOUT = {"code": "abc", "quick": False}


class Work:
    """Measures one, two, three …"""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> dict[str, Any]:
        self.done += 1
        return {"n": self.done}


async def interrupted(directory: Path) -> Store:
    store = Store(directory)
    store.open(ABOUT, ["greeting", "bill"])
    await store.once("greeting", "at-100", Work())
    store.finish("greeting")
    await store.once("bill", "at-100", Work())
    return store


async def test_a_step_is_measured_once(tmp_path: Path) -> None:
    store, work = Store(tmp_path), Work()
    store.open(ABOUT, ["greeting"])
    assert await store.once("greeting", "at-100", work) == {"n": 1}
    assert await store.once("greeting", "at-100", work) == {"n": 1}
    assert work.done == 1


async def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    await interrupted(tmp_path)
    again, work = Store(tmp_path), Work()
    assert again.open(ABOUT, ["greeting", "bill"]) == ["greeting"]
    assert not again.about["finished"]
    await again.once("bill", "at-100", work)
    assert work.done == 0


async def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    async def fails() -> dict[str, Any]:
        raise OSError

    store = Store(tmp_path)
    store.open(ABOUT, ["greeting"])
    with pytest.raises(OSError):
        await store.once("greeting", "at-100", fails)
    assert list(store) == []


async def test_a_finished_run_starts_over_with_what_is_chosen_and_keeps_the_rest(tmp_path: Path) -> None:
    store = await interrupted(tmp_path)
    store.finish("bill")
    store.close()
    assert Store(tmp_path).open(ABOUT, ["bill"]) == ["greeting"]
    assert [(scenario, step) for scenario, step, _ in Store(tmp_path)] == [("greeting", "at-100")]


async def test_an_interrupted_run_stays_partial_and_goes_on_although_one_scenario_was_measured_by_itself(
    tmp_path: Path,
) -> None:
    await interrupted(tmp_path)
    store = Store(tmp_path)
    assert store.open(ABOUT, ["storm"]) == ["greeting"]
    await store.once("storm", "storm", Work())
    store.finish("storm")
    store.close()
    assert not store.about["finished"], "bill is half measured"
    assert store.open(ABOUT, ["greeting", "bill", "storm"]) == ["greeting", "storm"]
    store.finish("bill")
    store.close()
    assert store.about["finished"]


async def test_a_scenario_asked_for_again_is_measured_anew_while_others_are_not_done(tmp_path: Path) -> None:
    await interrupted(tmp_path)
    assert Store(tmp_path).open(ABOUT, ["greeting"]) == []
    assert [scenario for scenario, _, _ in Store(tmp_path)] == ["bill"]


async def test_what_a_scenario_took_is_added_up_and_forgotten_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("bench.store.monotonic", lambda: now)
    store = Store(tmp_path)
    store.open(ABOUT, ["greeting", "bill"])
    now += 90
    await store.once("greeting", "half", Work())
    store.finish("greeting")
    now += 60
    await store.once("bill", "half", Work())
    now += 1000  # nobody measures
    again = Store(tmp_path)
    again.open(ABOUT, ["greeting", "bill"])
    now += 30
    await again.once("bill", "half", Work())
    await again.once("bill", "at-100", Work())
    assert again.about["minutes"] == {"greeting": 1.5, "bill": 1.5}
    again.drop("bill")
    assert again.about["minutes"] == {"greeting": 1.5}


async def test_single_steps_can_be_measured_anew(tmp_path: Path) -> None:
    store, work = Store(tmp_path), Work()
    store.open(ABOUT, ["greeting"])
    await store.once("greeting", "memory-start", work)
    await store.once("greeting", "at-100", work)
    store.forget("greeting", "memory-start", "memory-end")
    assert [step for _, step, _ in store] == ["at-100"]


def test_other_libraries_are_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.store.ROOT", tmp_path)
    lock = tmp_path / "requirements.lock"
    lock.write_text("asyncpg==1\n", encoding="utf-8")
    before = fingerprint()
    lock.write_text("asyncpg==2\n", encoding="utf-8")
    assert fingerprint() != before


async def test_results_of_other_code_are_dropped(tmp_path: Path) -> None:
    await interrupted(tmp_path)
    again = Store(tmp_path)
    assert again.open(ABOUT | {"code": "def"}, ["greeting"]) == []
    assert list(again) == []
