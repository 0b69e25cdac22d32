"""Rates: over any second no number exceeds its rate, over any trace the pair rule holds, no class starves."""

import asyncio
from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.sender.gate import Gate
from services.gateway.sender.rates import PAIR_CREDIT, PAIR_SECONDS, PATIENCE, Bucket, Pairs, Turns, left_for_us
from services.gateway.store import BULK, NOTICE, REPLY, URGENT

gaps = st.lists(st.floats(0, 3) | st.sampled_from([0.0, 0.001, 0.0125, 1.0]), min_size=1, max_size=300)


def most_within(times: list[float], seconds: float) -> int:
    """The most of these times that any span of that length holds, both ends counted."""
    return max((bisect_right(times, at + seconds) - n for n, at in enumerate(times)), default=0)


@given(st.sampled_from([1, 2, 7, 10, 80, 1000]), gaps)
def test_over_any_second_no_more_than_the_rate_passes(rate: int, steps: list[float]) -> None:
    bucket, now, passed = Bucket(rate), 100.0, []
    for step in steps:
        now += step
        while bucket.take(now):
            passed.append(now)
    assert passed and most_within(passed, 1.0) <= rate


@given(st.lists(st.tuples(st.floats(0, 1.5), st.integers(0, 120)), min_size=1, max_size=100))
def test_whatever_comes_in_meanwhile_the_rate_is_kept_and_a_quarter_of_it_is_ours(
    seconds: list[tuple[float, int]],
) -> None:
    bucket, now, passed = Bucket(80), 100.0, []
    for step, inbound in seconds:
        now += step
        bucket.allow(left_for_us(80, inbound))
        while bucket.take(now):
            passed.append(now)
    assert most_within(passed, 1.0) <= 80
    assert all(20 <= left_for_us(80, inbound) <= 80 for _, inbound in seconds)


def test_a_number_that_is_busy_with_what_comes_in_sends_the_rest_only() -> None:
    bucket, passed = Bucket(80), 0
    bucket.allow(left_for_us(80, 50))
    for tick in range(10_000):
        passed += bucket.take(100 + tick / 1000)
    assert 270 <= passed <= 310


def test_a_bucket_that_always_has_customers_gives_nearly_all_of_its_rate() -> None:
    for rate in (1, 5, 80, 1000):
        bucket = Bucket(rate)
        passed = sum(bucket.take(100 + tick / 4000) for tick in range(40_000))
        assert 10 * rate * 0.88 <= passed <= 10 * rate + rate


def test_a_pause_lets_nothing_through_and_no_burst_after_it() -> None:
    bucket = Bucket(80)
    bucket.pause(110.0)
    assert not any(bucket.take(100 + tick / 10) for tick in range(101))
    assert bucket.wait(105.0) > 5
    assert sum(bucket.take(110 + tick / 1000) for tick in range(1, 1001)) <= 80


@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from("ab")), min_size=1, max_size=400))
def test_over_any_trace_the_pair_rule_holds(trace: list[tuple[float, str]]) -> None:
    pairs, now = Pairs(), 1000.0
    sent: dict[str, list[float]] = {"a": [], "b": []}
    for step, chat in trace:
        now += step / 20
        if not pairs.wait(chat, now):
            pairs.spend(chat, now)
            sent[chat].append(now)
    for times in sent.values():
        for length in (0.0, 6.0, 60.0, 600.0):
            assert most_within(times, length) <= PAIR_CREDIT + length / PAIR_SECONDS


def test_forty_five_at_once_then_one_in_six_seconds_and_nobody_else_waits() -> None:
    pairs = Pairs()
    for _ in range(PAIR_CREDIT):
        assert pairs.wait("a", 1000.0) == 0
        pairs.spend("a", 1000.0)
    assert pairs.wait("a", 1000.0) == PAIR_SECONDS
    assert pairs.wait("b", 1000.0) == 0
    assert pairs.wait("a", 1006.0) == 0


def test_chats_that_have_paid_are_forgotten() -> None:
    pairs = Pairs()
    for n in range(30_000):
        pairs.spend(str(n), 1000.0 + n)
    assert len(pairs._paid_until) <= 10_001


def test_danger_goes_before_replies_these_before_notices_and_notices_before_bulk() -> None:
    turns: Turns[str] = Turns()
    for priority, item in (
        (BULK, "bulk"),
        (NOTICE, "notice"),
        (REPLY, "reply"),
        (URGENT, "danger"),
        (REPLY, "reply 2"),
    ):
        turns.push(priority, item)
    assert [turns.pop() for _ in range(5)] == ["danger", "reply", "reply 2", "notice", "bulk"]
    assert not turns


@given(st.lists(st.sampled_from([REPLY, NOTICE, BULK]), max_size=200))
def test_no_class_starves_while_replies_never_end(others: list[int]) -> None:
    turns: Turns[int] = Turns()
    for priority in (NOTICE, BULK, *others):
        turns.push(priority, priority)
    seen = []
    for _ in range(10 * len(others) + 60):
        turns.push(REPLY, REPLY)
        seen.append(turns.pop())
    for priority in (NOTICE, BULK):
        assert seen.index(priority) <= PATIENCE + 1
    assert seen[: PATIENCE + 1].count(REPLY) == PATIENCE, "a storm of notices takes a tenth at most while replies wait"


async def test_the_gate_gives_its_places_back_and_forgets_who_gave_up() -> None:
    gate = Gate(100_000, in_flight=1)
    await gate.enter(REPLY)
    impatient, patient = (asyncio.ensure_future(gate.enter(NOTICE)) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    gate.leave()
    await asyncio.wait_for(patient, 5)
    assert impatient.cancelled()
