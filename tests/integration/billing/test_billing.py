"""From a message to the bill, on real Kafka and PostgreSQL."""

import asyncio
from uuid import uuid4

from libs.schemas.events import AccountLinked, BillShown
from libs.schemas.messages import Context, Message, Reply
from services.billing.backends.database import DatabaseBackend
from tests.integration.billing.conftest import POSTPAID, PREPAID, Place, Shaky


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
    assert reply.context and reply.context.account and reply.context.account.name == "सु••• दे•••"
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
    assert linked.startswith("✅ *R••• K•••* का खाता")
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
