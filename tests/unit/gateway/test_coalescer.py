"""Updates go to Kafka together; the busier the machine, the longer they wait for each other."""

import asyncio
from pathlib import Path

import pytest

from services.gateway import coalescer
from services.gateway.coalescer import LONGEST, SHORTEST, Coalescer, Cpu, moment


def _write(stat: Path, used: int, idle: int) -> None:
    stat.write_text(f"cpu  {used} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n", encoding="utf-8")


@pytest.mark.parametrize(
    "busy, seconds",
    [(0.0, SHORTEST), (0.6, SHORTEST), (0.775, (SHORTEST + LONGEST) / 2), (0.95, LONGEST), (1.0, LONGEST)],
)
def test_the_moment_grows_with_what_is_in_use(busy: float, seconds: float) -> None:
    assert moment(busy) == pytest.approx(seconds)


def test_the_cpu_in_use_is_that_since_the_last_look(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    _write(stat, 1000, 9000)
    cpu = Cpu(stat)
    _write(stat, 1075, 9025)
    assert cpu.busy() == pytest.approx(0.75)
    assert cpu.busy() == 0.0, "no time has passed"
    _write(stat, 1075, 9125)
    assert cpu.busy() == 0.0


@pytest.mark.parametrize("text", [None, "", "cpu\n", "cpu one two three four five\n"])
def test_a_machine_that_does_not_tell_counts_as_calm(tmp_path: Path, text: str | None) -> None:
    stat = tmp_path / "stat"
    if text is not None:
        stat.write_text(text, encoding="utf-8")
    cpu = Cpu(stat)
    assert cpu.busy() == 0.0
    assert moment(cpu.busy()) == SHORTEST


async def test_a_busy_machine_is_followed_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = tmp_path / "stat"
    _write(stat, 0, 0)
    monkeypatch.setattr(coalescer, "LOOK_SECONDS", 0.0)
    one = Coalescer(stat)
    for used in (100, 200, 300, 400, 500):
        _write(stat, used, 0)
        await one.wait()
    assert one.seconds == pytest.approx(LONGEST, rel=0.05)
    for idle in (100, 200, 300, 400, 500, 600):
        _write(stat, 500, idle)
        await one.wait()
    assert one.seconds == pytest.approx(SHORTEST, rel=0.1)


async def test_whoever_comes_within_the_moment_goes_on_with_the_others() -> None:
    one = Coalescer(Path("/nowhere"))
    went: list[str] = []

    async def come(name: str) -> None:
        await one.wait()
        went.append(name)

    first, second = asyncio.create_task(come("first")), asyncio.create_task(come("second"))
    await asyncio.sleep(SHORTEST / 2)
    assert not went
    late = asyncio.create_task(come("late"))
    first.cancel()  # whoever hangs up takes nobody along
    await asyncio.gather(second, late)
    assert went == ["second", "late"]

    await come("another time")
    assert went[-1] == "another time"
