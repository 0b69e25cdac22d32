"""The Cloud API: accepts, refuses and reports as Meta does."""

import base64
import hmac
import json

import pytest

from tests.simulator.harness import MVVNL, PVVNL, SECRET, Json, Simulator, buttons, list_of, text, until, whatsapp


async def test_a_message_arrives_at_the_phone_and_its_statuses_at_the_webhook(simulator: Simulator, phone: str) -> None:
    body = whatsapp(phone, text("आपका बिल *₹540* है")) | {"biz_opaque_callback_data": "reply-1"}
    status, answer = await simulator.send(MVVNL, body)
    assert status == 200
    wamid = answer["messages"][0]["id"]
    assert answer == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": phone, "wa_id": phone}],
        "messages": [{"id": wamid}],
    }
    [bubble] = await simulator.messages(phone)
    assert (bubble["n"], bubble["direction"], bubble["discom"], bubble["wamid"]) == (1, "in", "mvvnl", wamid)
    assert (bubble["type"], bubble["text"], bubble["payload"]) == ("text", "आपका बिल *₹540* है", body)
    await until(lambda: len(simulator.gateway.statuses(wamid)) == 3)
    statuses = {status["status"]: status for status in simulator.gateway.statuses(wamid)}
    assert set(statuses) == {"sent", "delivered", "read"}
    assert all(status["biz_opaque_callback_data"] == "reply-1" for status in statuses.values())
    assert all(status["recipient_id"] == phone and status["recipient_user_id"] for status in statuses.values())
    assert [name for name, status in statuses.items() if "pricing" in status] == ["sent", "delivered"]
    while (await simulator.messages(phone))[0]["status"] != "read":
        pass


async def test_a_message_id_holds_the_number_as_metas_do(simulator: Simulator, phone: str) -> None:
    _, answer = await simulator.send(MVVNL, whatsapp(phone, text("x")))
    prefix, _, encoded = answer["messages"][0]["id"].partition(".")
    assert prefix == "wamid"
    assert phone.encode() in base64.b64decode(encoded)


async def test_webhooks_are_signed_over_bytes_escaped_as_meta_escapes_them(simulator: Simulator, phone: str) -> None:
    wamid = await simulator.write(phone, text="नमस्ते ä @ a/b")
    await until(lambda: simulator.gateway.messages(wamid))
    headers, body = next(post for post in simulator.gateway.posts if wamid.encode() in post[1].replace(b"\\/", b"/"))
    assert body.isascii() and rb"\u0928\u092e" in body and rb"a\/b" in body
    expected = "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()
    lowered = {name.lower(): value for name, value in headers.items()}
    assert lowered["x-hub-signature-256"] == expected
    assert json.loads(body)["object"] == "whatsapp_business_account"


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_without_the_right_token_nothing_is_sent(simulator: Simulator, phone: str, token: str) -> None:
    status, answer = await simulator.call(f"/v25.0/{MVVNL}/messages", whatsapp(phone, text("x")), token=token)
    assert (status, answer["error"]["code"], answer["error"]["type"]) == (401, 190, "OAuthException")
    assert await simulator.messages(phone) == []


async def test_a_number_that_does_not_exist_is_refused_as_by_graph(simulator: Simulator, phone: str) -> None:
    status, answer = await simulator.send("999999999999999", whatsapp(phone, text("x")))
    error = answer["error"]
    assert (status, error["code"], error["error_subcode"], error["type"]) == (400, 100, 33, "GraphMethodException")


@pytest.mark.parametrize(
    ("to", "wa_id"),
    [("919712345601", "919712345601"), ("+919712345602", "919712345602"), ("9712345603", "919712345603")],
)
async def test_a_number_may_be_written_with_plus_or_without_country(simulator: Simulator, to: str, wa_id: str) -> None:
    status, answer = await simulator.send(MVVNL, whatsapp(to, text("x")))
    assert (status, answer["contacts"]) == (200, [{"input": to, "wa_id": wa_id}])


async def test_a_user_id_is_a_recipient_too(simulator: Simulator, phone: str) -> None:
    wamid = await simulator.write(phone, text="hi")
    [message] = await until(lambda: simulator.gateway.messages(wamid))
    body = {"messaging_product": "whatsapp", "recipient": message["from_user_id"], **text("hello")}
    status, answer = await simulator.send(MVVNL, body)
    assert (status, answer["contacts"]) == (200, [{"input": body["recipient"], "user_id": body["recipient"]}])
    assert [bubble["text"] for bubble in await simulator.messages(phone)] == ["hi", "hello"]


