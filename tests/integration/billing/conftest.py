"""One discom's billing on real Kafka and PostgreSQL, and everything that comes out of it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest_asyncio
from aiokafka import AIOKafkaProducer

from libs.kit import kafka, outbox
from libs.kit.consumer import Worker
from libs.kit.database import Pool, migrate, open_pool
from libs.kit.dialogue import apology
from libs.kit.outbox import Outgoing
from libs.kit.settings import Settings
from libs.kit.setup import setup
from libs.schemas.discom import Discom, load
from libs.schemas.events import Event, read, root_event
from libs.schemas.messages import Choice, Content, Message, Reply, Sender, Text
from libs.schemas.topics import FACTS, INBOUND, REPLIES
from services.billing.asker import Asker
from services.billing.backends import Backend, BackendAccount, Unavailable
from services.billing.backends.database import DatabaseBackend, prepare_upsert, upsert
from services.billing.backlog import Backlog
from services.billing.worker import TEXTS, Billing

ROOT = Path(__file__).parents[3]
PHONE = "919000010001"
PREPAID, POSTPAID = "1000000017", "1000000025"
ACCOUNTS = (
    BackendAccount(
        PREPAID, "सुनीता देवी", PHONE[2:], "rural", "prepaid", amount_paise=81250, balance_paise=24050,
        balance_at=datetime(2026, 11, 23, 18, tzinfo=UTC),
    ),
    BackendAccount(
        POSTPAID, "Ram Kumar", None, "urban", "postpaid", date(2026, 11, 1), date(2026, 12, 10), 123450, 5000
    ),
    *(BackendAccount(f"100000010{n}", "राम", None, "urban", "postpaid", amount_paise=100) for n in range(6)),
)  # fmt: skip


@dataclass
class Place:
    """One discom's billing: its database, its topics, and everything that comes out."""

    settings: Settings
    discom: Discom
    pool: Pool
    producer: AIOKafkaProducer
    heard: list[Event] = field(default_factory=list)
    """Replies, hand-overs and facts, in the order of their topics."""
    turn: int = 0

    async def say(self, content: Content | str, chat: str, **more: object) -> Event:
        """A message as the router would send it."""
        self.turn += 1
        at = datetime.now(UTC)
        content = Text(body=content) if isinstance(content, str) else content
        data = Message.model_validate(
            {"discom": self.discom.code, "chat_id": chat, "turn": self.turn, "at": at, "sender": Sender(phone=PHONE),
             "content": content, **more}
        )  # fmt: skip
        event = root_event(uuid4(), "message.received", f"{self.discom.code}/gateway", at, chat, data)
        await self.send(event)
        return event

    async def send(self, *events: Event) -> None:
        topic = INBOUND["billing"].name(self.discom.code)
        await outbox.publish(self.producer, [Outgoing.of(event, topic, ("", 0)) for event in events])

    async def tap(self, id: str, chat: str, **more: object) -> Event:
        return await self.say(Choice(id=id), chat, **more)

    def replies(self, chat: str) -> list[str]:
        """What a chat was told."""
        return [e.data.body for e in self.heard if isinstance(e.data, Reply) and e.data.chat_id == chat]

    async def until(self, count: int, chat: str, seconds: float = 20.0) -> list[str]:
        """What a chat was told, once it is so much or the time is up."""
        for _ in range(int(seconds / 0.02)):
            if len(self.replies(chat)) >= count:
                break
            await asyncio.sleep(0.02)
        return self.replies(chat)

    def worker(self, backend: Backend | None = None) -> tuple[Worker, Asker]:
        """A worker and its asker, which is still to be made its companion."""
        backlog = Backlog()
        worker = Worker(
            self.settings, "billing", "worker", self.discom.code, (INBOUND["billing"],), self.pool, self.producer,
            Billing(self.discom, backlog).handle, apologise=apology(TEXTS, "billing"),
        )  # fmt: skip
        discoms = {self.discom.code: self.discom, "kesco": load(ROOT / "deploy/discoms/kesco.toml")}
        return worker, Asker(worker, backlog, backend or DatabaseBackend(self.pool), self.discom, discoms)

    @asynccontextmanager
    async def running(self, backend: Backend | None = None) -> AsyncIterator[Worker]:
        worker, asker = self.worker(backend)
        worker.companions = (asker.run,)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await asyncio.wait_for(task, 30)

    async def listen(self) -> None:
        consumer = await kafka.start_consumer(self.settings, f"test-{uuid4()}")
        topics = (REPLIES, INBOUND["menu"], INBOUND["complaints"], FACTS["billing"])
        consumer.subscribe([topic.name(self.discom.code) for topic in topics])
        try:
            async for record in consumer:
                event = read(record.headers, record.value)
                assert event
                self.heard.append(event)
        finally:
            await consumer.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def place(stack: Settings) -> AsyncIterator[Place]:
    """A fresh discom with a few accounts."""
    code = f"t{uuid4().hex[:10]}"
    discom = load(ROOT / "deploy/discoms/mvvnl.toml").model_copy(update={"code": code})
    await setup(stack, [discom])
    pool = await open_pool(stack, "billing", discom.code, size=3)
    await migrate(pool, ROOT / "services/billing/migrations")
    async with pool.acquire() as connection:
        await prepare_upsert(connection)
        async with connection.transaction():
            await upsert(connection, ACCOUNTS)
    producer = await kafka.start_producer(stack)
    found = Place(stack, discom, pool, producer)
    listening = asyncio.create_task(found.listen())
    yield found
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    await producer.stop()
    await pool.close()


class Shaky:
    """A billing system that answers only while it is `up`, and counts how often it was asked."""

    def __init__(self, backend: Backend, up: bool = False) -> None:
        self.backend, self.up, self.calls = backend, up, 0
        self.asked_for: list[int] = []

    async def accounts(self, ids: Collection[str]) -> Mapping[str, BackendAccount]:
        self.calls += 1
        self.asked_for.append(len(ids))
        if not self.up:
            raise Unavailable
        return await self.backend.accounts(ids)
