"""Billing on real Kafka and PostgreSQL: from a message to the bill, and what happens when something is down or dies."""

import asyncio
import os
import signal
import sys
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
from libs.schemas.events import AccountLinked, BillShown, Event, read, root_event
from libs.schemas.messages import Choice, Content, Context, Message, Reply, Sender, Text
from libs.schemas.topics import FACTS, INBOUND, REPLIES
from services.billing.asker import Asker
from services.billing.backends import Backend, BackendAccount, Unavailable
from services.billing.backends.database import DatabaseBackend, prepare_upsert, upsert
from services.billing.backlog import Backlog
from services.billing.worker import TEXTS, Billing

ROOT = Path(__file__).parents[2]
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


async def test_an_account_is_linked_then_its_bill_and_balance_are_told(place: Place) -> None:
    chat = str(uuid4())
    async with place.running():
        await place.tap("billing:bill", chat)
        [question] = await place.until(1, chat)
        assert question == "कृपया बिल पर छपी 10 अंकों की अकाउंट आईडी भेजें।"
        floor = next(e.data.context.floor for e in place.heard if isinstance(e.data, Reply) and e.data.context)
        await place.say("मेरा खाता १०००-०००-०१७ है", chat, context=Context(language="hi", floor=floor))
        [_, bill] = await place.until(2, chat)
        assert bill.startswith("*बिल ₹812.50* (खाता …0017)")
        await place.tap("billing:balance", chat)
        [*_, balance] = await place.until(3, chat)
        assert balance.startswith("*बैलेंस ₹240.50* (खाता …0017)\nयह 23 नवंबर, 11:30 pm तक का है।")
    reply = [e.data for e in place.heard if isinstance(e.data, Reply)][1]
    assert reply.context and reply.context.account and reply.context.account.name == "सु*** दे***"
    facts = [e.data for e in place.heard if isinstance(e.data, AccountLinked | BillShown)]
    assert [type(fact).__name__ for fact in facts] == ["AccountLinked", "BillShown", "BillShown"]
    assert [fact.outcome for fact in facts if isinstance(fact, BillShown)] == ["told", "told"]
    assert await place.pool.fetchval("SELECT count(*) FROM asks") == 0


async def test_the_whole_batch_is_asked_in_one_call_and_everybody_hears_one_answer(place: Place) -> None:
    backend = Shaky(DatabaseBackend(place.pool), up=True)
    chats = [str(uuid4()) for _ in range(150)]
    for chat in chats:
        await place.tap(f"billing:bill:{POSTPAID if chat < chats[0] else PREPAID}", chat)
    async with place.running(backend):
        for chat in chats:
            assert len(await place.until(1, chat)) == 1
    assert backend.calls <= 10, "not one call per message"
    assert await place.pool.fetchval("SELECT count(*) FROM links") == 150


async def test_messages_that_came_together_are_answered_in_their_order(place: Place) -> None:
    chat = str(uuid4())
    handed = {"by": "menu", "hops": 1, "intent": "link", "account_id": POSTPAID}
    await place.say(POSTPAID, chat, handed=handed)
    await place.tap("billing:bill", chat)
    await place.tap("billing:balance", chat)
    async with place.running():
        linked, bill, balance = await place.until(3, chat)
    assert linked.startswith("✅ *R*** K**** का खाता")
    assert bill.startswith("*नवंबर 2026 का बिल ₹1,234.50*")
    assert balance.startswith("खाता …0025 पोस्टपेड है")


async def test_a_linked_account_goes_back_to_complaints_with_the_errand(place: Place) -> None:
    chat = str(uuid4())
    handed = {
        "by": "complaints", "hops": 1, "intent": "link", "account_id": PREPAID, "errand": "complaints:new:supply"
    }  # fmt: skip
    async with place.running():
        cause = await place.say(PREPAID, chat, handed=handed)
        for _ in range(500):
            passed = [e for e in place.heard if e.type == "message.handed_over"]
            if passed:
                break
            await asyncio.sleep(0.02)
    [event] = passed
    assert isinstance(event.data, Message) and event.data.handed
    assert event.data.handed.errand == "complaints:new:supply"
    assert event.data.context.account and event.data.context.account.account_id == PREPAID
    assert event.id == cause.follow(0, "", "", chat, cause.data).id


