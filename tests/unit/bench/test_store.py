"""Results on disk: an interrupted run goes on, results of different code are never mixed."""

from pathlib import Path
from typing import Any

import pytest

from bench.store import Store

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


async def test_results_of_other_code_are_dropped(tmp_path: Path) -> None:
    await interrupted(tmp_path)
    again = Store(tmp_path)
    assert again.open(ABOUT | {"code": "def"}, ["greeting"]) == []
    assert list(again) == []
