"""Two senders of one number, and a sender that slept: each bubble is called for once, and in order."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from libs.kit.audit import Seen, tables
from libs.kit.batch import Batch, Record
from libs.kit.database import Pool, migrate, open_pool
from libs.kit.settings import Settings
from libs.kit.setup import setup
from libs.schemas.discom import load
from libs.schemas.events import root_event
from libs.schemas.messages import Received, Reply, Sender
from services.gateway import statuses, store
from services.gateway.sender.dispatcher import Dispatcher, Superseded
from services.gateway.sender.gate import Gate
from services.gateway.sender.ledger import UNKNOWN, Ledger
from services.gateway.sender.provider import Accepted
from services.gateway.store import Hold, Send, Status

ROOT = Path(__file__).parents[2]


class Phone:
    """Stands in for WhatsApp: takes everything, after a moment."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def send(self, body: dict[str, Any]) -> Accepted:
        await asyncio.sleep(0.005)
        self.got.append(body["biz_opaque_callback_data"])
        return Accepted(f"wamid.{len(self.got)}")


@pytest_asyncio.fixture(loop_scope="session")
async def ledger(stack: Settings) -> AsyncIterator[Pool]:
    """The gateway's database of a fresh discom."""
    discom = load(ROOT / "deploy/discoms/mvvnl.toml").model_copy(update={"code": f"t{uuid4().hex[:10]}"})
    await setup(stack, [discom])
    pool = await open_pool(stack, "gateway", discom.code, size=4)
    await migrate(pool, ROOT / "services/gateway/migrations")
    yield pool
    await pool.close()


async def queued(pool: Pool, chats: int, each: int, **more: Any) -> list[Send]:
    """Bubbles in the ledger."""
    sends = []
    now = datetime.now(UTC)
    for n in range(chats):
        chat = await pool.fetchval("INSERT INTO chats (phone) VALUES ($1) RETURNING chat_id", f"91{n:010}")
        for text in map(str, range(each)):
            reply = Reply(discom="mvvnl", chat_id=str(chat), turn=1, at=now, service="menu", body=text)
            sends.append(Send(now.date(), uuid4(), str(chat), False, reply, Sender(phone=f"91{n:010}"), **more))
    async with pool.acquire() as connection:
        await store.queue(connection, sends)
    return sends


@contextmanager
def sender(pool: Pool, phone: Phone) -> Iterator[Dispatcher]:
    """A sender's engine, without what chooses who sends."""
    ledger = Ledger(pool, "mvvnl")
    dispatcher = Dispatcher(pool, phone, ledger, Gate(10_000), "mvvnl")  # type: ignore[arg-type]  # a fake
    tasks = [asyncio.create_task(ledger.run()), asyncio.create_task(dispatcher.watch_unknown())]
    try:
        yield dispatcher
    finally:
        for task in tasks:
            task.cancel()


async def states(pool: Pool) -> dict[UUID, str]:
    return {row["reply_id"]: row["state"] for row in await pool.fetch("SELECT reply_id, state FROM sends")}


async def settled(pool: Pool, phone: Phone, *dispatchers: Dispatcher) -> None:
    """Returns when every bubble has its end, or the senders gave up; meanwhile statuses come as from WhatsApp."""
    async with asyncio.timeout(20):
        while any(state in ("queued", "sending") for state in (await states(pool)).values()):
            if all(dispatcher.failed for dispatcher in dispatchers):
                return
            came = [found for callback in phone.got if (found := store.parse_callback(callback))]
            async with pool.acquire() as connection:
                await store.apply_statuses(connection, [Status(*found, "delivered", None, None) for found in came])
            await asyncio.sleep(0.05)


async def test_of_two_claims_of_one_bubble_the_ledger_takes_one(ledger: Pool) -> None:
    [queued_one] = await queued(ledger, 1, 1)
    claims = []
    for number in (1, 2):
        [row] = await store.unsettled(ledger)
        row.state, row.attempts = "sending", 1
        row.unknown_until = datetime.now(UTC) + UNKNOWN + timedelta(seconds=number)
        claims.append(row)
    taken = await asyncio.gather(*(store.write_states(ledger, [row]) for row in claims))
    assert sorted(taken, key=len) == [set(), {queued_one.reply_id}]


async def test_two_senders_that_both_believe_to_be_the_one_call_once_for_each_bubble(ledger: Pool) -> None:
    sends = await queued(ledger, chats=30, each=4)
    phone = Phone()
    for _ in range(40):
        with sender(ledger, phone) as one, sender(ledger, phone) as other:
            await asyncio.gather(one.take_up(), other.take_up())
            await settled(ledger, phone, one, other)
            await asyncio.gather(one.stop(1), other.stop(1))
            assert {type(found.failed) for found in (one, other)} <= {Superseded, type(None)}
        if len(set(phone.got)) == len(sends):
            break
    assert len(phone.got) == len(set(phone.got)) == len(sends)
    for chat in {send.chat_id for send in sends}:
        order = [send.callback for send in sends if send.chat_id == chat]
        assert [callback for callback in phone.got if callback in order] == order


