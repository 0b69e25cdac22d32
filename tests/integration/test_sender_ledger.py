"""The ledger on a real PostgreSQL: states, retries after acceptance, holds, pages, partitions, commands."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from libs.kit.batch import Batch, Record
from libs.kit.database import Pool, keep_days, migrate, open_pool
from libs.kit.settings import Settings
from libs.kit.setup import setup
from libs.schemas.discom import load
from libs.schemas.events import root_event
from libs.schemas.messages import Option, Received, Reply, Sender, Template
from services.gateway import commands, pages, statuses, store
from services.gateway.sender.dispatcher import Dispatcher
from services.gateway.sender.gate import Gate
from services.gateway.sender.holds import Holds
from services.gateway.sender.ledger import UNKNOWN, Ledger
from services.gateway.sender.provider import Accepted, Outcome
from services.gateway.store import Send
from services.gateway.whatsapp import failure_of, to_content

ROOT = Path(__file__).parents[2]
TEMPLATE = Template(name="complaint_update", language="hi", parameters=("MV1",))


@pytest_asyncio.fixture(loop_scope="session")
async def pool(stack: Settings) -> AsyncIterator[Pool]:
    """The gateway's database of a fresh discom."""
    discom = load(ROOT / "deploy/discoms/mvvnl.toml").model_copy(update={"code": f"t{uuid4().hex[:10]}"})
    await setup(stack, [discom])
    opened = await open_pool(stack, "gateway", discom.code, size=4, look_ups=True)
    await migrate(opened, ROOT / "services/gateway/migrations")
    yield opened
    await opened.close()


async def queued(pool: Pool, *, heard: timedelta = timedelta(), notice: bool = False, **more: Any) -> Send:
    """A bubble in the ledger, for somebody who wrote so long ago."""
    now = datetime.now(UTC)
    phone = f"91{uuid4().int % 10**10:010}"
    chat = await pool.fetchval(
        "INSERT INTO chats (phone, last_message_at) VALUES ($1, $2) RETURNING chat_id", phone, now - heard
    )
    reply = Reply(**{"discom": "m", "chat_id": str(chat), "turn": 1, "at": now, "service": "menu", "body": "x"} | more)
    send = Send(now.date(), uuid4(), str(chat), notice, reply, Sender(phone=phone), last_message_at=now - heard)
    async with pool.acquire() as connection:
        await store.queue(connection, [send])
    return send


async def row(pool: Pool, send: Send) -> Any:
    return await pool.fetchrow("SELECT * FROM sends WHERE reply_id = $1", send.reply_id)


async def told(pool: Pool, send: Send, word: str, wamid: str = "wamid.1", code: int | None = None) -> None:
    """One status webhook."""
    await told_at_once(pool, (send, word, wamid, code))


async def told_at_once(pool: Pool, *words: tuple[Send, str, str, int | None]) -> None:
    """Status webhooks of one batch."""
    records = []
    for send, word, wamid, code in words:
        status: dict[str, object] = {"id": wamid, "status": word, "biz_opaque_callback_data": send.callback}
        if code:
            status["errors"] = [{"code": code}]
        now = datetime.now(UTC)
        update = Received(
            discom="m", phone_number_id="1", field="messages", value={"statuses": [status]}, received_at=now
        )
        event = root_event(uuid4(), "update.received", "m/gateway", now, "key", update)
        records.append(Record(event, "m.gateway.statuses.v1", 0, 0, None, (), None))
    async with pool.acquire() as connection, connection.transaction():
        await statuses.handle(Batch("m", "gateway", connection, records))


async def accepted(pool: Pool, send: Send, wamid: str = "wamid.1") -> None:
    """WhatsApp takes the bubble."""
    send.state, send.attempts = "sending", send.attempts + 1
    send.unknown_until = datetime.now(UTC) + UNKNOWN
    assert await store.write_states(pool, [send])
    send.state, send.wamid = "sent", wamid
    await store.write_states(pool, [send])


async def due(pool: Pool) -> list[Send]:
    """What the sender would take up, when every wait is over."""
    await pool.execute("UPDATE sends SET not_before = now() WHERE not_before IS NOT NULL")
    return await store.unsettled(pool)


