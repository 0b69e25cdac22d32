"""Identity on real tables: two chats become one, a number gets a new owner, an edit overtakes its message."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from libs.kit.batch import Batch, Record
from libs.kit.database import Pool, migrate, open_pool
from libs.kit.settings import Settings
from libs.kit.setup import setup
from libs.schemas.discom import load
from libs.schemas.events import read, root_event
from libs.schemas.messages import Account, ContextPatch, Floor, Merge, Message, Received, Reply, Sender, Text
from services.gateway import router, store
from tests.integration.conftest import ROOT

AT = datetime.now(UTC)
PHONE, USER = "919000000017", "IN.2081978709342942"
ACCOUNT = Account(account_id="1000000017", name="सु•••", area="rural", meter="prepaid")


class Gateway:
    """The router's rules on a gateway database of its own."""

    def __init__(self, pool: Pool, discom: str) -> None:
        self.pool, self.discom = pool, discom

    async def hears(
        self, *messages: dict[str, Any], contact: dict[str, Any] | None = None, at: datetime = AT
    ) -> list[Merge | Message]:
        """Routes these in one batch; what the services hear of it."""
        records = []
        for message in messages:
            value = {"messages": [message], "contacts": [contact] if contact else []}
            data = Received(discom=self.discom, phone_number_id="1", field="messages", value=value, received_at=AT)
            event = root_event(uuid4(), "update.received", f"{self.discom}/gateway", at, "key", data)
            records.append(Record(event, "received", 0, 0, b"", (), b""))
        async with self.pool.acquire() as connection, connection.transaction():
            batch = Batch(self.discom, "gateway", connection, records)
            await router.handle(batch)
        found: list[Merge | Message] = []
        for out in batch.outgoing:
            told = read(out.headers, out.value)
            assert told and isinstance(told.data, Merge | Message)
            found.append(told.data)
        return found

    async def learns(self, chat_id: str, **known: object) -> None:
        """What a reply's patch would have written."""
        async with self.pool.acquire() as connection, connection.transaction():
            chat = (await store.chats_by_id(connection, [chat_id]))[chat_id]
            await store.save_contexts(connection, [chat.patched(ContextPatch.model_validate(known), 99)])

    async def queues(self, chat_id: str) -> store.Send:
        """A bubble that waits, as a sender has it in hand."""
        reply = Reply(discom=self.discom, chat_id=chat_id, turn=1, at=AT, service="billing", body="₹812.50")
        send = store.Send(AT.date(), uuid4(), chat_id, True, reply, Sender(phone=PHONE))
        async with self.pool.acquire() as connection:
            await store.queue(connection, [send])
        return send


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(stack: Settings) -> AsyncIterator[Gateway]:
    discom = load(ROOT / "deploy/discoms/mvvnl.toml").model_copy(update={"code": f"t{uuid4().hex[:10]}"})
    await setup(stack, [discom])
    pool = await open_pool(stack, "gateway", discom.code, size=1)
    await migrate(pool, ROOT / "services/gateway/migrations")
    yield Gateway(pool, discom.code)
    await pool.close()


def said(words: str, **who: str) -> dict[str, Any]:
    return {"id": f"wamid.{uuid4().hex}", "timestamp": "1", "type": "text", "text": {"body": words}, **who}


async def test_the_older_chat_becomes_an_alias_and_every_service_hears_it_first(gateway: Gateway) -> None:
    [first] = await gateway.hears(said("hi", **{"from": PHONE}))
    assert isinstance(first, Message)
    await gateway.learns(first.chat_id, account=ACCOUNT)
    [second] = await gateway.hears(said("hi", from_user_id=USER))
    assert isinstance(second, Message) and second.chat_id != first.chat_id and second.context.account is None
    await gateway.pool.execute("UPDATE chats SET last_message_at = now() WHERE chat_id = $1", UUID(second.chat_id))

    *merges, third = await gateway.hears(said("2", **{"from": PHONE, "from_user_id": USER}))
    assert [type(one) for one in merges] == [Merge] * 3, "menu, billing and complaints"
    assert {(one.old_chat_id, one.new_chat_id) for one in merges if isinstance(one, Merge)} == {
        (first.chat_id, second.chat_id)
    }
    assert isinstance(third, Message) and third.chat_id == second.chat_id and third.context.account == ACCOUNT
    async with gateway.pool.acquire() as connection, connection.transaction():
        chats = await store.chats_by_id(connection, [first.chat_id])
    assert chats[first.chat_id].chat_id == second.chat_id, "an alias is resolved wherever a chat is loaded"
    assert chats[first.chat_id].phone == PHONE


