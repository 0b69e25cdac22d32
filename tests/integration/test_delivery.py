"""The delivery loop's promises on real Kafka and PostgreSQL, each with its negative control."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import OutOfOrderSequenceNumber

from libs.kit import kafka, outbox, parking
from libs.kit.batch import Batch, Record
from libs.kit.consumer import Worker
from libs.kit.database import Pool, keep_days, tidy
from libs.kit.delivery import CLAIM, Fenced, Promises
from libs.kit.outbox import Outgoing
from libs.schemas.events import Event, root_event
from libs.schemas.messages import Message, Reply, Sender, Text
from libs.schemas.topics import REPLIES
from tests.integration.conftest import Place, until

EFFECTS = "SELECT count(*) FROM effects"


def said(place: Place, body: str, chat: str | None = None) -> Event:
    """A message as the router would send it."""
    chat, at = chat or str(uuid4()), datetime.now(UTC)
    data = Message(
        discom=place.discom.code, chat_id=chat, turn=1, at=at, sender=Sender(user_id="IN.1"), content=Text(body=body)
    )
    return root_event(uuid4(), "message.received", f"{place.discom.code}/gateway", at, chat, data)


async def send(place: Place, *events: Event) -> None:
    await outbox.publish(place.producer, [Outgoing.of(event, place.topic, ("", 0)) for event in events])


async def count_effects(batch: Batch) -> None:
    """A handler with one visible effect and one reply per message; fails on the word "poison"."""
    for record in batch:
        message = record.event.data
        assert isinstance(message, Message) and isinstance(message.content, Text)
        if message.content.body == "poison":
            raise ZeroDivisionError
        await batch.connection.execute("INSERT INTO effects VALUES ($1)", record.event.id)
        answer(batch, record)


def answer(batch: Batch, record: Record) -> None:
    message = record.event.data
    assert isinstance(message, Message)
    reply = Reply(
        discom=batch.discom, chat_id=message.chat_id, turn=1, at=message.at, service="menu", body="answer"
    )  # fmt: skip
    batch.emit(record, REPLIES, "reply.requested", message.chat_id, reply)


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 15)


async def replies(place: Place, expected: int, seconds: float = 10.0) -> int:
    """How many replies are in Kafka, once as many as expected are or the time is up."""
    consumer = await kafka.start_consumer(place.settings, f"test-{uuid4()}")
    consumer.subscribe([REPLIES.name(place.discom.code)])
    found = 0
    try:
        end = asyncio.get_running_loop().time() + seconds
        while found < expected and asyncio.get_running_loop().time() < end:
            found += sum(map(len, (await consumer.getmany(timeout_ms=300)).values()))
    finally:
        await consumer.stop()
    return found


@pytest.mark.parametrize(("inbox", "effects"), [(True, 2), (False, 3)])
async def test_a_record_that_comes_twice_has_one_effect_unless_the_inbox_is_off(
    place: Place, inbox: bool, effects: int
) -> None:
    first, last = said(place, "namaste"), said(place, "last")
    await send(place, first, first, last)
    async with running(place.worker(count_effects, Promises(inbox=inbox))):
        assert await until(effects, place.pool, EFFECTS) == effects
        assert await replies(place, effects) == effects


@pytest.mark.parametrize(("sweep", "published"), [(True, 1), (False, 0)])
async def test_what_a_dead_owner_committed_is_published_unless_the_sweep_is_off(
    place: Place, sweep: bool, published: int
) -> None:
    event = said(place, "committed, then killed")
    async with place.pool.acquire() as connection:
        await outbox.store(connection, [Outgoing.of(event, REPLIES.name(place.discom.code), (place.topic, 0))])
    async with running(place.worker(count_effects, Promises(sweep=sweep))):
        assert await replies(place, 1, seconds=6.0) == published


@pytest.mark.parametrize(("epoch", "effects"), [(True, 0), (False, 1)])
async def test_a_woken_zombie_cannot_write_unless_the_epoch_is_off(place: Place, epoch: bool, effects: int) -> None:
    event = said(place, "decided before the successor came")
    zombie = place.worker(count_effects, Promises(epoch=epoch))
    mine = (place.topic, 0)
    row = await place.pool.fetchrow(CLAIM, [place.topic], [0])
    assert row
    zombie.delivery.epochs[mine] = row["epoch"]
    await place.pool.fetchrow(CLAIM, [place.topic], [0])  # the successor
    record = Record(event, place.topic, 0, 0, b"", tuple(event.headers()), event.value())
    with suppress(Fenced):
        await zombie._transact([record])
    assert await place.pool.fetchval(EFFECTS) == effects


async def test_one_bad_record_is_parked_alone_and_can_be_sent_again(place: Place) -> None:
    bad = said(place, "poison")
    await send(place, said(place, "a"), bad, said(place, "b"))
    worker = place.worker(count_effects)
    worker.apologise = answer
    async with running(worker):
        assert await until(2, place.pool, EFFECTS) == 2
        assert await until(1, place.pool, "SELECT count(*) FROM parked") == 1
        assert await replies(place, 3) == 3
        [parked] = await parking.listed(place.pool)
        assert parked["id"] == bad.id and parked["error"].startswith("ZeroDivisionError at ")

        async def repaired(batch: Batch) -> None:
            for record in batch:
                await batch.connection.execute("INSERT INTO effects VALUES ($1)", record.event.id)

        worker.handle = repaired
        assert await parking.replay(place.pool, place.producer, bad.id)
        assert await until(3, place.pool, EFFECTS) == 3
        assert not await parking.replay(place.pool, place.producer, bad.id)


async def keep_days_without_asking(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await keep_days(connection)


@pytest.mark.parametrize(("work", "failed"), [(tidy, 0), (keep_days_without_asking, 1)])
async def test_two_processes_that_tidy_at_once_are_not_in_each_others_way(
    place: Place, work: Callable[[Pool], Coroutine[Any, Any, None]], failed: int
) -> None:
    parts = await place.pool.fetch("SELECT relname AS name FROM pg_class WHERE relname ~ '^inbox_2[0-9]+$'")
    await place.pool.execute("DROP TABLE " + ", ".join(row["name"] for row in parts))
    async with place.pool.acquire() as batch, batch.transaction():
        await batch.execute("LOCK TABLE inbox IN ROW EXCLUSIVE MODE")
        tasks = [asyncio.create_task(work(place.pool)) for _ in range(2)]
        await asyncio.sleep(0.5)  # both have seen what is missing
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(end, BaseException) for end in ends) == failed


@pytest.mark.parametrize("headers", [[("x", b"\0\x01\0\0\0\0\0\0")], [("ce_id", None), ("x", None)], [("\0", b"1")]])
async def test_what_another_program_wrote_is_parked_and_stops_nobody(
    place: Place, headers: list[tuple[str, bytes | None]]
) -> None:
    await place.producer.send_and_wait(place.topic, value=b"{}", key=b"k", headers=headers)
    await send(place, said(place, "a"))
    async with running(place.worker(count_effects)):
        assert await until(1, place.pool, EFFECTS) == 1
        assert await until(1, place.pool, "SELECT count(*) FROM parked WHERE error LIKE 'unreadable%'") == 1


async def test_a_header_without_a_value_beside_ours_changes_nothing(place: Place) -> None:
    event = said(place, "a")
    headers = [*event.headers(), ("x", None)]
    await place.producer.send_and_wait(place.topic, value=event.value(), key=b"k", headers=headers)
    async with running(place.worker(count_effects)):
        assert await until(1, place.pool, EFFECTS) == 1


async def test_a_producer_that_kafka_refuses_for_good_ends_the_process(place: Place) -> None:
    """Only a new one sends again: a worker that tried on would look alive and do nothing."""
    worker = place.worker(count_effects)
    await send(place, said(place, "a"))
    task = asyncio.create_task(worker.run())
    assert await until(1, place.pool, EFFECTS) == 1 == await replies(place, 1)
    answers = TopicPartition(REPLIES.name(place.discom.code), 0)
    place.producer._txn_manager.increment_sequence_number(answers, 1)  # what an unsent batch that expired leaves
    await send(place, said(place, "b"))
    with pytest.raises(OutOfOrderSequenceNumber):
        await asyncio.wait_for(task, 30)
    producer, place.producer = place.producer, await kafka.start_producer(place.settings)
    await producer.stop()
    async with running(place.worker(count_effects)):
        assert await replies(place, 2) == 2


async def test_messages_of_a_chat_are_handled_in_the_order_they_were_sent(place: Place) -> None:
    chat = str(uuid4())
    events = [said(place, str(n), chat) for n in range(500)]
    heard: list[UUID] = []

    async def listen(batch: Batch) -> None:
        heard.extend(record.event.id for record in batch)

    await send(place, *events)
    async with running(place.worker(listen)):
        for _ in range(200):
            if len(heard) == 500:
                break
            await asyncio.sleep(0.05)
    assert heard == [event.id for event in events]


async def test_what_a_transaction_of_unseen_end_left_is_published_before_anything_newer(place: Place) -> None:
    chat = str(uuid4())
    first, left, second = (said(place, text, chat) for text in ("first", "left", "second"))
    worker = place.worker(count_effects)
    async with running(worker):
        await send(place, first)
        assert await replies(place, 1) == 1
        async with place.pool.acquire() as connection, connection.transaction():
            # the server still works on it, its client has lost the connection
            await connection.execute("SELECT FROM owner FOR SHARE")
            await outbox.store(connection, [Outgoing.of(left, REPLIES.name(place.discom.code), (place.topic, 0))])
            worker._doubtful = True
            await send(place, second)
            await asyncio.sleep(1)
        found = await replies_in_order(place, 3)
    assert found[1:] == [left.id, second.follow(0, "", "", "", second.data).id]


async def test_what_was_parked_a_month_ago_is_forgotten(place: Place) -> None:
    async with place.pool.acquire() as connection:
        await connection.execute(
            """INSERT INTO parked (id, topic, partition, "offset", headers, error, parked_at)
            SELECT gen_random_uuid(), 'm.menu.inbound.v1', 0, n, '{}', 'ValueError', now() - n * interval '1 day'
            FROM unnest(ARRAY[29, 32]) AS t (n)"""
        )
        await keep_days(connection)
        assert [row["offset"] for row in await connection.fetch('SELECT "offset" FROM parked')] == [29]


async def test_an_error_that_does_not_come_again_parks_nothing(place: Place) -> None:
    failed: list[bool] = []

    async def fail_once(batch: Batch) -> None:
        if not failed:
            failed.append(True)
            raise RuntimeError("a connection died in a way that nobody has seen before")
        await count_effects(batch)

    await send(place, said(place, "alone in its batch"))
    async with running(place.worker(fail_once)):
        assert await until(1, place.pool, EFFECTS) == 1
    assert await place.pool.fetchval("SELECT count(*) FROM parked") == 0


async def replies_in_order(place: Place, expected: int) -> list[UUID]:
    """The ids of the replies in Kafka, once as many are there as expected."""
    consumer = await kafka.start_consumer(place.settings, None)
    consumer.assign([TopicPartition(REPLIES.name(place.discom.code), 0)])
    found: list[UUID] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < expected:
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    found += [UUID(dict(record.headers)["ce_id"].decode()) for record in records]
    finally:
        await consumer.stop()
    return found


@pytest.mark.parametrize(("patience", "arrives"), [(3600.0, True), (0.1, False)])
async def test_a_slow_batch_keeps_nothing_newer_waiting_unless_partitions_are_fetched_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch, patience: float, arrives: bool
) -> None:
    monkeypatch.setattr(kafka, "FETCH_WAIT_MS", 20_000)
    monkeypatch.setattr(kafka, "PATIENCE_SECONDS", patience)
    consumer = await kafka.start_consumer(place.settings, None)
    try:
        busy, quiet = TopicPartition(place.topic, 0), TopicPartition(REPLIES.name(place.discom.code), 0)
        consumer.assign([busy, quiet])
        await consumer.seek_to_end()
        await send(place, said(place, "first"))
        assert await consumer.getmany(timeout_ms=20_000)
        await send(place, said(place, "second"))
        await asyncio.sleep(1.0)  # the batch of "first" is still in hand, "second" waits
        assert await consumer.getmany(timeout_ms=20_000)
        await send(place, said(place, "third"))
        assert bool(await consumer.getmany(timeout_ms=5_000)) == arrives
    finally:
        await consumer.stop()