class Meta:
    """Answers what it is told to, and keeps what it took."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.got: list[dict[str, Any]] = []

    async def send(self, body: dict[str, Any]) -> Outcome:
        if self.answers and (code := self.answers.pop(0)):
            failure = failure_of(code)
            assert failure
            return failure
        self.got.append(body)
        return Accepted(f"wamid.{len(self.got)}")


async def run(pool: Pool, meta: Meta, *sends: Send, seconds: float = 0.6, holds: Holds | None = None) -> None:
    """A sender's engine for a moment, or until all has been taken."""
    ledger = Ledger(pool, "m")
    dispatcher = Dispatcher(pool, meta, ledger, Gate(1000), "m", holds)  # type: ignore[arg-type]  # a fake
    tasks = [asyncio.create_task(ledger.run()), asyncio.create_task(dispatcher.watch_unknown())]
    try:
        dispatcher.add(sends) if sends else await dispatcher.take_up()
        await asyncio.sleep(seconds)
        await dispatcher.stop(0.2)
        await ledger.flush()
        assert dispatcher.failed is None
    finally:
        for task in tasks:
            task.cancel()


async def test_whatever_order_statuses_come_in_the_state_moves_forward_only(pool: Pool) -> None:
    for order in (("sent", "delivered", "read"), ("read", "delivered", "sent"), ("delivered", "read", "sent")):
        send = await queued(pool)
        await accepted(pool, send)
        for word in order:
            await told(pool, send, word)
        assert (await row(pool, send))["state"] == "read"


async def test_an_id_that_no_table_can_hold_parks_no_status(pool: Pool) -> None:
    send = await queued(pool)
    await accepted(pool, send)
    await told_at_once(pool, (send, "delivered", "wamid\0.1", None))
    assert (await row(pool, send))["state"] == "delivered"


async def test_a_status_that_comes_before_our_own_response_is_stored_is_not_undone(pool: Pool) -> None:
    send = await queued(pool)
    send.state, send.attempts, send.unknown_until = "sending", 1, datetime.now(UTC) + UNKNOWN
    await store.write_states(pool, [send])
    await told(pool, send, "delivered")
    send.state, send.wamid = "sent", "wamid.1"
    await store.write_states(pool, [send])
    assert (await row(pool, send))["state"] == "delivered"


async def test_what_is_sent_is_kept_until_it_has_arrived_and_a_list_of_pages_longer(pool: Pool) -> None:
    plain = await queued(pool)
    long = await queued(pool, options=tuple(Option(id=f"menu:{n}", title=f"{n}") for n in range(30)))
    for send in (plain, long):
        await accepted(pool, send)
        assert (await row(pool, send))["reply"]
        await told(pool, send, "delivered")
    assert (await row(pool, plain))["reply"] is None and (await row(pool, long))["reply"]