ROW = ("a", "A", "")
MISTAKES: dict[str, tuple[Json, int, str]] = {
    "a text of 4,097 characters": (text("x" * 4097), 131009, "text['body'] may hold at most 4096 characters"),
    "an empty text": (text(""), 131009, "text['body'] may not be empty"),
    "no text": ({"type": "text", "text": {}}, 131008, "text['body'] is missing"),
    "a parameter that does not exist": (text("x") | {"colour": "red"}, 100, "Unexpected key"),
    "a type that does not exist": ({"type": "poem", "poem": {}}, 100, ""),
    "a button title of 21 characters": (buttons("x", a="t" * 21), 131009, "['title'] may hold at most 20 characters"),
    "four buttons": (buttons("x", a="1", b="2", c="3", d="4"), 131009, "['buttons'] may hold at most 3 items"),
    "two buttons with one title": (buttons("x", a="same", b="same"), 131009, "['title'] must be unique"),
    "a button text of 1,025 characters": (buttons("x" * 1025, a="A"), 131009, "at most 1024 characters"),
    "a row title of 25 characters": (list_of("x", "go", ("a", "t" * 25, "")), 131009, "at most 24 characters"),
    "a description of 73 characters": (list_of("x", "go", ("a", "A", "d" * 73)), 131009, "at most 72 characters"),
    "eleven rows": (list_of("x", "go", *((str(i), f"row {i}", "") for i in range(11))), 131009, "10 items"),
    "two rows with one id": (list_of("x", "go", ROW, ROW), 131009, "['id'] must be unique"),
    "a list button of 21 characters": (list_of("x", "b" * 21, ROW), 131009, "at most 20 characters"),
    "an address that is none": (
        {
            "type": "interactive",
            "interactive": {
                "type": "cta_url",
                "body": {"text": "x"},
                "action": {"name": "cta_url", "parameters": {"display_text": "x", "url": "javascript:x"}},
            },
        },
        131009,
        "does not have the right form",
    ),
    "a picture by id and link": ({"type": "image", "image": {"id": "1", "link": "https://x"}}, 131009, "ambiguous"),
    "a reaction to nothing": ({"type": "reaction", "reaction": {"emoji": "👍"}}, 131008, "message_id"),
    "a template in capitals": (
        {"type": "template", "template": {"name": "Big", "language": {"code": "hi"}}},
        131009,
        "lower-case",
    ),
}


@pytest.mark.parametrize(("body", "code", "details"), MISTAKES.values(), ids=MISTAKES.keys())
async def test_what_meta_refuses_is_refused(
    simulator: Simulator, phone: str, body: Json, code: int, details: str
) -> None:
    status, answer = await simulator.send(MVVNL, whatsapp(phone, body))
    error = answer["error"]
    assert (status, error["code"]) == (400, code)
    assert details in error.get("error_data", {}).get("details", "")
    assert error["fbtrace_id"] and error["message"].startswith("(#")
    assert await simulator.messages(phone) == []


async def test_rows_in_several_sections_are_ten_together(simulator: Simulator, phone: str) -> None:
    body = list_of("x", "go", ROW)
    body["interactive"]["action"]["sections"] = [
        {"title": f"part {part}", "rows": [{"id": f"{part}{i}", "title": f"row {part}{i}"} for i in range(6)]}
        for part in range(2)
    ]
    status, answer = await simulator.send(MVVNL, whatsapp(phone, body))
    assert (status, answer["error"]["code"]) == (400, 131009)
    assert "10 rows over all sections" in answer["error"]["error_data"]["details"]


async def test_a_refusal_repeats_nothing_that_was_sent(simulator: Simulator, phone: str) -> None:
    _, answer = await simulator.send(MVVNL, whatsapp(phone, text("secret words " * 400)))
    assert "secret words" not in json.dumps(answer)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"text"', b"\xff"])
async def test_what_is_no_json_object_is_refused(simulator: Simulator, raw: bytes) -> None:
    headers = {"authorization": "Bearer demo-token"}
    async with simulator.http.post(f"{simulator.url}/v25.0/{MVVNL}/messages", data=raw, headers=headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, 100)


async def test_a_read_receipt_turns_the_ticks_blue(simulator: Simulator, phone: str) -> None:
    wamids = [await simulator.write(phone, text=words) for words in ("one", "two")]
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": wamids[1]}
    assert await simulator.send(MVVNL, receipt | {"typing_indicator": {"type": "text"}}) == (200, {"success": True})
    assert [bubble["status"] for bubble in await simulator.messages(phone)] == ["read", "read"]


@pytest.mark.parametrize("number", [MVVNL, PVVNL])
async def test_a_receipt_for_what_one_did_not_receive_is_refused(simulator: Simulator, phone: str, number: str) -> None:
    wamid = await simulator.write(phone, text="one") if number == PVVNL else "wamid.unknown"
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    status, answer = await simulator.send(number, receipt)
    assert (status, answer["error"]["code"]) == (400, 131009)


async def test_a_number_cannot_write_to_itself(simulator: Simulator) -> None:
    status, answer = await simulator.send(MVVNL, whatsapp("918010924203", text("x")))
    assert (status, answer["error"]["code"]) == (400, 131021)
