"""The search for the highest clean rate."""

from typing import Any

import pytest

from bench.search import best, dirt, next_rate

CLEAN: dict[str, Any] = {
    "wrong": {},
    "started": 10,
    "finished": 10,
    "reply": {"p95": 20.0},
    "grows": False,
    "gave_up": False,
}


def searched(limit: float, guess: float) -> tuple[float | None, int]:
    """What is found where every rate up to a limit is clean, and after how many tries."""
    tried: list[tuple[float, bool]] = []
    while (rate := next_rate(tried, guess)) is not None and len(tried) < 30:
        tried.append((rate, rate <= limit))
    return best(tried), len(tried)


@pytest.mark.parametrize("limit", [190, 480, 730, 1000, 1490, 2200, 3900])
@pytest.mark.parametrize("guess", [400, 1500])
def test_the_highest_clean_rate_is_found_within_seven_percent_in_a_few_tries(limit: float, guess: float) -> None:
    found, tries = searched(limit, guess)
    assert found is not None
    assert limit / 1.09 <= found <= limit
    assert tries <= 11


def test_a_search_ends_where_nothing_is_clean() -> None:
    found, tries = searched(limit=0, guess=500)
    assert found is None
    assert tries < 12


def test_a_search_asks_for_no_less_than_makes_sense() -> None:
    assert next_rate([(150.0, False)], guess=150, least=100) == 100
    assert next_rate([(150.0, False), (100.0, False)], guess=150, least=100) is None


def test_a_lucky_run_above_an_unclean_one_does_not_count() -> None:
    assert best([(500, True), (600, False), (700, True)]) == 500


@pytest.mark.parametrize(
    ("difference", "reason"),
    [
        ({"wrong": {"lost": 2}}, "2 lost"),
        ({"wrong": {"doubled": 1}}, "1 doubled"),
        ({"finished": 9}, "1 without an end"),
        ({"started": 0, "finished": 0}, "nobody wrote"),
        ({"reply": {"p95": 1000.0}}, "p95 1000 ms"),
        ({"grows": True}, "backlog grew"),
        ({"gave_up": True}, "given up"),
    ],
)
def test_a_run_is_clean_only_without_any_of_these(difference: dict[str, Any], reason: str) -> None:
    assert dirt(CLEAN) == []
    assert dirt(CLEAN | difference) == [reason]
