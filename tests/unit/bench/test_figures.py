"""Figures about processes, profiles and tables."""

import os
from typing import Any

from bench.profile import Cost, largest, stacks
from bench.report import Results, delays, rates
from bench.usage import Stat, Usage, backend_name, measure, memory


def test_a_process_with_spaces_and_brackets_in_its_name_is_read_right() -> None:
    fields = ["S", "41", *["0"] * 9, "250", "50", "30", "20", *["0"] * 30]
    found = Stat.parsed(f"42 (postgres: x (y) z) {' '.join(fields)}")
    ticks = os.sysconf("SC_CLK_TCK")
    assert found == Stat(parent=41, own=300 / ticks, ended=50 / ticks)


def test_a_backend_is_named_by_its_database_and_never_by_its_client() -> None:
    assert backend_name("postgres: mvvnl_gateway mvvnl_gateway 127.0.0.1(40112) idle") == "postgres mvvnl_gateway"
    assert backend_name("postgres: walwriter") == "postgres itself"
    assert backend_name("/x/bin/postgres -D /y") == "postgres itself"


def test_own_cpu_and_memory_are_seen() -> None:
    before = measure({"me": os.getpid()}, postgres=0)
    sum(n * n for n in range(2_000_000))
    used = measure({"me": os.getpid(), "gone": 2**30}, postgres=0).since(before)
    assert 0 < used.cpu["me"] <= used.busy + 0.1
    assert memory({"me": os.getpid()}, postgres=0)["me"] > 5


def test_what_a_new_process_has_used_counts_from_its_start() -> None:
    assert Usage({"a": 5.0, "b": 1.0}, 10.0).since(Usage({"a": 2.0}, 4.0)) == Usage({"a": 3.0, "b": 1.0}, 6.0)


def test_the_largest_costs_are_named_by_the_innermost_function_of_ours() -> None:
    text = (
        "main (services/menu/__main__.py:3);understand (libs/language/understanding.py:9);sub (re/__init__.py:1) 6\n"
        "main (services/menu/__main__.py:3);understand (libs/language/understanding.py:12) 1\n"
        "main (services/menu/__main__.py:3);carry_out (libs/kit/dialogue.py:5) 2\n"
        "main (services/menu/__main__.py:3);run (libs/kit/process.py:7);Runner.run (asyncio/runners.py:118);"
        "Fetcher._fetch (aiokafka/consumer/fetcher.py:1);sleep (asyncio/tasks.py:1) 1\n"
    )
    assert largest(stacks(text)) == [
        Cost("understand (libs/language/understanding.py)", 0.7),
        Cost("carry_out (libs/kit/dialogue.py)", 0.2),
        Cost("aiokafka", 0.1),
    ]


def found(rate: float, p95: float = 30.0, **more: Any) -> dict[str, Any]:
    timed = {"count": 10, "p50": 10.0, "p95": p95, "p99": 40.0}
    return {
        "rate": rate, "started": 1000, "finished": 1000, "wrong": {}, "grows": False, "gave_up": False,
        "reply": timed, "ack": timed, "status_ack": timed | {"count": 0, "p50": 0.0, "p99": 0.0}, "gap": timed,
        "cpu": {"menu": 0.5, "kafka": 0.75}, **more,
    }  # fmt: skip


def test_a_clean_rate_needs_three_clean_runs() -> None:
    steps = [("greeting", f"clean-1500-{n}", found(1500, wrong={"lost": 1} if n == 2 else {})) for n in (1, 2, 3)]
    steps += [("greeting", f"clean-1400-{n}", found(1400)) for n in (1, 2, 3)]
    steps += [("greeting", f"clean-1450-{n}", found(1450)) for n in (1, 2)]
    rate, runs = Results.of({}, steps).clean("greeting")
    assert (rate, len(runs)) == (1400, 3)


def test_a_missed_goal_shows() -> None:
    steps = [("greeting", f"clean-1400-{n}", found(1400)) for n in (1, 2, 3)]
    steps.append(("greeting", "at-500", found(500, p95=39.0)))
    text = rates(Results.of({}, steps))
    assert "✗ ≥ 1,500/s" in text
    assert "✓ p95 < 40" in text
    assert "1.25" in text, "CPU seconds per 1,000 conversations"


def test_where_no_rate_was_clean_three_times_the_table_says_how_low_was_tried() -> None:
    steps = [("bill", "probe-600", found(600)), ("bill", "clean-400-1", found(400, p95=1200.0, seconds=30.0))]
    text = rates(Results.of({}, steps))
    assert "| ✗ 400/s for 30 s: p95 1200 ms |" in text
    assert "✗ ≥ 1,200/s" in text


def test_a_run_in_which_nothing_was_answered_has_no_delays() -> None:
    assert delays(None) == "–"
    assert delays(found(1, reply={"count": 0, "p50": 0.0, "p95": 0.0, "p99": 0.0})) == "–"


def acked(p50: float, p99: float) -> dict[str, float]:
    return {"count": 10, "p50": p50, "p95": p50, "p99": p99}


def test_where_500_a_second_are_too_many_the_table_still_tells_how_long_the_webhook_took() -> None:
    steps = [
        ("greeting", "half", found(220, ack=acked(14.0, 44.0))),
        ("greeting", "at-100", found(100, ack=acked(8, 31))),
    ]
    text = rates(Results.of({}, steps))
    assert "| 14 / 44 · 8 / 31 · – |" in text
    assert "| at 220/s: 10 / 30 / 40 |" in text


def test_a_webhook_that_is_slow_with_statuses_is_slow() -> None:
    steps = [("statuses", "at-500", found(500, ack=acked(9, 20), status_ack=acked(8, 70)))]
    text = rates(Results.of({}, steps))
    assert "| – · – · 9 / 70 |" in text
    assert "✗ ack p99 < 50" in text
