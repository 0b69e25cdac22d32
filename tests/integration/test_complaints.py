"""Complaints on real Kafka and PostgreSQL: one confirmation makes one complaint, whatever is repeated or killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from libs.kit import kafka, outbox
from libs.kit.consumer import Worker
from libs.kit.database import Pool, migrate, open_pool
from libs.kit.delivery import Fenced, Promises
from libs.kit.dialogue import apology
from libs.kit.outbox import Outgoing
from libs.kit.settings import Settings
from libs.kit.setup import setup
from libs.kit.texts import IST
from libs.schemas.discom import Discom, load
from libs.schemas.events import ComplaintRegistered, ComplaintStatusChanged, Event, read, root_event
from libs.schemas.messages import Account, Choice, Content, Context, HandOver, Merge, Message, Reply, Sender, Text
from libs.schemas.topics import FACTS, INBOUND, NOTICES, REPLIES
from services.complaints.clock import Clock
from services.complaints.worker import TEXTS, Complaints
from tests.integration.conftest import until

ROOT = Path(__file__).parents[2]
ACCOUNT = Account(account_id="1234567890", name="र••• क•••", area="urban", meter="prepaid")
Fact = TypeVar("Fact")
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

    async def listens(self, seconds: float = 0.3) -> None:
        """Takes in what is published. What comes twice is heard once, as every receiver's inbox has it."""
        for records in (await self.ears.getmany(timeout_ms=int(seconds * 1000))).values():
            for record in records:
                event = read(record.headers, record.value)
                if event and event.id not in {known.id for known in self.heard}:
                    self.heard.append(event)

    async def facts(self, kind: type[Fact], count: int, seconds: float = 20.0) -> list[Fact]:
        """The facts of this kind, once there are so many or the time is up."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            found: list[Fact] = [event.data for event in self.heard if isinstance(event.data, kind)]
            if len(found) >= count or asyncio.get_running_loop().time() > end:
                return found
            await self.listens()

    def replies(self, chat: str) -> list[Reply]:
        """Answers to a chat, without what was pushed."""
        return [reply for reply in self._bubbles(chat) if reply.template is None]

    def notices(self, chat: str) -> list[Reply]:
        """What was pushed to a chat."""
        return [reply for reply in self._bubbles(chat) if reply.template]

    def _bubbles(self, chat: str) -> list[Reply]:
        return [event.data for event in self.heard if isinstance(event.data, Reply) and event.subject == chat]


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
        """The next bubble that answers."""
        self.answered += 1
        reply = (await self._hears(self.office.replies, self.answered))[-1]
        if reply.context:
            self.context = reply.context.applied_to(self.context)
        return reply

    async def notice(self, count: int = 1) -> Reply:
        """The push of that number."""
        return (await self._hears(self.office.notices, count))[-1]

    async def _hears(self, bubbles: Callable[[str], list[Reply]], count: int) -> list[Reply]:
        end = asyncio.get_running_loop().time() + 30
        while len(found := bubbles(self.id)) < count:
            assert asyncio.get_running_loop().time() < end, "no answer"
            await self.office.listens()
        return found[:count]

    async def is_asked_to_confirm(self, category: str = "supply") -> str:
        """Goes as far as the confirmation; returns the id of its first option."""
        reply = await self.says(Choice(id=f"complaints:new:{category}"))
        return reply.options[0].id


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
        [fact] = await office.facts(ComplaintRegistered, 1)
    assert (fact.complaint_number, fact.subtype, fact.area) == (number, "area", "urban")


async def test_a_confirmation_that_comes_twice_makes_one_complaint(office: Office) -> None:
    """The same event twice and two taps, in one batch; then one more tap in a batch of its own."""
    chat = Chat(office)
    async with running(office.worker()):
        confirm = await chat.is_asked_to_confirm()
        first, second = chat.event(Choice(id=confirm)), chat.event(Choice(id=confirm))
        await office.send(first, first, second)
        done, again = await chat.reply(), await chat.reply()
        number = await office.pool.fetchval("SELECT number FROM complaints")
        assert f"दर्ज हो गई: *{number}*" in done.body
        assert f"पहले ही दर्ज है: *{number}*" in again.body
        assert f"पहले ही दर्ज है: *{number}*" in (await chat.says(Choice(id=confirm))).body
        assert await office.pool.fetchval(COUNT) == 1
        assert len(await office.facts(ComplaintRegistered, 2, 2.0)) == 1


async def test_two_workers_that_take_turns_make_one_complaint_of_one_confirmation(office: Office) -> None:
    chat = Chat(office)
    async with running(office.worker()):
        confirm = await chat.is_asked_to_confirm()
        event = chat.event(Choice(id=confirm))
        await office.send(event)
        await chat.reply()
    await office.send(event, chat.event(Choice(id=confirm)))
    async with running(office.worker()):
        assert "पहले ही दर्ज है" in (await chat.reply()).body
    assert await office.pool.fetchval(COUNT) == 1


async def test_one_event_twice_makes_one_complaint_even_without_the_inbox(office: Office) -> None:
    chat = Chat(office)
    async with running(office.worker(Promises(inbox=False))):
        confirm = await chat.is_asked_to_confirm()
        tap = chat.event(Choice(id=confirm))
        await office.send(tap, tap)
        await chat.reply()
        assert "पहले ही दर्ज है" in (await chat.says(Choice(id=confirm))).body
    assert await office.pool.fetchval(COUNT) == 1


@pytest.mark.parametrize(("unique", "complaints"), [(True, 1), (False, 2)])
async def test_the_database_holds_the_key_where_the_rules_are_blind(
    office: Office, monkeypatch: pytest.MonkeyPatch, unique: bool, complaints: int
) -> None:
    """Negative control: rules that do not see what was confirmed, with the database's own guard and without."""
    if not unique:
        await office.pool.execute("ALTER TABLE complaints DROP CONSTRAINT complaints_key_key")
    chat = Chat(office)
    async with running(office.worker()):
        confirm = await chat.is_asked_to_confirm()
        monkeypatch.setattr("services.complaints.domain.chat.Chat.confirmed", lambda *_: None)
        monkeypatch.setattr("services.complaints.domain.chat.Chat.open_like", lambda *_: None)
        await office.send(chat.event(Choice(id=confirm)), chat.event(Choice(id=confirm)))
        await chat.reply()
        await chat.reply()
    assert await office.pool.fetchval(COUNT) == complaints


