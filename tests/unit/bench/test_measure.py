"""Step by step: what is measured anew, how far a search goes down, and what is let go of when a profile fails."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from bench import measure, people, profile, yardstick
from bench.load.order import Order
from bench.measure import Lengths, Measurement
from bench.scenarios import SCENARIOS, Scenario
from bench.stage import Stage
from bench.store import Store
from deploy.local.files import LocalError

CLEAN: dict[str, Any] = {"started": 10, "finished": 10, "grows": False, "gave_up": False}


@dataclass
class FakeStage:
    """Clean in short runs up to a rate, in long ones only up to a lower one."""

    short: float = 500.0
    long: float = 0.0
    pid: int = 1
    orders: list[Order] = field(default_factory=list)
    cancelled: bool = False
    endless: bool = False
    discoms: Sequence[Any] = ()

    @property
    def postgres(self) -> "FakeStage":
        return self

    @property
    def pids(self) -> dict[str, int]:
        return {"menu": self.pid}

    async def run(self, order: Order) -> dict[str, Any]:
        self.orders.append(order)
        if self.endless:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled = True
        most = self.short if order.seconds < 20 else self.long
        reply = {"p50": 1.0, "p95": 20.0, "p99": 30.0}
        return {**CLEAN, "reply": reply, "rate": order.rate, "wrong": {} if order.rate <= most else {"lost": 1}}

    @property
    def held(self) -> list[float]:
        """The rates of long runs."""
        return [order.rate for order in self.orders if order.seconds >= 20]


@dataclass
class Said:
    """What the person is told."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, text: str) -> None:
        self.lines.append(text)


def measurement(stage: FakeStage, directory: Path, scenario: Scenario = SCENARIOS["errand"]) -> Measurement:
    store = Store(directory)
    store.open({"code": "now"}, [scenario.name])
    return Measurement(cast(Stage, stage), scenario, store, Lengths(), Said())


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """No machine is measured, and there is no database."""

    async def usual() -> dict[str, Any]:
        return {"posts_cpu_seconds_per_1000": 0.06}

    async def nothing(*_: object) -> dict[str, int]:
        return {"outbox": 0, "ledger": 0}

    monkeypatch.setattr(yardstick, "measured", usual)
    monkeypatch.setattr(people, "backlog", nothing)
    monkeypatch.setattr(measure, "memory", lambda pids, _: {"menu": float(pids["menu"])})


async def test_a_rate_that_is_not_held_is_lowered_in_small_steps(tmp_path: Path) -> None:
    stage = FakeStage(short=500, long=420)
    await measurement(stage, tmp_path)._highest()
    best = stage.held[0]
    assert stage.held[1:3] == [pytest.approx(best * 0.93, abs=6), pytest.approx(best * 0.93 * 0.9, abs=11)]
    assert stage.held[-3:] == [stage.held[-1]] * 3
    assert stage.held[-1] <= 420


async def test_without_time_for_small_steps_a_large_one_is_taken_and_said(tmp_path: Path) -> None:
    stage = FakeStage(short=500, long=420)
    late = replace(measurement(stage, tmp_path), until=time.monotonic() - 1)
    rate = await late._highest()
    assert stage.held == [rate] * 3
    assert rate <= 0.76 * 500
    assert any("no time is left" in line for line in cast(Said, late.say).lines)


async def test_memory_is_compared_with_that_of_the_same_processes(tmp_path: Path) -> None:
    interrupted = measurement(FakeStage(pid=1), tmp_path, SCENARIOS["texts"])
    await interrupted._once("memory-start", interrupted._memory)
    resumed = measurement(FakeStage(pid=2), tmp_path, SCENARIOS["texts"])
    await resumed._once("texts", said)
    await resumed.run()
    found = {step: result for _, step, result in resumed.store}
    assert found["memory-start"]["mb"] == found["memory-end"]["mb"] == {"menu": 2.0}


async def said() -> dict[str, Any]:
    return {"said": "quickly"}


async def test_load_ends_when_a_profile_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> dict[str, Path]:
        raise LocalError("py-spy cannot look into process 1")

    monkeypatch.setattr(profile, "record", fails)
    stage = FakeStage(endless=True)
    with pytest.raises(LocalError, match="py-spy"):
        await measurement(stage, tmp_path)._profile()
    assert stage.cancelled