async def test_a_new_owner_of_a_number_starts_afresh(gateway: Gateway) -> None:
    contact = {"wa_id": PHONE, "identity_key_hash": "first"}
    [before] = await gateway.hears(said("hi", **{"from": PHONE}), contact=contact)
    assert isinstance(before, Message)
    await gateway.learns(before.chat_id, account=ACCOUNT)
    contact = {"wa_id": PHONE, "identity_key_hash": "second"}
    [after] = await gateway.hears(said("5", **{"from": PHONE}), contact=contact)
    assert isinstance(after, Message) and after.chat_id != before.chat_id
    assert after.context.account is None and after.first_contact


async def test_a_changed_number_keeps_its_chat(gateway: Gateway) -> None:
    [before] = await gateway.hears(said("hi", **{"from": PHONE}))
    system = {"type": "user_changed_number", "wa_id": "919000000018", "body": "changed"}
    assert await gateway.hears({"id": "wamid.s", "type": "system", "from": PHONE, "system": system}) == []
    [after] = await gateway.hears(said("hi", **{"from": "919000000018"}))
    assert isinstance(before, Message) and isinstance(after, Message) and after.chat_id == before.chat_id


async def test_a_user_id_seen_with_another_number_stops_no_chat(gateway: Gateway) -> None:
    [first] = await gateway.hears(said("hi", **{"from": PHONE, "from_user_id": USER}))
    [second] = await gateway.hears(said("hi", **{"from": "919000000018", "from_user_id": USER}))
    assert isinstance(first, Message) and isinstance(second, Message) and first.chat_id != second.chat_id
    [third] = await gateway.hears(said("hi", **{"from": "919000000019"}))
    [fourth] = await gateway.hears(said("hi", **{"from": "919000000019", "from_user_id": USER}))
    assert isinstance(third, Message) and isinstance(fourth, Message) and third.chat_id == fourth.chat_id
    [again] = await gateway.hears(said("hi", **{"from": PHONE}))
    assert isinstance(again, Message) and again.chat_id == first.chat_id
    numbers = [f"91900000003{n}" for n in range(3)]
    heard = await gateway.hears(*(said("hi", **{"from": one, "from_user_id": "IN.7"}) for one in numbers))
    assert len(heard) == 3, "also where one batch contradicts itself"


async def test_a_number_with_another_user_id_starts_afresh_and_nothing_that_waited_goes_there(gateway: Gateway) -> None:
    [before] = await gateway.hears(said("hi", **{"from": PHONE, "from_user_id": USER}))
    assert isinstance(before, Message)
    await gateway.learns(before.chat_id, account=ACCOUNT)
    send = await gateway.queues(before.chat_id)
    [after] = await gateway.hears(said("2", **{"from": PHONE, "from_user_id": "IN.99"}))
    assert isinstance(after, Message) and after.chat_id != before.chat_id
    assert after.context.account is None and after.first_contact
    assert await store.unsettled(gateway.pool) == []
    send.state, send.attempts = "sending", 1
    assert await store.write_states(gateway.pool, [send]) == set(), "a sender that has it in hand may not send it"
    left = await gateway.pool.fetchrow("SELECT * FROM chats WHERE chat_id = $1", UUID(before.chat_id))
    assert left and left["left_at"] and not left["phone"] and not left["last_wamid"]


