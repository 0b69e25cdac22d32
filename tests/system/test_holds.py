"""A number or a template that WhatsApp bars: nothing is sent, everybody is told, and once lifted nothing is missing."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.files import ROOT
from deploy.local.system import System
from libs.kit import kafka, outbox
from libs.kit.outbox import Outgoing
from libs.kit.settings import Settings
from libs.schemas.events import root_event
from libs.schemas.messages import Reply, Template
from libs.schemas.topics import NOTICES
from tests.phone import Phone
from tests.system.conftest import Meta, connected

NewPhone = Callable[..., Phone]
DISCOM = "dvvnl"
PATIENCE = 30.0


async def gateway(system: System, *arguments: str) -> str:
    """One of the gateway's commands, as `make held` and `make lift` run them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.gateway", *arguments, env=system.environment(), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return said.decode()


async def until(system: System, holds: str) -> str:
    """What `held` says once it says this. Raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE):
        while holds not in (said := await gateway(system, "held", "--discoms", DISCOM)):
            await asyncio.sleep(0.1)
    return said


async def state(system: System, meta_side: Meta, page: str) -> tuple[int, str]:
    """What the sender's admin port says."""
    url = f"http://127.0.0.1:{system.ports['gateway-sender admin']}/{page}"
    async with meta_side.http.get(url) as response:
        return response.status, await response.text()


@pytest_asyncio.fixture(loop_scope="session")
async def database(system: System, stack: Settings) -> AsyncIterator[asyncpg.Connection]:
    async with connected(stack, f"{DISCOM}_gateway") as connection:
        yield connection
        await connection.execute("DELETE FROM holds")


@pytest.mark.parametrize(
    ("code", "status"), [(131031, 400), pytest.param(368, 403, marks=pytest.mark.long), (190, 401)]
)
async def test_a_barred_number_waits_over_a_restart_and_lifted_it_sends_everything_in_order(
    system: System, meta_side: Meta, new_phone: NewPhone, database: asyncpg.Connection, code: int, status: int
) -> None:
    phone, other, elsewhere = new_phone(DISCOM), new_phone(DISCOM), new_phone("pvvnl")
    fault = {"kind": "error", "code": code, "status": status, "discom": DISCOM, "remaining": 1}
    async with meta_side.http.post(system.url("simulator", "/api/faults"), json=fault) as response:
        assert response.status == 201
    await phone.says("hi")
    assert f"WhatsApp answers {code}" in await until(system, "1 waiting")
    ready, why = await state(system, meta_side, "readyz")
    assert ready == 503 and str(code) in why
    await elsewhere.says("hi")
    assert await elsewhere.next_bubbles(), "the other numbers go on"

    sender = system.children["gateway-sender"]
    await sender.stop()
    await system.start("gateway-sender")
    assert (await state(system, meta_side, "startz"))[0] == 200, "nobody starts it again and again"
    async with asyncio.timeout(PATIENCE):
        while (await state(system, meta_side, "readyz"))[0] != 503:  # the lock of the one before may still be there
            await asyncio.sleep(0.1)

    await phone.says("6")
    await other.says("hi")
    await until(system, "3 waiting")
    assert await phone.bubbles() == [] and await other.bubbles() == []

    lifted = await gateway(system, "lift", "--discom", DISCOM)
    assert "number - lifted" in lifted and str(code) in lifted
    first, second = await phone.next_bubbles(2)
    assert len(await other.next_bubbles()) == 1
    assert "स्वागत" in first.body or "Welcome" in first.body
    assert "1912" in second.body
    await asyncio.sleep(1)
    assert await phone.bubbles() == [] and await other.bubbles() == [], "each once"
    assert await until(system, "Nothing") == "Nothing is held.\n"
    async with asyncio.timeout(PATIENCE):
        while (await state(system, meta_side, "readyz"))[0] != 200:
            await asyncio.sleep(0.1)

    chat = await database.fetchval("SELECT chat_id FROM chats WHERE phone = $1", phone.wa_id)
    shown = await gateway(system, "ledger", "--discoms", DISCOM, "--chat", str(chat))
    assert len(shown.splitlines()) == 2 and f"code {code}" in shown
    assert phone.wa_id not in shown and "wamid" not in shown and first.body not in shown


async def test_a_template_that_meta_pauses_keeps_its_notices_until_meta_approves_it(
    system: System, stack: Settings, meta_side: Meta, new_phone: NewPhone, database: asyncpg.Connection
) -> None:
    phone, other = new_phone(DISCOM), new_phone(DISCOM)
    for one in (phone, other):
        await one.says("hi")
        await one.next_bubbles()
    templates = system.url("simulator", "/api/templates")
    made = {"discom": DISCOM, "name": "complaint_update", "language": "hi", "body": "शिकायत {{1}} का समाचार है।"}
    async with meta_side.http.post(templates, json=made) as response:
        id = (await response.json())["id"]
    async with meta_side.http.post(f"{templates}/{id}", json={"status": "PAUSED"}) as response:
        assert response.status == 200
    await until(system, "template complaint_update/hi")
    assert (await state(system, meta_side, "readyz"))[0] == 200, "the number itself goes on"

    await database.execute(
        "UPDATE chats SET last_message_at = $2 WHERE phone = $1", phone.wa_id, datetime.now(UTC) - timedelta(days=2)
    )
    await notice(stack, str(await database.fetchval("SELECT chat_id FROM chats WHERE phone = $1", phone.wa_id)))
    await until(system, "1 waiting")
    await other.says("6")
    await other.next_bubbles()
    assert await phone.bubbles() == []

    async with meta_side.http.post(f"{templates}/{id}", json={"status": "APPROVED"}) as response:
        assert response.status == 200
    [bubble] = await phone.next_bubbles()
    assert bubble.payload["type"] == "template" and bubble.body == "शिकायत DV1 का समाचार है।"
    assert await until(system, "Nothing") == "Nothing is held.\n"


async def notice(stack: Settings, chat: str) -> None:
    """What complaints says when an officer has done something."""
    now = datetime.now(UTC)
    template = Template(name="complaint_update", language="hi", parameters=("DV1",))
    data = Reply(
        discom=DISCOM, chat_id=chat, turn=1, at=now, service="complaints", body="शिकायत DV1", template=template
    )  # fmt: skip
    event = root_event(uuid4(), "reply.requested", f"{DISCOM}/complaints", now, chat, data)
    producer = await kafka.start_producer(stack)
    try:
        await outbox.publish(producer, [Outgoing.of(event, NOTICES.name(DISCOM), ("", 0))])
    finally:
        await producer.stop()