async def test_a_sender_that_slept_through_its_claim_claims_anew_before_it_calls(ledger: Pool) -> None:
    long_ago = datetime.now(UTC) - UNKNOWN
    [slept] = await queued(ledger, 1, 1, state="sending", attempts=1, unknown_until=long_ago, fresh=True)
    [row] = await store.unsettled(ledger)
    row.state, row.attempts, row.unknown_until = "sending", 2, datetime.now(UTC) + UNKNOWN
    assert await store.write_states(ledger, [row]) == {slept.reply_id}  # the successor's claim
    phone = Phone()
    with sender(ledger, phone) as woken:
        woken.add([slept])
        async with asyncio.timeout(10):
            while not woken.failed:
                await asyncio.sleep(0.01)
        await woken.stop(0.1)
        assert isinstance(woken.failed, Superseded)
    assert phone.got == []


async def test_a_claim_that_may_have_been_written_is_written_once_more(ledger: Pool) -> None:
    [send] = await queued(ledger, 1, 1)
    send.state, send.attempts, send.unknown_until = "sending", 1, datetime.now(UTC) + UNKNOWN
    assert await store.write_states(ledger, [send]) == await store.write_states(ledger, [send]) == {send.reply_id}


async def test_a_late_retry_of_the_old_sender_does_not_undo_the_claim_of_the_new_one(ledger: Pool) -> None:
    [send] = await queued(ledger, 1, 1, state="sending", attempts=1, unknown_until=datetime.now(UTC))
    [row] = await store.unsettled(ledger)
    row.state, row.attempts = "sending", 2
    await store.write_states(ledger, [row])
    send.state, send.not_before = "queued", datetime.now(UTC) + timedelta(minutes=1)
    assert await store.write_states(ledger, [send]) == set()
    assert await states(ledger) == {send.reply_id: "sending"}


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("sent", "failed"), "failed"),
        (("failed", "sent"), "failed"),
        (("failed", "delivered"), "delivered"),
        (("read", "sent", "delivered"), "read"),
    ],
)
async def test_of_the_statuses_in_one_batch_the_one_that_counts_reaches_the_ledger(
    ledger: Pool, words: tuple[str, ...], state: str
) -> None:
    [send] = await queued(ledger, 1, 1, state="sending", attempts=1, unknown_until=datetime.now(UTC) + UNKNOWN)
    records = []
    for word in words:
        status: dict[str, object] = {"id": "wamid.1", "status": word, "biz_opaque_callback_data": send.callback}
        update = Received(
            discom="mvvnl",
            phone_number_id="1",
            field="messages",
            value={"statuses": [status]},
            received_at=datetime.now(UTC),
        )
        event = root_event(uuid4(), "update.received", "mvvnl/gateway", datetime.now(UTC), "key", update)
        records.append(Record(event, "mvvnl.gateway.statuses.v1", 0, 0, None, (), None))
    async with ledger.acquire() as connection:
        await statuses.handle(Batch("mvvnl", "gateway", connection, records))
    assert await states(ledger) == {send.reply_id: state}


async def test_the_audit_sees_what_waits_in_the_ledger_and_for_which_hold(ledger: Pool) -> None:
    held, put_off, due = await queued(ledger, 3, 1)
    held.held_by, put_off.not_before = "bill/hi", datetime.now(UTC) + timedelta(minutes=1)
    await store.write_states(ledger, [held, put_off])
    holds = (Hold("template", "paused", "bill/hi"), Hold("number", "190: token"), Hold("waba", "131031: hold_number"))
    await store.hold(ledger, holds)
    assert await tables._holds(ledger) == {"bill/hi": "paused", "": "190: token; 131031: hold_number"}
    place = ("c", 0, 0, held.day, datetime.now(UTC), "menu")
    events = [Seen(send.reply_id, "reply.requested", uuid4(), *place) for send in (held, put_off, due)]
    found = await tables._sends(ledger, events)
    assert [(found[event.id].held_by, found[event.id].later) for event in events] == [
        ("bill/hi", False),
        (None, True),
        (None, False),
    ]


async def test_a_bubble_that_a_status_settled_is_not_sent_again(ledger: Pool) -> None:
    [send] = await queued(ledger, 1, 1)
    async with ledger.acquire() as connection:
        await store.apply_statuses(connection, [Status(send.day, send.reply_id, "delivered", "wamid.1", None)])
    phone = Phone()
    with sender(ledger, phone) as late:
        late.add([send])
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                while not late.idle(send.chat_id):
                    await asyncio.sleep(0.01)
        assert late.failed is None and late.idle(send.chat_id)
    assert phone.got == [] and await states(ledger) == {send.reply_id: "delivered"}
