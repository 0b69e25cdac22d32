"""The phones: what a person can do, and what becomes of it at the webhook."""

import asyncio
import base64

import orjson
import pytest

from tests.simulator.harness import MVVNL, PVVNL, Json, Simulator, buttons, list_of, text, until, whatsapp

MENU = list_of("चुनें", "विकल्प", ("billing:bill", "बिल राशि", "राशि और देय तिथि"), ("menu:links", "लिंक", ""))


async def received(simulator: Simulator, wamid: str) -> Json:
    found = await until(lambda: simulator.gateway.messages(wamid))
    return dict(found[0])


async def test_what_is_written_reaches_the_webhook_in_metas_form(simulator: Simulator, phone: str) -> None:
    wamid = await simulator.write(phone, text="नमस्ते")
    message = await received(simulator, wamid)
    assert (message["from"], message["type"], message["text"]) == (phone, "text", {"body": "नमस्ते"})
    assert message["timestamp"].isdigit() and message["from_user_id"].startswith("IN.")
    value = next(value for value in simulator.gateway.values() if message in value.get("messages", []))
    assert value["metadata"] == {"display_phone_number": "918010924203", "phone_number_id": MVVNL}
    assert value["contacts"][0]["wa_id"] == phone and value["contacts"][0]["profile"]["name"]
    [bubble] = await simulator.messages(phone)
    assert (bubble["direction"], bubble["text"], bubble["wamid"]) == ("out", "नमस्ते", wamid)


async def test_one_tick_until_the_webhook_was_answered_200_then_two(simulator: Simulator, phone: str) -> None:
    simulator.gateway.answers = [503, 503]
    await simulator.write(phone, text="hello")
    assert (await simulator.messages(phone))[0]["status"] == "sent"
    async with asyncio.timeout(20):
        while (await simulator.messages(phone))[0]["status"] != "delivered":
            await asyncio.sleep(0.05)


async def test_a_tap_on_a_row_is_a_list_reply(simulator: Simulator, phone: str) -> None:
    _, answer = await simulator.send(MVVNL, whatsapp(phone, MENU))
    [bubble] = await simulator.messages(phone)
    assert bubble["choices"] == [{"id": "billing:bill", "title": "बिल राशि"}, {"id": "menu:links", "title": "लिंक"}]
    message = await received(simulator, await simulator.write(phone, tap="billing:bill"))
    reply = {"id": "billing:bill", "title": "बिल राशि", "description": "राशि और देय तिथि"}
    assert message["interactive"] == {"type": "list_reply", "list_reply": reply}
    assert message["context"] == {"from": "918010924203", "id": answer["messages"][0]["id"]}
    assert (await simulator.messages(phone, after=1))[0]["text"] == "बिल राशि"


async def test_a_tap_on_a_button_is_a_button_reply_and_may_come_twice(simulator: Simulator, phone: str) -> None:
    await simulator.send(MVVNL, whatsapp(phone, buttons("ठीक?", yes="हाँ", no="नहीं")))
    for _ in range(2):
        message = await received(simulator, await simulator.write(phone, tap="yes"))
        assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes", "title": "हाँ"}}


async def test_a_tap_names_the_newest_message_that_offered_it_or_the_one_asked_for(
    simulator: Simulator, phone: str
) -> None:
    first, second = [
        (await simulator.send(MVVNL, whatsapp(phone, buttons(words, yes=words))))[1]["messages"][0]["id"]
        for words in ("first", "second")
    ]
    newest = await received(simulator, await simulator.write(phone, tap="yes"))
    asked = await received(simulator, await simulator.write(phone, tap="yes", message=first))
    assert (newest["context"]["id"], newest["interactive"]["button_reply"]["title"]) == (second, "second")
    assert (asked["context"]["id"], asked["interactive"]["button_reply"]["title"]) == (first, "first")


