"""Faults on demand: each does what it says, as often as it says, and the same way for the same seed."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.simulator.harness import MVVNL, PVVNL, Json, Simulator, running, text, until, whatsapp


@pytest.fixture
async def faulty(simulator: Simulator) -> AsyncIterator[Simulator]:
    """The file's simulator, without faults before and after."""
    await simulator.call("/api/faults", method="DELETE")
    yield simulator
    await simulator.call("/api/faults", method="DELETE")


async def fault(simulator: Simulator, kind: str, **fields: object) -> Json:
    status, answer = await simulator.call("/api/faults", {"kind": kind, **fields})
    assert status == 201, answer
    return dict(answer)


async def send(simulator: Simulator, phone: str, number: str = MVVNL) -> tuple[int, Json]:
    return await simulator.send(number, whatsapp(phone, text("x")) | {"biz_opaque_callback_data": f"call {phone}"})


async def statuses_of(simulator: Simulator, phone: str) -> list[str]:
    """What was reported, found by the callback data as a gateway without an answer must."""
    values = [status for value in simulator.gateway.values() for status in value.get("statuses", [])]
    return [it["status"] for it in values if it.get("biz_opaque_callback_data") == f"call {phone}"]


@pytest.mark.parametrize(
    ("kind", "fields", "status", "code"),
    [
        ("throttled", {}, 429, 130429),
        ("error", {"code": 131056}, 400, 131056),
        ("error", {"code": 131047, "status": 403}, 403, 131047),
        ("server_error", {"status": 502}, 502, 131000),
    ],
)
async def test_refusals_come_in_metas_shape_and_nothing_arrives(
    faulty: Simulator, phone: str, kind: str, fields: Json, status: int, code: int
) -> None:
    await fault(faulty, kind, phone=phone, **fields)
    got, answer = await send(faulty, phone)
    assert (got, answer["error"]["code"]) == (status, code)
    assert await faulty.messages(phone) == []


async def test_a_server_error_may_come_without_a_body(faulty: Simulator, phone: str) -> None:
    await fault(faulty, "server_error_empty", phone=phone, status=504)
    headers = {"authorization": "Bearer demo-token"}
    address = f"{faulty.url}/v25.0/{MVVNL}/messages"
    async with faulty.http.post(address, json=whatsapp(phone, text("x")), headers=headers) as response:
        assert (response.status, await response.read()) == (504, b"")


async def test_a_connection_reset_before_acceptance_sends_nothing(faulty: Simulator, phone: str) -> None:
    await fault(faulty, "reset_before", phone=phone)
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await send(faulty, phone)
    assert await faulty.messages(phone) == []


async def test_a_connection_reset_after_acceptance_is_settled_by_the_status_webhook(
    faulty: Simulator, phone: str
) -> None:
    await fault(faulty, "reset_after", phone=phone)
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await send(faulty, phone)
    assert len(await faulty.messages(phone)) == 1
    async with asyncio.timeout(20):
        while set(await statuses_of(faulty, phone)) != {"sent", "delivered", "read"}:
            await asyncio.sleep(0.05)


async def test_what_is_accepted_without_an_answer_arrives_too(faulty: Simulator, phone: str) -> None:
    await fault(faulty, "no_answer", phone=phone)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.7):
            await send(faulty, phone)
    assert len(await faulty.messages(phone)) == 1


async def test_latency_is_latency(faulty: Simulator, phone: str) -> None:
    await fault(faulty, "latency", phone=phone, seconds=0.5)
    started = asyncio.get_running_loop().time()
    assert (await send(faulty, phone))[0] == 200
    assert asyncio.get_running_loop().time() - started >= 0.5


async def test_a_failure_is_reported_by_webhook_and_nothing_arrives(faulty: Simulator, phone: str) -> None:
    await fault(faulty, "failed", phone=phone, code=131026)
    _, answer = await send(faulty, phone)
    [status] = await until(lambda: faulty.gateway.statuses(answer["messages"][0]["id"]))
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131026)
    assert await faulty.messages(phone) == []


async def test_a_fault_strikes_as_often_as_it_may_and_only_where_it_shall(
    faulty: Simulator, phone: str, new_number: object
) -> None:
    assert callable(new_number)
    await fault(faulty, "throttled", discom="mvvnl", phone=phone, remaining=2)
    codes = [(await send(faulty, to, number))[0] for to, number in ((phone, PVVNL), (new_number(), MVVNL))]
    codes += [(await send(faulty, phone))[0] for _ in range(4)]
    assert codes == [200, 200, 429, 429, 200, 200]


async def test_the_same_seed_falls_the_same_way_also_over_a_restart(faulty: Simulator, new_number: object) -> None:
    assert callable(new_number)

    async def run(pause: bool) -> list[int]:
        phone = new_number()
        kept = await fault(faulty, "throttled", phone=phone, rate=0.4, seed=7)
        codes = [(await send(faulty, phone))[0] for _ in range(10)]
        if pause:
            await faulty.kill()
            await faulty.start()
        codes += [(await send(faulty, phone))[0] for _ in range(10)]
        await faulty.call(f"/api/faults/{kept['id']}", method="DELETE")
        return codes

    first, second = await run(pause=False), await run(pause=True)
    assert first == second
    assert 3 <= first.count(429) <= 13