async def test_killed_after_the_commit_the_next_process_answers_with_the_same_number(
    office: Office, tmp_path: Path
) -> None:
    chat = Chat(office)
    async with running(office.worker()):
        confirm = await chat.is_asked_to_confirm()
    tap = chat.event(Choice(id=confirm))
    await office.send(tap)
    killed = await process(office, tmp_path, "after_commit:1")
    assert await asyncio.wait_for(killed.wait(), 90) == -signal.SIGKILL
    number = await office.pool.fetchval("SELECT number FROM complaints")
    assert number and await office.facts(ComplaintRegistered, 1, 1.0) == []
    async with running(office.worker()):
        assert f"दर्ज हो गई: *{number}*" in (await chat.reply()).body
        await office.send(tap)
        await chat.says(Choice(id=confirm))
    assert await office.pool.fetchval(COUNT) == 1
    assert len(await office.facts(ComplaintRegistered, 2, 2.0)) == 1


async def process(office: Office, directory: Path, failpoint: str) -> asyncio.subprocess.Process:
    """The worker as a process of its own."""
    text = (ROOT / "deploy/discoms/mvvnl.toml").read_text(encoding="utf-8")
    file = directory / f"{office.discom.code}.toml"
    file.write_text(text.replace('code = "mvvnl"', f'code = "{office.discom.code}"'), encoding="utf-8")
    environment = {
        **os.environ, "ENVIRONMENT": "test", "KAFKA_BOOTSTRAP": office.settings.kafka_bootstrap,
        "POSTGRES_DSN": office.settings.postgres_dsn, "DISCOMS_DIR": str(directory), "FAILPOINT": failpoint,
        "POSTGRES_PASSWORD_DIR": str(office.settings.postgres_password_dir), "ADMIN_PORT": "0",
    }  # fmt: skip
    command = [sys.executable, "-m", "services.complaints", "worker"]
    return await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL)


async def test_numbers_of_a_day_have_no_gaps_and_start_where_the_discom_says(office: Office) -> None:
    office.discom = office.discom.model_copy(
        update={"complaints": office.discom.complaints.model_copy(update={"serial_from": 70_001})}
    )
    chats = [Chat(office) for _ in range(60)]
    async with running(office.worker()):
        confirms = await asyncio.gather(*(chat.is_asked_to_confirm() for chat in chats))
        taps = [chat.event(Choice(id=confirm)) for chat, confirm in zip(chats, confirms, strict=True)]
        await office.send(*taps[:40], *taps[:5])
        await office.send(*(chat.event(Text(body="क्या?")) for chat in chats[40:50]), *taps[40:])
        assert await until(60, office.pool, COUNT) == 60
    numbers = [row["number"] for row in await office.pool.fetch("SELECT number FROM complaints ORDER BY number")]
    assert [int(number[8:]) for number in numbers] == list(range(70_001, 70_061))
    assert all(number.startswith("MV") and len(number) == 13 for number in numbers)