async def test_a_billing_system_that_is_down_is_answered_with_later_once_and_nothing_follows(place: Place) -> None:
    backend = Shaky(DatabaseBackend(place.pool))
    chat, other = str(uuid4()), str(uuid4())
    async with place.running(backend):
        await place.tap(f"billing:bill:{PREPAID}", chat)
        await place.tap(f"billing:balance:{PREPAID}", chat)
        await place.say("0", chat)
        said = await place.until(1, chat)
        assert said == ["खाते की जानकारी अभी नहीं मिल रही है। कृपया कुछ मिनट बाद फिर देखें।"]
        assert any(e.type == "message.handed_over" for e in place.heard), "0 leads to the menu at once"
        backend.up = True
        await place.tap(f"billing:bill:{PREPAID}", other)
        await place.until(1, other)
        await asyncio.sleep(1.5)
    assert len(place.replies(chat)) == 1
    outcomes = [e.data.outcome for e in place.heard if isinstance(e.data, BillShown) and e.data.chat_id == chat]
    assert outcomes == ["later", "later"]
    assert await place.pool.fetchval("SELECT count(*) FROM links") == 1


async def test_a_billing_system_that_comes_back_soon_is_not_noticed(place: Place) -> None:
    backend = Shaky(DatabaseBackend(place.pool))
    chat = str(uuid4())
    async with place.running(backend):
        await place.tap(f"billing:bill:{PREPAID}", chat)
        for _ in range(100):
            if backend.calls:
                break
            await asyncio.sleep(0.02)
        backend.up = True
        [bill] = await place.until(1, chat)
    assert bill.startswith("*बिल ₹812.50*")


async def test_a_chat_that_became_another_while_it_waited_is_answered(place: Place) -> None:
    backend = Shaky(DatabaseBackend(place.pool))
    chat, joined = str(uuid4()), uuid4()
    async with place.running(backend):
        await place.tap(f"billing:bill:{PREPAID}", chat)
        for _ in range(100):
            if backend.calls:
                break
            await asyncio.sleep(0.02)
        await place.pool.execute("UPDATE asks SET chat_id = $1", joined)
        backend.up = True
        [bill] = await place.until(1, chat)
    assert bill.startswith("*बिल ₹812.50*")
    assert await place.pool.fetchval("SELECT account_id FROM links WHERE chat_id = $1", joined) == PREPAID


async def test_a_question_left_for_hours_is_answered_with_later(place: Place) -> None:
    chat = str(uuid4())
    async with place.running(Shaky(DatabaseBackend(place.pool))):
        await place.tap(f"billing:bill:{PREPAID}", chat)
        for _ in range(200):
            if await place.pool.fetchval("SELECT count(*) FROM asks"):
                break
            await asyncio.sleep(0.02)
    if not place.replies(chat):
        await place.pool.execute("UPDATE asks SET asked_at = now() - interval '1 hour'")
    async with place.running(Shaky(DatabaseBackend(place.pool), up=True)):
        [said] = await place.until(1, chat)
    assert said.startswith("खाते की जानकारी अभी नहीं मिल रही है")


async def test_a_sixth_account_of_others_is_refused_while_the_registered_mobile_sees_any_number(place: Place) -> None:
    chat = str(uuid4())
    async with place.running():
        for n in range(6):
            await place.tap(f"billing:bill:100000010{n}", chat)
        await place.tap(f"billing:bill:{PREPAID}", chat)
        said = await place.until(7, chat)
    assert [text.startswith("*बिल ₹1*") for text in said[:5]] == [True] * 5
    assert said[5].startswith("आज आप 5 अलग खाते देख चुके हैं।")
    assert said[6].startswith("*बिल ₹812.50*")
    assert await place.pool.fetchval("SELECT count(*) FROM lookups") == 5


async def test_an_account_of_another_discom_is_named_with_its_number(place: Place) -> None:
    chat = str(uuid4())
    async with place.running():
        await place.tap("billing:bill:5000000017", chat)
        [said] = await place.until(1, chat)
    assert "केस्को" in said and "8287835233" in said