async def test_statuses_can_be_missing_doubled_or_reordered(faulty: Simulator, new_number: object) -> None:
    assert callable(new_number)
    seen = {}
    for kind, fields, expected in (
        ("status_missing", {"which": "delivered"}, 2),
        ("status_missing", {}, 0),
        ("status_doubled", {}, 6),
        ("status_reordered", {}, 3),
    ):
        phone = new_number()
        await fault(faulty, kind, phone=phone, **fields)
        await send(faulty, phone)
        async with asyncio.timeout(20):
            while (await faulty.messages(phone))[0]["status"] != "read":
                await asyncio.sleep(0.05)
            while len(await statuses_of(faulty, phone)) < expected:
                await asyncio.sleep(0.05)
        seen[kind, expected] = await statuses_of(faulty, phone)
    assert seen["status_missing", 2] == ["sent", "read"]
    assert seen["status_missing", 0] == []
    assert sorted(seen["status_doubled", 6]) == ["delivered", "delivered", "read", "read", "sent", "sent"]
    assert seen["status_reordered", 3] == ["read", "delivered", "sent"]


async def test_a_late_status_can_be_fast_forwarded(faulty: Simulator, phone: str) -> None:
    await fault(faulty, "status_late", phone=phone, seconds=600)
    await send(faulty, phone)
    await asyncio.sleep(0.5)
    assert await statuses_of(faulty, phone) == []
    assert (await faulty.call("/api/time", {"forward": 601}))[0] == 200
    async with asyncio.timeout(20):
        while await statuses_of(faulty, phone) != ["sent", "delivered", "read"]:
            await asyncio.sleep(0.05)


async def test_what_a_person_wrote_can_be_delivered_twice(faulty: Simulator, phone: str) -> None:
    await fault(faulty, "webhook_doubled", phone=phone)
    wamid = await faulty.write(phone, text="once")
    await until(lambda: len(faulty.gateway.messages(wamid)) == 2)
    assert len(await faulty.messages(phone)) == 1


async def test_the_pair_limit_lets_45_through_at_once_and_then_one_in_6_seconds(
    faulty: Simulator, phone: str, new_number: object
) -> None:
    assert callable(new_number)
    await fault(faulty, "pair_limit")
    codes = [(await send(faulty, phone))[0] for _ in range(45)]
    assert codes == [200] * 45
    status, answer = await send(faulty, phone)
    assert (status, answer["error"]["code"]) == (400, 131056)
    assert (await send(faulty, new_number()))[0] == 200
    await faulty.call("/api/time", {"forward": 6.5})
    assert [(await send(faulty, phone))[0] for _ in range(2)] == [200, 400]


async def test_the_throughput_limit_counts_both_ways(faulty: Simulator, new_number: object) -> None:
    assert callable(new_number)
    await fault(faulty, "throughput_limit", discom="mvvnl", per_second=3)
    await asyncio.sleep(1.1)
    phones = [new_number() for _ in range(8)]
    await faulty.write(phones[0], text="x")
    answers = await asyncio.gather(*(send(faulty, phone) for phone in phones))
    assert [status for status, _ in answers].count(429) >= 3
    assert {answer["error"]["code"] for status, answer in answers if status == 429} == {130429}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "nonsense"},
        {"kind": "throttled", "rate": 2},
        {"kind": "throttled", "colour": "red"},
        {"kind": "error", "code": 5},
        {"kind": "latency", "seconds": -1},
        {"kind": "status_missing", "which": "played"},
        {"kind": "throttled", "discom": "nobody"},
    ],
)
async def test_a_fault_that_cannot_be_is_refused_with_what_is_allowed(faulty: Simulator, body: Json) -> None:
    status, answer = await faulty.call("/api/faults", body)
    assert status == 422 and ("must be" in answer["error"] or "allowed" in answer["error"])
    assert (await faulty.call("/api/faults", method="GET"))[1]["faults"] == []


async def test_webhooks_are_replayed_after_a_restart_where_asked(faulty: Simulator, phone: str) -> None:
    wamid = await faulty.write(phone, text="once")
    await until(lambda: faulty.gateway.messages(wamid))
    await asyncio.sleep(0.3)
    await fault(faulty, "webhook_replayed", count=5)
    await faulty.kill()
    await faulty.start()
    await until(lambda: len(faulty.gateway.messages(wamid)) == 2)


async def test_a_receiver_that_is_down_gets_everything_later_with_growing_pauses(tmp_path_factory: object) -> None:
    assert isinstance(tmp_path_factory, pytest.TempPathFactory)
    async with running(tmp_path_factory.mktemp("patient"), SIMULATOR_RETRY_SECONDS="3600") as simulator:
        gateway = simulator.gateway
        gateway.answers = [503] * 1000
        wamid = await simulator.write("919700077001", text="patience")
        await until(lambda: len(gateway.messages(wamid)) == 2)
        await asyncio.sleep(0.5)
        assert len(gateway.messages(wamid)) == 2, "the first repetition follows at once, the second an hour later"
        await simulator.call("/api/webhooks/hurry")
        await until(lambda: len(gateway.messages(wamid)) == 3)
        gateway.answers = []
        await simulator.call("/api/time", {"forward": 7200})
        await until(lambda: len(gateway.messages(wamid)) == 4)
        await until_status(simulator, "919700077001", "delivered")


async def test_after_seven_days_a_webhook_is_given_up(tmp_path_factory: object) -> None:
    assert isinstance(tmp_path_factory, pytest.TempPathFactory)
    async with running(tmp_path_factory.mktemp("lost")) as simulator:
        simulator.gateway.answers = [503] * 1000
        await simulator.write("919700077002", text="lost")
        await until(lambda: len(simulator.gateway.posts) >= 2)
        await simulator.call("/api/time", {"forward": 7 * 24 * 3600 + 1})
        async with asyncio.timeout(20):
            while (await simulator.call("/api/webhooks", method="GET"))[1]["waiting"]["mvvnl"]:
                await asyncio.sleep(0.05)


async def until_status(simulator: Simulator, phone: str, status: str) -> None:
    async with asyncio.timeout(20):
        while (await simulator.messages(phone))[-1]["status"] != status:
            await asyncio.sleep(0.05)