@pytest.mark.parametrize("why", ["never offered", "by another discom", "to another phone", "cleared since"])
async def test_only_what_lies_on_the_phone_can_be_tapped(
    simulator: Simulator, phone: str, why: str, new_number: object
) -> None:
    sender, to = (PVVNL if why == "by another discom" else MVVNL), phone
    if why == "to another phone":
        assert callable(new_number)
        to = new_number()
    if why != "never offered":
        await simulator.send(sender, whatsapp(to, MENU))
    if why == "cleared since":
        await simulator.call(f"/api/phones/{phone}/clear", {"discom": "mvvnl"})
        assert await simulator.messages(phone) == []
    status, answer = await simulator.call(f"/api/phones/{phone}/messages", {"to": "mvvnl", "tap": "menu:links"})
    assert status == 422 and "has not offered" in answer["error"]


ATTACHED: dict[str, tuple[Json, Json]] = {
    "location": (
        {"type": "location", "latitude": 26.85, "longitude": 80.95, "name": "Lucknow"},
        {"latitude": 26.85, "longitude": 80.95, "name": "Lucknow"},
    ),
    "location as Meta nests it": (
        {"type": "location", "location": {"latitude": 26, "longitude": 80}},
        {"latitude": 26, "longitude": 80},
    ),
    "image": ({"type": "image", "caption": "meter"}, {"mime_type": "image/jpeg", "caption": "meter"}),
    "audio": ({"type": "audio"}, {"mime_type": "audio/ogg; codecs=opus", "voice": True}),
    "video": ({"type": "video"}, {"mime_type": "video/mp4"}),
    "document": ({"type": "document", "filename": "bill.pdf"}, {"mime_type": "application/pdf"}),
    "sticker": ({"type": "sticker"}, {"mime_type": "image/webp", "animated": False}),
    "reaction": (
        {"type": "reaction", "message_id": "wamid.x", "emoji": "👍"},
        {"message_id": "wamid.x", "emoji": "👍"},
    ),
    "reaction taken back": ({"type": "reaction", "message_id": "wamid.x", "emoji": ""}, {"message_id": "wamid.x"}),
    "revoke": ({"type": "revoke", "message_id": "wamid.x"}, {"original_message_id": "wamid.x"}),
    "edit": (
        {"type": "edit", "message_id": "wamid.x", "text": "better"},
        {"original_message_id": "wamid.x", "message": text("better")},
    ),
}


@pytest.mark.parametrize(("asked", "content"), ATTACHED.values(), ids=ATTACHED.keys())
async def test_everything_a_person_can_attach_arrives_as_such(
    simulator: Simulator, phone: str, asked: Json, content: Json
) -> None:
    message = await received(simulator, await simulator.write(phone, **asked))
    assert message["type"] == asked["type"]
    assert content.items() <= message[asked["type"]].items()


async def test_contacts_unsupported_and_welcome_arrive_as_such(simulator: Simulator, phone: str) -> None:
    cards = [{"name": {"formatted_name": "X"}, "phones": [{"phone": "+919700000000"}]}]
    message = await received(simulator, await simulator.write(phone, type="contacts", contacts=cards))
    assert message["contacts"] == cards
    message = await received(simulator, await simulator.write(phone, type="unsupported"))
    assert message["errors"][0]["code"] == 131051
    message = await received(simulator, await simulator.write(phone, type="request_welcome"))
    assert message["type"] == "request_welcome" and "text" not in message


async def test_a_picture_is_kept_for_the_phone_to_show(simulator: Simulator, phone: str) -> None:
    data = base64.b64encode(b"\xff\xd8picture").decode()
    message = await received(simulator, await simulator.write(phone, type="image", data=data, mime_type="image/jpeg"))
    async with simulator.http.get(f"{simulator.url}/api/media/{message['image']['id']}") as response:
        assert (response.content_type, await response.read()) == ("image/jpeg", b"\xff\xd8picture")