async def test_a_zombie_cannot_answer_what_its_successor_answered(place: Place) -> None:
    chat = str(uuid4())
    entered, release = asyncio.Event(), asyncio.Event()
    real = DatabaseBackend(place.pool)

    class Slow:
        async def accounts(self, ids: Collection[str]) -> Mapping[str, BackendAccount]:
            entered.set()
            await release.wait()
            return await real.accounts(ids)

    zombie, its_asker = place.worker(Slow())
    await place.tap(f"billing:bill:{PREPAID}", chat)
    mine = [asyncio.create_task(zombie.run()), asyncio.create_task(its_asker.run())]
    await asyncio.wait_for(entered.wait(), 20)
    epochs = dict(zombie.delivery.epochs)
    zombie.stop()
    await asyncio.wait_for(mine[0], 15)
    zombie.delivery.epochs.update(epochs)  # as if it had only been stopped for a while
    async with place.running():
        assert len(await place.until(1, chat)) == 1
        release.set()
        await asyncio.sleep(1.0)
    mine[1].cancel()
    with suppress(asyncio.CancelledError):
        await mine[1]
    assert len(place.replies(chat)) == 1


async def test_one_account_that_cannot_be_told_is_parked_alone(place: Place) -> None:
    good, bad = str(uuid4()), str(uuid4())

    class Odd(DatabaseBackend):
        async def accounts(self, ids: Collection[str]) -> Mapping[str, BackendAccount]:
            found = dict(await super().accounts(ids))
            if PREPAID in found:
                found[PREPAID] = None.__class__  # type: ignore[assignment]
            return found

    await place.tap(f"billing:bill:{PREPAID}", bad)
    await place.tap(f"billing:bill:{POSTPAID}", good)
    async with place.running(Odd(place.pool)):
        [said] = await place.until(1, bad)
        assert said.startswith("क्षमा करें")
        [bill] = await place.until(1, good)
        assert bill.startswith("*नवंबर 2026 का बिल")
    assert await place.pool.fetchval("SELECT count(*) FROM parked") == 1
    assert await place.pool.fetchval("SELECT count(*) FROM asks") == 0


async def test_killed_between_question_and_answer_the_next_process_answers_exactly_once(
    place: Place, tmp_path: Path
) -> None:
    chat = str(uuid4())
    text = (ROOT / "deploy/discoms/mvvnl.toml").read_text(encoding="utf-8")
    file = tmp_path / f"{place.discom.code}.toml"
    file.write_text(text.replace('code = "mvvnl"', f'code = "{place.discom.code}"'), encoding="utf-8")
    cause = await place.tap(f"billing:bill:{PREPAID}", chat)

    async def worker(failpoint: str) -> asyncio.subprocess.Process:
        environment = {
            **os.environ, "ENVIRONMENT": "test", "KAFKA_BOOTSTRAP": place.settings.kafka_bootstrap,
            "POSTGRES_DSN": place.settings.postgres_dsn, "DISCOMS_DIR": str(tmp_path), "FAILPOINT": failpoint,
            "POSTGRES_PASSWORD_DIR": str(place.settings.postgres_password_dir), "ADMIN_PORT": "0",
        }  # fmt: skip
        command = [sys.executable, "-m", "services.billing", "worker"]
        return await asyncio.create_subprocess_exec(
            *command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
        )  # fmt: skip

    first = await worker("before_answer:1")
    assert await asyncio.wait_for(first.wait(), 60) == -signal.SIGKILL
    assert await place.pool.fetchval("SELECT count(*) FROM asks") == 1
    second = await worker("")
    try:
        [bill] = await place.until(1, chat, seconds=60)
        await place.send(cause)  # the same message once more
        await asyncio.sleep(1.0)
    finally:
        second.terminate()
        await asyncio.wait_for(second.wait(), 30)
    assert bill.startswith("*बिल ₹812.50*")
    assert len(place.replies(chat)) == 1
    [reply] = [e for e in place.heard if isinstance(e.data, Reply)]
    assert reply.id == cause.follow(0, "", "", chat, cause.data).id


async def test_hundreds_who_asked_while_the_billing_system_is_down_hear_later_once_each(place: Place) -> None:
    chats = [str(uuid4()) for _ in range(450)]
    for chat in chats:
        await place.tap(f"billing:bill:{PREPAID}", chat)
        await place.tap(f"billing:balance:{PREPAID}", chat)
    async with place.running(Shaky(DatabaseBackend(place.pool))):
        for chat in chats:
            assert len(await place.until(1, chat, seconds=60)) == 1
        assert await place.pool.fetchval("SELECT count(*) FROM asks") == 0
    assert sum(len(place.replies(chat)) for chat in chats) == 450
