"""Complaints on real Kafka and PostgreSQL: one confirmation makes one complaint, whatever is repeated or killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from libs.kit import kafka, outbox
from libs.kit.consumer import Worker
from libs.kit.database import Pool, migrate, open_pool
from libs.kit.delivery import Promises
from libs.kit.dialogue import apology
from libs.kit.outbox import Outgoing
from libs.kit.settings import Settings
from libs.kit.setup import setup
from libs.schemas.discom import Discom, load
from libs.schemas.events import ComplaintRegistered, Event, read, root_event
from libs.schemas.messages import Account, Choice, Content, Context, HandOver, Message, Reply, Sender, Text
from libs.schemas.topics import FACTS, INBOUND, NOTICES, REPLIES
from services.complaints.worker import TEXTS, Complaints

ROOT = Path(__file__).parents[2]
ACCOUNT = Account(account_id="1234567890", name="र*** क***", area="urban", meter="prepaid")
COUNT = "SELECT count(*) FROM complaints"


@dataclass
class Office:
    """Complaints of one discom, seen from Kafka."""

    settings: Settings
    discom: Discom
    pool: Pool
    producer: AIOKafkaProducer
    ears: AIOKafkaConsumer
    heard: list[Event] = field(default_factory=list)

    def worker(self, promises: Promises = Promises()) -> Worker:
        return Worker(
            self.settings, "complaints", "worker", self.discom.code, (INBOUND["complaints"],), self.pool, self.producer,
            Complaints(self.discom).handle, apologise=apology(TEXTS, "complaints"), promises=promises,
        )  # fmt: skip

    async def send(self, *events: Event) -> None:
        topic = INBOUND["complaints"].name(self.discom.code)
        await outbox.publish(self.producer, [Outgoing.of(event, topic, ("", 0)) for event in events])

    async def hears(self, count: int, kind: type, seconds: float = 20.0) -> list[Event]:
        """All events of this kind so far, once there are so many or the time is up."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            found = [event for event in self.heard if isinstance(event.data, kind)]
            if len(found) >= count or asyncio.get_running_loop().time() > end:
                return found
            for records in (await self.ears.getmany(timeout_ms=300)).values():
                events = [read(record.headers, record.value) for record in records]
                self.heard += [event for event in events if event]


@dataclass
class Chat:
    """A consumer as the gateway would relay him."""

    office: Office
    context: Context = Context(language="hi", account=ACCOUNT, area="urban")
    id: str = field(default_factory=lambda: str(uuid4()))
    turn: int = 0
    answered: int = 0

    def event(self, content: Content, handed: HandOver | None = None) -> Event:
        self.turn += 1
        at = datetime.now(UTC)
        message = Message(
            discom=self.office.discom.code, chat_id=self.id, turn=self.turn, at=at, context=self.context, handed=handed,
            sender=Sender(phone=f"9198{self.id[:8]}"), content=content,
        )  # fmt: skip
        return root_event(uuid4(), "message.received", f"{self.office.discom.code}/gateway", at, self.id, message)

    async def says(self, content: Content | str, handed: HandOver | None = None) -> Reply:
        """Sends, and returns the bubble that answers."""
        await self.office.send(self.event(Text(body=content) if isinstance(content, str) else content, handed))
        return await self.reply()

    async def reply(self) -> Reply:
        self.answered += 1
        for _ in range(40):
            replies = [e.data for e in await self.office.hears(1, Reply, 1.0) if e.subject == self.id]
            if len(replies) >= self.answered:
                reply = replies[self.answered - 1]
                assert isinstance(reply, Reply)
                if reply.context:
                    self.context = reply.context.applied_to(self.context)
                return reply
            self.office.heard += await _more(self.office)
        raise AssertionError("no answer")

    async def is_asked_to_confirm(self, category: str = "supply") -> str:
        """Goes as far as the confirmation; returns the id of its first option."""
        reply = await self.says(Choice(id=f"complaints:new:{category}"))
        return reply.options[0].id


async def _more(office: Office) -> list[Event]:
    found = []
    for records in (await office.ears.getmany(timeout_ms=300)).values():
        found += [event for record in records if (event := read(record.headers, record.value))]
    return found


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[Worker]:
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 15)


@pytest_asyncio.fixture(loop_scope="session")
async def office(stack: Settings) -> AsyncIterator[Office]:
    """A fresh discom with the database of complaints and topics."""
    discom = load(ROOT / "deploy/discoms/mvvnl.toml").model_copy(update={"code": f"t{uuid4().hex[:10]}"})
    await setup(stack, [discom])
    pool = await open_pool(stack, "complaints", discom.code, size=4)
    await migrate(pool, ROOT / "services/complaints/migrations")
    producer = await kafka.start_producer(stack)
    ears = await kafka.start_consumer(stack, f"test-{uuid4()}")
    ears.subscribe([topic.name(discom.code) for topic in (REPLIES, NOTICES, FACTS["complaints"], INBOUND["billing"])])
    yield Office(stack, discom, pool, producer, ears)
    await ears.stop()
    await producer.stop()
    await pool.close()


@pytest.mark.parametrize(("language", "said"), [("hi", "शिकायत दर्ज हो गई"), ("en", "Complaint registered")])
async def test_a_complaint_is_registered_in_three_messages_from_the_menu(
    office: Office, language: str, said: str
) -> None:
    chat = Chat(office, Context(language=language, account=ACCOUNT, area="urban"))
    async with running(office.worker()):
        await chat.says("4", HandOver(by="menu", hops=1, intent="complaint"))
        await chat.says("1")
        reply = await chat.says("2")
        assert said in reply.body
        number = await office.pool.fetchval("SELECT number FROM complaints")
        assert number in reply.body
        [fact] = await office.hears(1, ComplaintRegistered)
    assert isinstance(fact.data, ComplaintRegistered)
    assert (fact.data.complaint_number, fact.data.subtype, fact.subject) == (number, "area", number)
