"""Thousands of replies through a provider that fails three times in ten: each arrives once, none is lost, limits kept.

`STORM_REPLIES=20000` makes it longer.
"""

import asyncio
import os
import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from aiohttp import web

from libs.kit.batch import Batch, Record
from libs.kit.database import Pool, migrate, open_pool
from libs.kit.settings import Settings, WhatsAppSettings
from libs.kit.setup import setup
from libs.schemas.discom import Discom, load
from libs.schemas.events import root_event
from libs.schemas.messages import Received, Reply, Sender
from services.gateway import statuses, store
from services.gateway.sender import dispatcher as dispatching
from services.gateway.sender import doubts, provider, rates, refusals
from services.gateway.sender.dispatcher import Dispatcher
from services.gateway.sender.gate import Gate
from services.gateway.sender.ledger import Ledger
from services.gateway.sender.provider import Outcome, Provider, session
from services.gateway.store import Send

ROOT = Path(__file__).parents[2]
REPLIES = int(os.environ.get("STORM_REPLIES", "2000"))
RATE = 400
PAIR_SECONDS = 0.1
FAULTS = {
    "429": 4, "429 with a wait": 1, "131056": 5, "500": 4, "503 without a body": 3, "reset before": 4,
    "reset after": 4, "no answer": 3, "failed later": 2,
}  # fmt: skip
"""Of a hundred requests."""


class Meta:
    """A provider that keeps account of what reached the phones."""

    def __init__(self) -> None:
        self.chance = random.Random(5)
        self.arrived: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.statuses: list[tuple[float, dict[str, object]]] = []

    async def messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        n = self.chance.randrange(100)
        fault = next((name for name, share in FAULTS.items() if (n := n - share) < 0), "accepted")
        self.answers[fault] += 1
        match fault:
            case "429":
                return refusal(130429, 429)
            case "429 with a wait":
                return refusal(130429, 429, {"Retry-After": "1"} if self.chance.random() < 0.1 else {})
            case "131056":
                return refusal(131056, 400)
            case "500":
                return refusal(131000, 500)
            case "503 without a body":
                return web.Response(status=503)
            case "reset before":
                return reset(request)
        wamid = f"wamid.{uuid4().hex}"
        self._accept(wamid, body["biz_opaque_callback_data"], fault == "failed later")
        if fault == "reset after":
            return reset(request)
        if fault == "no answer":
            await asyncio.sleep(20)
        return web.json_response({"messages": [{"id": wamid}]})

    def _accept(self, wamid: str, callback: str, fails: bool) -> None:
        self.arrived[callback] += not fails
        words = ("sent", "failed") if fails else ("sent", "delivered", "read")
        now = asyncio.get_running_loop().time()
        for word in words:
            status: dict[str, object] = {"id": wamid, "status": word, "biz_opaque_callback_data": callback}
            if word == "failed":
                status["errors"] = [{"code": 131000}]
            elif self.chance.random() < 0.15:
                continue  # never told
            late = 14.0 if self.chance.random() < 0.03 else self.chance.random()
            self.statuses += [(now + late, status)] * (2 if self.chance.random() < 0.1 else 1)

    async def tell(self, pool: Pool) -> None:
        """The status webhooks that are due, in no order."""
        while True:
            await asyncio.sleep(0.1)
            now = asyncio.get_running_loop().time()
            due = [status for at, status in self.statuses if at <= now]
            self.statuses = [(at, status) for at, status in self.statuses if at > now]
            self.chance.shuffle(due)
            for start in range(0, len(due), 200):
                async with pool.acquire() as connection, connection.transaction():
                    records = [record(status) for status in due[start : start + 200]]
                    await statuses.handle(Batch("m", "gateway", connection, records))


def refusal(code: int, status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"code": code, "message": "no"}}, status=status, headers=headers)