async def test_the_tap_on_more_brings_the_rest_to_its_own_chat_only(pool: Pool) -> None:
    send = await queued(pool, options=tuple(Option(id=f"menu:{n}", title=f"{n}") for n in range(30)))
    await accepted(pool, send)
    await told(pool, send, "read")
    tap = f"gateway:more:9:{send.callback}"
    message = {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": tap, "title": "+"}}}
    async with pool.acquire() as connection:
        found = await pages.asked_for(connection, [message])
        mine = (await store.chats_by_id(connection, [send.chat_id]))[send.chat_id]
        other = await queued(pool)
        theirs = (await store.chats_by_id(connection, [other.chat_id]))[other.chat_id]
    content = to_content(message)
    page = pages.page_for(mine, content, found, datetime.now(UTC))
    assert page and page.options[0].id == "menu:9" and len(page.options) == 21
    assert pages.page_for(theirs, content, found, datetime.now(UTC)) is None


async def test_what_failed_after_having_been_taken_is_queued_again_and_old_news_of_it_do_not_count(
    pool: Pool,
) -> None:
    send = await queued(pool)
    await accepted(pool, send, "wamid.a")
    await told(pool, send, "failed", "wamid.a", 131000)
    await told(pool, send, "sent", "wamid.a")
    await told(pool, send, "failed", "wamid.a", 131000)
    found = await row(pool, send)
    assert (found["state"], found["requeues"], found["wamid"]) == ("queued", 1, None)
    meta = Meta()
    await run(pool, meta, *await due(pool))
    assert len(meta.got) == 1 and (await row(pool, send))["state"] == "sent"


async def test_a_bubble_that_is_said_to_have_failed_and_then_to_have_arrived_is_not_sent_again(pool: Pool) -> None:
    send = await queued(pool)
    await accepted(pool, send)
    await told(pool, send, "failed", "wamid.1", 131000)
    await told(pool, send, "delivered", "wamid.1")
    assert (await row(pool, send))["state"] == "delivered" and await due(pool) == []


async def test_the_failure_of_a_first_call_leaves_its_repetition_alone_also_in_one_batch(pool: Pool) -> None:
    send = await queued(pool)
    await accepted(pool, send, "wamid.b")
    await told_at_once(pool, (send, "failed", "wamid.a", 131026), (send, "delivered", "wamid.b", None))
    assert (await row(pool, send))["state"] == "delivered"
    other = await queued(pool)
    await accepted(pool, other, "wamid.b")
    await told(pool, other, "failed", "wamid.a", 131000)
    assert (await row(pool, other))["state"] == "sent"


async def test_a_failure_that_comes_before_our_response_is_not_covered_by_it(pool: Pool) -> None:
    send = await queued(pool)
    send.state, send.attempts, send.unknown_until = "sending", 1, datetime.now(UTC) + UNKNOWN
    await store.write_states(pool, [send])
    await told(pool, send, "failed", "wamid.a", 131000)
    send.state, send.wamid = "sent", "wamid.a"
    await store.write_states(pool, [send])
    assert (await row(pool, send))["state"] == "queued"


async def test_three_times_is_enough(pool: Pool) -> None:
    send = await queued(pool)
    for n in range(4):
        [again] = [found for found in await due(pool) if found.reply_id == send.reply_id]
        await accepted(pool, again, f"wamid.{n}")
        await told(pool, again, "failed", f"wamid.{n}", 131000)
    assert (await row(pool, send))["state"] == "failed" and await due(pool) == []


async def test_a_failure_that_a_person_must_look_at_holds_the_number_and_loses_nothing(pool: Pool) -> None:
    send = await queued(pool)
    await accepted(pool, send)
    await told(pool, send, "failed", "wamid.1", 131042)
    [(hold, waiting)] = await store.held(pool)
    assert (hold.scope, waiting) == ("number", 1)


async def test_who_cannot_be_reached_gets_no_notice_until_the_person_writes_again(pool: Pool) -> None:
    send = await queued(pool, heard=timedelta(hours=1))
    await accepted(pool, send)
    await told(pool, send, "failed", "wamid.1", 131026)
    now = datetime.now(UTC)
    notice = Send(now.date(), uuid4(), send.chat_id, True, send.reply, send.to)
    async with pool.acquire() as connection:
        await store.queue(connection, [notice])
    assert [found.unwanted for found in await due(pool)] == ["unreachable"]
    await pool.execute("UPDATE chats SET last_message_at = now() + interval '1 s'")
    assert [found.unwanted for found in await due(pool)] == [None]


async def test_a_held_number_sends_nothing_and_everything_after_it_was_lifted(
    pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    sends = [await queued(pool) for _ in range(3)]
    meta = Meta(131048)
    await run(pool, meta, sends[0])
    await run(pool, meta, holds=await restarted(pool))
    assert meta.got == []
    assert await commands.held({"m": pool}) == 0
    out = capsys.readouterr().out
    assert "131048" in out and "3 waiting" in out and all(send.to.phone not in out for send in sends if send.to.phone)
    assert await commands.lift({"m": pool}, None) == 0
    assert await commands.lift({"m": pool}, None) == 1
    await run(pool, meta, holds=await restarted(pool), seconds=1.5)
    assert len(meta.got) == 3
    assert {(await row(pool, send))["repeats"] for send in sends} == {0}


async def restarted(pool: Pool) -> Holds:
    """What a sender that has just started knows."""
    holds = Holds(pool, "m")
    holds.seen((await store.standing(pool)).holds, 0.0)
    return holds


async def test_a_paused_template_keeps_what_needs_it_and_nothing_else(pool: Pool) -> None:
    outside = await queued(pool, heard=timedelta(hours=30), notice=True, template=TEMPLATE)
    inside = await queued(pool, notice=True, template=TEMPLATE)
    answer = Send(outside.day, uuid4(), outside.chat_id, False, inside.reply, outside.to)
    async with pool.acquire() as connection:
        await store.queue(connection, [answer])
    meta = Meta(132015)
    await run(pool, meta, outside, answer, inside)
    assert [body["type"] for body in meta.got] == ["text", "text"]
    held = await row(pool, outside)
    assert (held["state"], held["held_by"]) == ("queued", "complaint_update/hi")
    assert await store.unsettled(pool) == []
    assert await store.lift(pool, "complaint_update")
    await run(pool, meta, holds=await restarted(pool))
    assert meta.got[-1]["type"] == "template" and (await row(pool, outside))["state"] == "sent"


async def test_whatsapp_finds_the_window_closed_and_gets_the_template(pool: Pool) -> None:
    send = await queued(pool, template=TEMPLATE)
    bare = await queued(pool)
    meta = Meta(131047, 131047)
    await run(pool, meta, send, bare)
    assert [body["type"] for body in meta.got] == ["template"]
    assert [(await row(pool, found))["state"] for found in (send, bare)] == ["sent", "failed"]


async def test_who_writes_while_a_notice_waits_gets_it_as_text(pool: Pool) -> None:
    send = await queued(pool, heard=timedelta(hours=30), notice=True)
    await pool.execute("UPDATE chats SET last_message_at = now()")
    meta = Meta()
    await run(pool, meta, send)
    assert [body["type"] for body in meta.got] == ["text"]


async def test_not_before_24_hours_waits_in_the_ledger_and_blocks_nobody(pool: Pool) -> None:
    send = await queued(pool, notice=True, template=TEMPLATE)
    answer = Send(send.day, uuid4(), send.chat_id, False, send.reply, send.to)
    async with pool.acquire() as connection:
        await store.queue(connection, [answer])
    meta = Meta(131049)
    await run(pool, meta, send, answer)
    found = await row(pool, send)
    assert found["state"] == "queued" and found["not_before"] > datetime.now(UTC) + timedelta(hours=23)
    assert len(meta.got) == 1 and await store.unsettled(pool) == []


async def test_the_learned_rate_and_what_came_in_are_known_to_whoever_starts(pool: Pool) -> None:
    await store.learn(pool, 1000)
    await store.learn(pool, 1000)
    assert (await store.standing(pool)).learned == 1000
    await store.learn(pool, None)
    assert (await store.standing(pool)).learned == 0
    send = await queued(pool)
    seen = 0
    async with pool.acquire() as connection:
        chat = (await store.chats_by_id(connection, [send.chat_id]))[send.chat_id]
        await store.heard(connection, [chat], 7)
        await store.heard(connection, [chat], 5)
        for _ in range(30):
            seen = max(seen, (await store.standing(connection)).inbound)
            await asyncio.sleep(0.1)
    assert seen in (5, 7, 12)  # the two may fall into two seconds
    assert (await store.standing(pool)).inbound == 0


async def test_the_history_of_a_chat_shows_what_became_of_it_and_no_word_of_it(
    pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    send = await queued(pool, body="secret words")
    await accepted(pool, send, "wamid.secret")
    await told(pool, send, "failed", "wamid.secret", 131026)
    assert await commands.ledger({"m": pool}, UUID(send.chat_id)) == 0
    out = capsys.readouterr().out
    assert "failed" in out and "attempts 1" in out and "131026" in out
    assert "secret" not in out and str(send.to.phone) not in out
    assert await commands.ledger({"m": pool}, uuid4()) == 1


async def test_old_days_leave_as_partitions(pool: Pool) -> None:
    today = datetime.now(UTC).date()
    old = today - timedelta(days=40)
    async with pool.acquire() as connection:
        for table in ("sends", "inbox"):
            await connection.execute(
                f"CREATE TABLE {table}_{old:%Y%m%d} PARTITION OF {table}"
                f" FOR VALUES FROM ('{old}') TO ('{old + timedelta(days=1)}')"
            )
        await keep_days(connection)
        names = {found["relname"] for found in await connection.fetch("SELECT relname FROM pg_class")}
    assert {f"sends_{today:%Y%m%d}", f"inbox_{today:%Y%m%d}", f"sends_{today - timedelta(days=34):%Y%m%d}"} <= names
    assert not {f"sends_{old:%Y%m%d}", f"inbox_{old:%Y%m%d}", f"inbox_{today - timedelta(days=9):%Y%m%d}"} & names


async def test_a_plan_made_on_empty_tables_still_finds_a_row_by_its_key(pool: Pool) -> None:
    async with pool.acquire() as connection:
        for _ in range(8):  # from the sixth on PostgreSQL may keep one plan for all
            await store.apply_statuses(connection, [store.Status(datetime.now(UTC).date(), uuid4(), "sent", "w", None)])
        scans = "SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables WHERE relname LIKE 'sends%'"
        today = datetime.now(UTC).date()
        chat = uuid4()
        await connection.execute(
            "INSERT INTO sends (day, reply_id, chat_id, notice, state)"
            " SELECT $1, gen_random_uuid(), $2, false, 'sent' FROM generate_series(1, 5000)",
            today,
            chat,
        )
        await connection.execute("SELECT pg_stat_force_next_flush()")
        id = await connection.fetchval("SELECT reply_id FROM sends LIMIT 1 OFFSET 2500")
        await connection.execute("SELECT pg_stat_force_next_flush()")
        base = await connection.fetchval(scans)
        for _ in range(5):
            await store.apply_statuses(connection, [store.Status(today, id, "delivered", "w", None)])
        await connection.execute("SELECT pg_stat_force_next_flush()")
        assert await connection.fetchval(scans) == base