async def test_an_answer_to_one_message_quotes_it(simulator: Simulator, phone: str) -> None:
    _, answer = await simulator.send(MVVNL, whatsapp(phone, text("question")))
    quoted = answer["messages"][0]["id"]
    message = await received(simulator, await simulator.write(phone, text="answer", reply_to=quoted))
    assert message["context"] == {"from": "918010924203", "id": quoted}


NONSENSE: dict[str, Json] = {
    "nobody": {"text": "x", "to": "nobody"},
    "no text": {},
    "a number as text": {"text": 5},
    "an unknown type": {"type": "poem"},
    "a place on no earth": {"type": "location", "latitude": 91, "longitude": 0},
    "a place without longitude": {"type": "location", "latitude": 1},
    "a picture that is no base64": {"type": "image", "data": "*"},
    "a picture that is a web page": {"type": "image", "mime_type": "text/html"},
    "a reaction to nothing": {"type": "reaction", "emoji": "👍"},
    "no contacts": {"type": "contacts", "contacts": []},
    "an answer to what is not there": {"text": "x", "reply_to": "wamid.none"},
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_refused_with_a_reason_and_nothing_is_sent(
    simulator: Simulator, phone: str, body: Json
) -> None:
    status, answer = await simulator.call(f"/api/phones/{phone}/messages", {"to": "mvvnl", **body})
    assert status == 422 and len(answer["error"]) > 10
    assert await simulator.messages(phone) == []


async def test_the_same_key_writes_one_message(simulator: Simulator, phone: str) -> None:
    first = await simulator.write(phone, text="once", key="k1")
    assert await simulator.write(phone, text="once", key="k1") == first
    assert len(await simulator.messages(phone)) == 1


async def test_reading_can_wait_for_the_next_message(simulator: Simulator, phone: str) -> None:
    waiting = asyncio.create_task(simulator.messages(phone, wait=20))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await simulator.send(MVVNL, whatsapp(phone, text("here")))
    assert [bubble["text"] for bubble in await asyncio.wait_for(waiting, 10)] == ["here"]


async def test_waiting_ends_without_a_message(simulator: Simulator, phone: str) -> None:
    assert await simulator.messages(phone, wait=0.2) == []


async def test_messages_of_one_person_keep_their_order(simulator: Simulator, phone: str) -> None:
    wamids = [await simulator.write(phone, text=str(i)) for i in range(20)]
    await until(lambda: all(simulator.gateway.messages(wamid) for wamid in wamids))
    own = [message["text"]["body"] for message in simulator.gateway.messages() if message["from"] == phone]
    assert own == [str(i) for i in range(20)]


async def test_live_events_tell_of_messages_ticks_and_typing(simulator: Simulator, phone: str) -> None:
    seen: list[Json] = []

    async def listen() -> None:
        async with simulator.http.get(f"{simulator.url}/api/events?phones={phone}") as response:
            async for line in response.content:
                if line.startswith(b"data: "):
                    seen.append(orjson.loads(line[6:]))

    listening = asyncio.create_task(listen())
    await until(lambda: seen)
    wamid = await simulator.write(phone, text="hi")
    await until(lambda: any(event["event"] == "status" for event in seen))
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    await simulator.send(MVVNL, receipt | {"typing_indicator": {"type": "text"}})
    await until(lambda: seen[-1]["event"] == "typing")
    listening.cancel()
    assert [event["event"] for event in seen] == ["open", "message", "status", "read", "typing"]
    assert all(event["phone"] == phone for event in seen[1:])
    assert seen[1]["message"]["text"] == "hi"


async def test_another_sites_page_can_write_nothing(simulator: Simulator, phone: str) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    address = f"{simulator.url}/api/phones/{phone}/messages"
    async with simulator.http.post(address, json={"to": "mvvnl", "text": "x"}, headers=headers) as response:
        assert response.status == 403
    assert await simulator.messages(phone) == []