async def test_another_consumers_number_is_answered_like_one_that_does_not_exist(office: Office) -> None:
    owner, other = Chat(office), Chat(office)
    async with running(office.worker()):
        await owner.says(Choice(id=await owner.is_asked_to_confirm()))
        number = await office.pool.fetchval("SELECT number FROM complaints")
        missing = f"{number[:-1]}9"
        tracked = [HandOver(by="menu", hops=1, intent="track", complaint_number=n) for n in (number, missing)]
        theirs, nobodys = [await other.says("track", handed) for handed in tracked]
        assert theirs.body.replace(number, "") == nobodys.body.replace(missing, "")
        assert theirs.options == nobodys.options
        for action in ("show", "solved", "unsolved", "add"):
            assert (await other.says(Choice(id=f"complaints:{action}:{number}"))).body == theirs.body
        own = await owner.says("track", tracked[0])
        assert own.body.startswith(f"*{number}*: *दर्ज*")
    assert await office.pool.fetchval("SELECT status FROM complaints") == "open"


async def test_a_button_of_someone_elses_confirmation_registers_nothing(office: Office) -> None:
    owner, other = Chat(office), Chat(office)
    async with running(office.worker()):
        confirm = await owner.is_asked_to_confirm()
        await other.says(Choice(id=confirm))
        assert await office.pool.fetchval(COUNT) == 0
        await owner.says(Choice(id=confirm))
        assert "दर्ज" not in (await other.says(Choice(id=confirm))).body.splitlines()[0]
    assert await office.pool.fetchval(COUNT) == 1


async def test_an_overdue_complaint_goes_up_a_level_once_and_its_consumer_hears_of_it_by_day(office: Office) -> None:
    chat = Chat(office)
    async with running(office.worker()) as worker:
        await chat.says(Choice(id=await chat.is_asked_to_confirm()))
        due = await office.pool.fetchval("SELECT due_at FROM complaints")
        night = due.astimezone(IST).replace(hour=23, minute=0) + timedelta(days=1)
        clock = Clock(worker)
        await clock.round(night)
        await clock.round(night + timedelta(minutes=1))
        level = await office.pool.fetchval("SELECT level FROM complaints WHERE status = 'open'")
        assert level in ("SDO", "XEN", "CGRF")
        [fact] = await office.facts(ComplaintStatusChanged, 1)
        assert (fact.before, fact.after, fact.level) == ("open", "open", level)
        assert office.notices(chat.id) == []
        morning = (night + timedelta(days=1)).replace(hour=8)
        await office.pool.execute("UPDATE complaints SET next_at = NULL")
        await clock.round(morning)
        await clock.round(morning)
        notice = await chat.notice()
        await office.listens(1.0)
        assert office.notices(chat.id) == [notice]
        assert notice.template and notice.template.name.startswith("complaint_")
        assert all("\n" not in parameter for parameter in notice.template.parameters)


async def test_a_clock_that_has_lost_its_partition_escalates_nothing(office: Office) -> None:
    chat = Chat(office)
    async with running(office.worker()) as worker:
        await chat.says(Choice(id=await chat.is_asked_to_confirm()))
        clock = Clock(worker)
        await office.pool.execute("UPDATE owner SET epoch = epoch + 1")
        with pytest.raises(Fenced):
            await clock.round(datetime.now(UTC) + timedelta(days=9))
        assert await office.pool.fetchval("SELECT level FROM complaints") == "JE"


async def test_two_chats_of_one_person_become_one_list_of_complaints(office: Office) -> None:
    old, new = Chat(office), Chat(office)
    async with running(office.worker()):
        await old.says(Choice(id=await old.is_asked_to_confirm()))
        merge = Merge(discom=office.discom.code, old_chat_id=old.id, new_chat_id=new.id, at=datetime.now(UTC))
        await office.send(root_event(uuid4(), "chat.merged", "gateway", merge.at, new.id, merge))
        number = await office.pool.fetchval("SELECT number FROM complaints")
        assert number in (await new.says(Choice(id="complaints:track"))).body
