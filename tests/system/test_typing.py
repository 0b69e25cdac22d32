"""A phone sees `typing…` where the billing system is slow, before the answer and never after it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson

from deploy.local.system import System
from libs.kit import kafka, outbox
from libs.kit.outbox import Outgoing
from libs.kit.settings import Settings
from libs.schemas.events import Event, root_event
from libs.schemas.messages import Reply, Typing
from libs.schemas.topics import REPLIES
from tests.phone import Phone
from tests.system.conftest import Meta, connected

NewPhone = Callable[..., Phone]
PATIENCE = 30.0


@asynccontextmanager
async def watched(system: System, meta_side: Meta, phone: Phone) -> AsyncIterator[list[dict[str, Any]]]:
    """What happens at a phone, as its page would see it."""
    seen: list[dict[str, Any]] = []

    async def listen() -> None:
        url = system.url("simulator", f"/api/events?phones={phone.wa_id}")
        async with meta_side.http.get(url, timeout=None) as response:
            async for line in response.content:
                if line.startswith(b"data: "):
                    seen.append(orjson.loads(line[6:]))

    listening = asyncio.create_task(listen())
    try:
        await until(lambda: bool(seen))
        yield seen
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not what():
            await asyncio.sleep(0.02)


def kinds(seen: list[dict[str, Any]]) -> list[str]:
    """`typing`, and `message` for what arrived, in order."""
    return [
        event["event"]
        for event in seen
        if event["event"] == "typing" or (event["event"] == "message" and event["message"]["direction"] == "in")
    ]


async def chat_of(stack: Settings, phone: Phone) -> str:
    async with connected(stack, f"{phone.discom}_gateway") as gateway:
        return str(await gateway.fetchval("SELECT chat_id FROM chats WHERE phone = $1", phone.wa_id))


async def publish(stack: Settings, discom: str, *events: Event) -> None:
    producer = await kafka.start_producer(stack)
    try:
        await outbox.publish(producer, [Outgoing.of(event, REPLIES.name(discom), ("", 0)) for event in events])
    finally:
        await producer.stop()


def typing(discom: str, chat: str) -> Event:
    now = datetime.now(UTC)
    data = Typing(discom=discom, chat_id=chat, turn=1, at=now, service="billing")
    return root_event(uuid4(), "typing.requested", f"{discom}/billing", now, chat, data)


def answer(discom: str, chat: str) -> Event:
    now = datetime.now(UTC)
    data = Reply(discom=discom, chat_id=chat, turn=1, at=now, service="billing", body="₹1")
    return root_event(uuid4(), "reply.requested", f"{discom}/billing", now, chat, data)


async def test_a_slow_billing_system_shows_typing_and_blue_ticks_before_its_answer(
    system: System, stack: Settings, meta_side: Meta, new_phone: NewPhone
) -> None:
    phone = new_phone("pvvnl")
    async with connected(stack, "pvvnl_billing") as billing, watched(system, meta_side, phone) as seen:
        await phone.says("hi")
        await phone.next_bubbles()
        async with billing.transaction():
            await billing.execute("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
            await phone.says("bill 2000000019")
            await until(lambda: "typing" in kinds(seen))
        await phone.next_bubbles()
        # The phone and `seen` listen apart: what one has heard, the other may still have to.
        await until(lambda: kinds(seen).count("message") == 2)
        assert kinds(seen) == ["message", "typing", "message"]
        assert any(event["event"] == "read" for event in seen)


async def test_told_twice_it_is_shown_once_and_never_beside_the_answer(
    system: System, stack: Settings, meta_side: Meta, new_phone: NewPhone
) -> None:
    phone = new_phone("pvvnl")
    await phone.says("hi")
    await phone.next_bubbles()
    chat = await chat_of(stack, phone)
    async with watched(system, meta_side, phone) as seen:
        told = typing("pvvnl", chat)
        await publish(stack, "pvvnl", told, told)
        await until(lambda: kinds(seen) == ["typing"])
        await publish(stack, "pvvnl", told, answer("pvvnl", chat))
        await phone.next_bubbles()
        await publish(stack, "pvvnl", typing("pvvnl", str(uuid4())), answer("pvvnl", chat))
        await phone.next_bubbles()
        await until(lambda: kinds(seen).count("message") == 2)
        assert kinds(seen) == ["typing", "message", "message"]


async def test_a_held_number_shows_nothing_and_its_bubbles_wait(
    system: System, stack: Settings, meta_side: Meta, new_phone: NewPhone
) -> None:
    phone = new_phone("puvvnl")
    await phone.says("hi")
    await phone.next_bubbles()
    chat = await chat_of(stack, phone)
    async with connected(stack, "puvvnl_gateway") as gateway, watched(system, meta_side, phone) as seen:
        await gateway.execute("INSERT INTO holds (scope, reason) VALUES ('number', 'test')")
        await asyncio.sleep(2.5)  # the sender looks every second
        await publish(stack, "puvvnl", typing("puvvnl", chat))
        await asyncio.sleep(1)
        await publish(stack, "puvvnl", answer("puvvnl", chat))
        await asyncio.sleep(1)
        assert kinds(seen) == []
        await gateway.execute("DELETE FROM holds")
        await phone.next_bubbles()
        await until(lambda: "message" in kinds(seen))
        assert kinds(seen) == ["message"]
