"""A whole run against a small stand-in for the product: whatever goes wrong there shows in the figures."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from bench.load.engine import Load
from bench.load.order import Crowd, Order, Part, Say, Turn
from deploy.local.network import HOST, free_port
from tests.unit.bench.gateway import SECRET, Gateway

ASK = Turn((Say("text", "नमस्ते"),))


def order(turns: tuple[Turn, ...] = (ASK,), rate: float = 100, seconds: float = 0.5, **more: Any) -> Order:
    part = Part("mvvnl", "100000000000002", "918010924203", Crowd(0, 1000), turns)
    return Order(rate, seconds, (part,), **({"patience": 1.0} | more))


@pytest_asyncio.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(free_port(19_850)) as running:
        yield running


async def run(gateway: Gateway, wanted: Order) -> dict[str, Any]:
    load = Load(HOST, gateway.port, SECRET)
    await load.provider.open(HOST, gateway.provider)
    try:
        return await load.run(wanted)
    finally:
        load.close()
        await asyncio.sleep(0.05)


async def test_everybody_is_answered_once(gateway: Gateway) -> None:
    found = await run(gateway, order())
    assert (found["started"], found["finished"], found["wrong"]) == (50, 50, {})
    assert found["reply"]["count"] == found["ack"]["count"] == 50
    assert found["reply_by_label"]["mvvnl"] == found["reply"]


async def test_a_lost_answer_is_noticed(gateway: Gateway) -> None:
    gateway.fault = lambda number: "lost" if number == 7 else ""
    found = await run(gateway, order())
    assert (found["finished"], found["wrong"]) == (49, {"lost": 1})
    assert found["wrong_by_label"] == {"mvvnl": {"lost": 1}}


async def test_a_doubled_bubble_is_noticed(gateway: Gateway) -> None:
    gateway.fault = lambda number: "doubled" if number == 49 else ""
    assert (await run(gateway, order()))["wrong"] == {"doubled": 1}


async def test_a_second_answer_is_noticed(gateway: Gateway) -> None:
    gateway.fault = lambda number: "twice said" if number == 3 else ""
    assert (await run(gateway, order()))["wrong"] == {"surplus": 1}


async def test_a_refused_post_is_noticed(gateway: Gateway) -> None:
    gateway.fault = lambda number: "refused" if number == 3 else ""
    assert (await run(gateway, order()))["wrong"] == {"refused": 1}


async def test_a_stall_shows_in_the_delay_of_everybody_who_would_have_been_served_meanwhile(gateway: Gateway) -> None:
    gateway.stall = (10, 0.6)
    found = await run(gateway, order(rate=100, seconds=1.0))
    # some 60 of 100 fell due during the stall; a generator that waited for its answers would show a single slow one
    assert found["reply"]["p50"] > 50
    assert found["reply"]["max"] >= 590
    assert found["started"] == 100


async def test_the_rate_is_kept_whatever_the_answers_do(gateway: Gateway) -> None:
    gateway.fault = lambda _: "lost"
    found = await run(gateway, order(rate=200, seconds=0.5, patience=0.1))
    assert (found["started"], found["wrong"]) == (100, {"lost": 100})


async def test_a_hopeless_run_is_given_up(gateway: Gateway) -> None:
    gateway.fault = lambda _: "lost"
    found = await run(gateway, order(rate=500, seconds=5, give_up=0.2, patience=0.1))
    assert found["gave_up"] and found["seconds"] < 4


async def test_a_conversation_goes_on_with_each_answer(gateway: Gateway) -> None:
    found = await run(gateway, order((ASK, ASK, ASK), rate=40))
    assert (found["finished"], found["reply"]["count"], gateway.messages, found["wrong"]) == (20, 60, 60, {})


async def test_two_messages_in_one_post_get_two_bubbles(gateway: Gateway) -> None:
    found = await run(gateway, order((Turn((Say("tap", "menu:home"),) * 2, replies=2),)))
    assert (found["finished"], found["gap"]["count"], gateway.posts, gateway.messages) == (50, 50, 50, 100)


async def test_many_people_share_a_post(gateway: Gateway) -> None:
    found = await run(gateway, order(rate=200, per_post=20))
    assert (found["finished"], gateway.posts) == (100, 5)


async def test_each_bubble_is_told_to_be_sent_delivered_and_read(gateway: Gateway) -> None:
    found = await run(gateway, order(statuses=1))
    told = set(gateway.statuses)
    assert len(told) == len(gateway.statuses) == found["status_ack"]["count"] == 150
    assert {word for _, word in told} == {"sent", "delivered", "read"}


async def test_statuses_may_share_posts(gateway: Gateway) -> None:
    found = await run(gateway, order(statuses=100, rate=400))
    assert len(gateway.statuses) == 600
    assert found["status_ack"]["count"] < 300