async def test_whoever_writes_before_the_same_batch_takes_the_number_away_is_answered(gateway: Gateway) -> None:
    [before] = await gateway.hears(said("hi", **{"from": PHONE, "from_user_id": USER}))
    changed = {"type": "customer_identity_changed", "identity": "second", "body": "changed"}
    [after] = await gateway.hears(
        said("hi", from_user_id=USER), {"id": "wamid.s", "type": "system", "from": PHONE, "system": changed}
    )
    assert isinstance(before, Message) and isinstance(after, Message) and after.chat_id != before.chat_id


@pytest.mark.parametrize(
    "at", [datetime.fromtimestamp(0, UTC), AT + timedelta(days=400), datetime(9999, 12, 31, tzinfo=UTC)]
)
async def test_a_time_that_cannot_be_is_replaced_by_ours_and_the_chat_goes_on(gateway: Gateway, at: datetime) -> None:
    [odd] = await gateway.hears(said("hi", **{"from": PHONE}), at=at)
    assert isinstance(odd, Message) and odd.at == AT
    floor = Floor(service="menu", since=odd.at, until=odd.at + timedelta(minutes=30))
    await gateway.learns(odd.chat_id, floor=floor)
    [answer] = await gateway.hears(said("1", **{"from": PHONE}))
    assert isinstance(answer, Message) and answer.context.floor == floor, "the next message answers the question"
    written = await gateway.pool.fetchval("SELECT last_message_at FROM chats WHERE chat_id = $1", UUID(odd.chat_id))
    assert written == AT


async def test_the_last_message_of_a_chat_can_be_named_in_a_receipt(gateway: Gateway) -> None:
    first, second = said("hi", **{"from": PHONE}), said("2", **{"from": PHONE})
    await gateway.hears(first, second)
    assert await gateway.pool.fetchval("SELECT last_wamid FROM chats WHERE phone = $1", PHONE) == second["id"]


async def test_what_waits_goes_to_the_new_number_also_where_a_sender_has_it_in_hand(gateway: Gateway) -> None:
    [before] = await gateway.hears(said("hi", **{"from": PHONE}))
    assert isinstance(before, Message)
    send = await gateway.queues(before.chat_id)
    system = {"type": "user_changed_number", "wa_id": "919000000018", "body": "changed"}
    await gateway.hears({"id": "wamid.s", "type": "system", "from": PHONE, "system": system})
    send.state, send.attempts = "sending", 1
    assert await store.write_states(gateway.pool, [send]) == set()
    [again] = await store.unsettled(gateway.pool)
    assert again.reply_id == send.reply_id and again.to.phone == "919000000018"
    again.state, again.attempts = "sending", again.attempts + 1
    assert await store.write_states(gateway.pool, [again]) == {send.reply_id}


async def test_what_is_edited_or_taken_back_before_it_was_read_counts_as_meant(gateway: Gateway) -> None:
    first, second = said("2", **{"from": PHONE}), said("4", **{"from": PHONE})
    edit = {"original_message_id": first["id"], "message": {"type": "text", "text": {"body": "3"}}}
    revoke = {"original_message_id": second["id"]}
    heard = await gateway.hears(
        first,
        second,
        {"id": "wamid.e", "type": "edit", "from": PHONE, "edit": edit},
        {"id": "wamid.r", "type": "revoke", "from": PHONE, "revoke": revoke},
    )
    assert [one.content for one in heard if isinstance(one, Message)] == [Text(body="3")]


async def test_ids_that_are_none_stop_nobody(gateway: Gateway) -> None:
    revoke = {"id": "wamid.r", "type": "revoke", "from": PHONE, "revoke": {"original_message_id": "wamid.gone"}}
    odd: list[object] = [None, 7, [], {"a": 1}, "a\0b", "x" * 5000]
    heard = await gateway.hears(revoke, *(said("hi", **{"from": PHONE}) | {"id": id} for id in odd))
    assert len(heard) == len(odd)


async def test_many_strangers_at_once_get_a_chat_each(gateway: Gateway) -> None:
    heard = await gateway.hears(*(said("hi", **{"from": f"9190000001{n:02}"}) for n in range(50)))
    assert len({one.chat_id for one in heard if isinstance(one, Message)}) == 50
