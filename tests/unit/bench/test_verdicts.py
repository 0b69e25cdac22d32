"""What is said of storms, trouble and the soak: a goal that is missed shows, and which."""

from typing import Any

import pytest

from bench.report import Results
from bench.verdicts import others, soak, trouble_ratios


def timed(p95: float, p99: float = 40.0) -> dict[str, float]:
    return {"count": 10, "p50": 10.0, "p95": p95, "p99": p99}


def storm(danger: float = 200.0, ordinary: float = 210.0, ack: float = 40.0, **more: Any) -> dict[str, Any]:
    return {
        "started": 10_000, "finished": 10_000, "wrong": {}, "seconds": 60.0, "drain_seconds": 1.0,
        "reply": timed(ordinary), "reply_by_label": {"danger": timed(danger), "ordinary": timed(ordinary)},
        "ack": timed(20.0, p99=ack), "status_ack": timed(0.0, p99=0.0), **more,
    }  # fmt: skip


def said_of(name: str, found: dict[str, Any]) -> str:
    return others(Results.of({}, [(name, "storm", found)])).splitlines()[-1]


def test_a_storm_that_is_answered_at_once_holds_its_goals() -> None:
    text = said_of("storm", storm())
    assert "✓ 10,000 of 10,000 answered within 61 s, p95 0.21 s; danger p95 0.20 s, the others 0.21 s" in text
    assert "missed" not in text


@pytest.mark.parametrize(
    ("name", "found", "missed"),
    [
        ("storm", storm(finished=9_998, wrong={"lost": 2}), "all answered (2 lost)"),
        ("storm", storm(finished=9_998), "all answered (2 without an end)"),
        ("storm", storm(ordinary=1200.0), "p95 < 1 s"),
        ("storm", storm(ack=165.0), "ack p99 < 100 ms"),
        ("storm-80", storm(40.0, 118_000.0, drain_seconds=700.0), "within 600 s"),
        ("storm-80", storm(118_130.0, 118_410.0), "danger first, its p95 below half of the others'"),
        ("storm-80", storm(reply_by_label={"ordinary": timed(90_000.0)}), "danger first"),
    ],
)
def test_a_storm_that_misses_a_goal_says_which(name: str, found: dict[str, Any], missed: str) -> None:
    text = said_of(name, found)
    assert "✗" in text and "✓" not in text
    assert f"missed: {missed}" in text


def test_where_a_queue_forms_everybody_but_those_in_danger_may_wait() -> None:
    text = said_of("storm-80", storm(2_000.0, 118_000.0, ack=165.0))
    assert "✓" in text
    assert "danger p95 2.00 s, the others 118.00 s" in text


def run(p95: float = 20.0, wrong: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    labels = {"others": timed(p95), "pvvnl": timed(9_000.0)}
    given: dict[str, Any] = {"rate": 65, "started": 100, "finished": 100, "wrong": wrong or {}}
    return {**given, "reply_by_label": labels, **more}


def trouble(**steps: dict[str, Any]) -> str:
    named = {name.replace("_", "-"): found for name, found in steps.items()}
    return others(Results.of({}, [("trouble", name, found) for name, found in named.items()]))


def test_trouble_is_compared_with_the_healthy_run_beside_it() -> None:
    steps = {"healthy-1": run(20), "troubled-1": run(22), "healthy-2": run(40), "troubled-2": run(60)}
    assert trouble_ratios(steps) == [1.1, 1.5]
    assert "✓ at 65/s the others' p95 is 1.10 times" in trouble(healthy_1=run(20), troubled_1=run(22))
    assert "missed: at most 1.3 times" in trouble(healthy_1=run(20), troubled_1=run(30))


def test_an_answer_that_the_others_lose_is_no_quick_one() -> None:
    text = trouble(healthy_1=run(), troubled_1=run(10, {"lost": 3}))
    assert "✗ at 65/s the others' p95 is 0.50 times" in text
    assert "missed: all answered (3 lost in troubled-1)" in text


@pytest.mark.parametrize(("label", "held"), [("pvvnl", True), ("others", False)])
def test_only_the_troubled_discom_may_say_later(label: str, held: bool) -> None:
    wrong = {"unexpected": 7}
    text = trouble(healthy_1=run(), troubled_1=run(20, wrong, wrong_by_label={label: wrong}))
    assert ("✓" in text) == held
    assert "✗" in trouble(healthy_1=run(20, wrong, wrong_by_label={label: wrong}), troubled_1=run())


def test_a_run_in_which_none_of_the_others_was_answered_is_judged_all_the_same() -> None:
    lost = run(wrong={"lost": 80}, reply_by_label={"pvvnl": timed(20.0)})
    assert "✗" in trouble(healthy_1=run(), troubled_1=lost)


def soaked(minutes: int = 30, **changes: Any) -> str:
    """Half an hour at its best, but for what changes after twenty minutes."""
    steps: list[tuple[str, str, dict[str, Any]]] = []
    for n in range(1, minutes + 1):
        change = changes if n > 20 else {}
        run = {"rate": 245, "started": 9, "finished": 9, "wrong": change.get("wrong", {}), "reply": timed(20.0)}
        steps.append(("soak", f"minute-{n:02}", run | {"reply": timed(change.get("p95", 20.0))}))
        mb = {"menu": change.get("mb", 100.0), "kafka": 300.0 + n * 10, "postgres": 300.0 + n * 10}
        backlog = {"outbox": change.get("outbox", 3), "ledger": 0}
        steps.append(("soak", f"memory-{n:02}", {"mb": mb, "backlog": backlog}))
    return soak(Results.of({}, steps))


def test_a_soak_that_ends_as_it_began_is_flat_and_its_last_minute_is_shown() -> None:
    text = soaked()
    assert text.count("✓") == 4 and "✗" not in text
    assert "Soak, 30 minutes at 245/s" in text
    assert "| 26 | 10 / 20 / 40 |" in text
    assert "| 30 | 10 / 20 / 40 |" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wrong": {"lost": 1}}, "✗ everybody answered, once (1 lost)"),
        ({"p95": 31.0}, "✗ latency flat: median p95 31 ms in the last 10 minutes, 20 in the first (at most 1.5 times)"),
        ({"mb": 106.0}, "✗ memory flat: the services' +6.0% over the last 20 minutes (less than +5%)"),
        ({"outbox": 501}, "✗ no backlog: 501 in the outbox, 0 in the ledger at the end (at most 500 each)"),
    ],
)
def test_a_soak_that_ends_worse_than_it_began_says_in_what(change: dict[str, Any], said: str) -> None:
    text = soaked(**change)
    assert said in text
    assert text.count("✓") == 3


def test_half_a_soak_is_not_judged() -> None:
    text = soaked(minutes=12)
    assert "stopped after 12 of 30 minutes" in text
    assert "✓" not in text


def test_nothing_is_said_of_what_was_not_measured() -> None:
    assert others(Results.of({}, [])) == soak(Results.of({}, [])) == ""
