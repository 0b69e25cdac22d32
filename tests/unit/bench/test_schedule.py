"""Arrivals and percentiles."""

from itertools import pairwise

import pytest

from bench.load.schedule import arrivals, grows, percentile, summary


def test_a_schedule_has_exactly_as_many_arrivals_as_the_rate_asks_for() -> None:
    found = arrivals(rate=250, seconds=4, seed=1)
    assert len(found) == 1000
    assert found == sorted(found)
    assert found[0] >= 0 and found[-1] < 4


def test_the_same_seed_repeats_a_schedule_and_another_makes_another() -> None:
    assert arrivals(100, 2, seed=7) == arrivals(100, 2, seed=7)
    assert arrivals(100, 2, seed=7) != arrivals(100, 2, seed=8)


def test_arrivals_come_in_clusters_and_gaps_as_people_write() -> None:
    found = arrivals(1000, 10, seed=1)
    gaps = [after - before for before, after in pairwise(found)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    # of a Poisson process the deviation of the gaps is their mean; of an even one it is nothing
    assert 0.8 < variance**0.5 / mean < 1.2


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_the_value_that_this_share_does_not_exceed(share: float, expected: int) -> None:
    assert percentile(list(range(1, 101)), share) == expected


def test_one_slow_answer_of_ten_shows_in_the_95th_percentile() -> None:
    found = summary([0.01] * 9 + [2.0])
    assert found == {"count": 10, "p50": 10.0, "p95": 2000.0, "p99": 2000.0, "max": 2000.0}


def test_percentiles_of_nothing_are_nothing() -> None:
    assert summary([]) == {"count": 0, "p50": 0.0, "p95": 0.0, "p99": 0.0, "max": 0.0}


def test_a_backlog_that_grows_is_told_from_one_that_swings() -> None:
    assert grows([float(n) for n in range(0, 2000, 20)], rate=1000)
    assert not grows([100.0, 120.0, 90.0, 110.0] * 25, rate=1000)
    assert not grows([], rate=1000)


def test_what_comes_at_once_is_no_growing_backlog() -> None:
    one_post_in_each_half = [1000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1000.0, 600.0]
    assert grows(one_post_in_each_half, rate=200)
    assert not grows(one_post_in_each_half, rate=200, lump=1000)