def reset(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()


def record(status: dict[str, object]) -> Record:
    now = datetime.now(UTC)
    update = Received(discom="m", phone_number_id="1", field="messages", value={"statuses": [status]}, received_at=now)
    event = root_event(uuid4(), "update.received", "m/gateway", now, "key", update)
    return Record(event, "m.gateway.statuses.v1", 0, 0, None, (), None)


class Watched(Provider):
    """Notes when each call starts, to whom, and how many to one person are under way."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.calls: list[tuple[float, str]] = []
        self.open: Counter[str] = Counter()
        self.most_open = 0

    async def send(self, body: dict[str, Any]) -> Outcome:
        phone = body["to"]
        self.calls.append((asyncio.get_running_loop().time(), phone))
        self.open[phone] += 1
        self.most_open = max(self.most_open, self.open[phone])
        try:
            return await super().send(body)
        finally:
            self.open[phone] -= 1


@asynccontextmanager
async def database(stack: Settings, discom: Discom) -> AsyncIterator[Pool]:
    await setup(stack, [discom])
    pool = await open_pool(stack, "gateway", discom.code, size=4, look_ups=True)
    await migrate(pool, ROOT / "services/gateway/migrations")
    yield pool
    await pool.close()


@asynccontextmanager
async def served(meta: Meta) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.post("/{version}/{number}/messages", meta.messages)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def queued(pool: Pool, count: int) -> list[Send]:
    """Replies for chats of about seven, and one chat that gets 60."""
    now = datetime.now(UTC)
    phones = [f"91{n:010}" for n in range(max(2, count // 7))]
    chats = [
        (str(row["chat_id"]), row["phone"])
        for row in await pool.fetch(
            "INSERT INTO chats (phone, last_message_at) SELECT unnest($1::text[]), now() RETURNING chat_id, phone",
            phones,
        )
    ]
    sends = []
    for n in range(count):
        chat, phone = chats[0 if n < 60 else n % len(chats)]
        reply = Reply(discom="m", chat_id=chat, turn=1, at=now, service="menu", body=str(n))
        sends.append(Send(now.date(), uuid4(), chat, n % 5 == 0, reply, Sender(phone=phone), last_message_at=now))
    async with pool.acquire() as connection:
        for start in range(0, count, 200):
            await store.queue(connection, sends[start : start + 200])
    return sends


def faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules with shorter times."""
    monkeypatch.setattr(dispatching, "UNKNOWN", timedelta(seconds=10))
    monkeypatch.setattr(doubts, "UNKNOWN", timedelta(seconds=10))
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", 1.0)
    monkeypatch.setattr(dispatching, "backoff", lambda attempt, chance: 0.02 * 4 ** min(attempt, 3) * (1 + chance))
    monkeypatch.setattr(refusals, "backoff", lambda attempt, chance: 0.02 * 4 ** min(attempt, 3) * (1 + chance))
    monkeypatch.setattr(refusals, "STATUS_SECONDS", 1.0)
    monkeypatch.setattr(rates, "PAIR_SECONDS", PAIR_SECONDS)
    monkeypatch.setattr(provider, "SECONDS", aiohttp.ClientTimeout(total=3, connect=3))


def most_within(times: list[float], seconds: float) -> int:
    return max((bisect_right(times, at + seconds) - n for n, at in enumerate(times)), default=0)


async def test_every_reply_arrives_once_through_a_provider_that_fails_three_times_in_ten(
    stack: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    faster(monkeypatch)
    discom = load(ROOT / "deploy/discoms/mvvnl.toml").model_copy(update={"code": f"t{uuid4().hex[:10]}"})
    meta = Meta()
    async with database(stack, discom) as pool, served(meta) as base, session() as http:
        settings = WhatsAppSettings(
            **stack.model_dump() | {"whatsapp_base_url": base, "whatsapp_access_token": "t"},
            whatsapp_app_secret="s", whatsapp_verify_token="v", chat_key_secret="k" * 32,
        )  # fmt: skip
        calls = Watched(http, settings, discom)
        ledger = Ledger(pool, "m")
        sender = Dispatcher(pool, calls, ledger, Gate(RATE), "m")
        sends = await queued(pool, REPLIES)
        work = (ledger.run(), sender.watch_unknown(), sender.sweep(), meta.tell(pool))
        tasks = [asyncio.create_task(one) for one in work]
        try:
            sender.add(sends)
            await finished(pool, sender, meta, 300 + REPLIES / 20)
        finally:
            await sender.stop(1)
            for task in tasks:
                task.cancel()
        rows = {row["reply_id"]: row for row in await pool.fetch("SELECT reply_id, state, repeats FROM sends")}
    check(sends, rows, meta, calls)


async def finished(pool: Pool, sender: Dispatcher, meta: Meta, seconds: float) -> None:
    """When nothing is left to send and WhatsApp has nothing left to tell."""
    async with asyncio.timeout(seconds):
        while meta.statuses or await pool.fetchval("SELECT count(*) FROM sends WHERE state IN ('queued', 'sending')"):
            assert sender.failed is None
            await asyncio.sleep(0.5)


def check(sends: list[Send], rows: dict[UUID, Any], meta: Meta, calls: Watched) -> None:
    """The promises."""
    repeated = {id for id, row in rows.items() if row["repeats"]}
    doubled = [send for send in sends if meta.arrived[send.callback] > 1]
    print(f"\n{len(calls.calls)} calls for {len(sends)} replies: {dict(meta.answers)}")
    print(f"unknown and repeated, as the ledger names them: {len(repeated)}; twice at the phone: {len(doubled)}")
    assert sum(meta.answers.values()) - meta.answers["accepted"] >= 0.25 * sum(meta.answers.values())
    assert [send.callback for send in sends if not meta.arrived[send.callback]] == [], "lost"
    assert {send.reply_id for send in doubled} <= repeated, "doubled, and the ledger does not say so"
    assert {row["state"] for row in rows.values()} <= {"sent", "delivered", "read"}
    assert calls.most_open == 1, "two at once for one chat"
    # the moment of the call is taken a little after the gate let it through
    assert most_within([at for at, _ in calls.calls], 0.98) <= RATE
    by_phone: dict[str, list[float]] = defaultdict(list)
    for at, phone in calls.calls:
        by_phone[phone].append(at)
    for times in by_phone.values():
        for length in (0.0, 1.0, 3.0):
            assert most_within(times, length) <= rates.PAIR_CREDIT + (length + 0.05) / PAIR_SECONDS + 1
