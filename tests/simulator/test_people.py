"""Templates, the 24-hour window, and people who hide, move, block or are somebody else now."""

import asyncio

import orjson
import pytest

from tests.simulator.harness import MVVNL, Json, Simulator, text, until, whatsapp

DAY = 24 * 3600


def template(name: str, *words: str, language: str = "hi", payload: str | None = None) -> Json:
    components: list[Json] = [{"type": "body", "parameters": [{"type": "text", "text": word} for word in words]}]
    if payload:
        button = {"type": "button", "sub_type": "quick_reply", "index": "0"}
        components.append(button | {"parameters": [{"type": "payload", "payload": payload}]})
    return {"type": "template", "template": {"name": name, "language": {"code": language}, "components": components}}


async def created(simulator: Simulator, name: str, **fields: object) -> Json:
    status, answer = await simulator.call("/api/templates", {"discom": "mvvnl", "name": name, **fields})
    assert status == 201, answer
    return dict(answer)


async def test_a_template_is_filled_in_and_its_button_is_a_template_button(simulator: Simulator, phone: str) -> None:
    body = "शिकायत *{{1}}* अब {{2}} है।"
    await created(simulator, "status_changed", body=body, buttons=["स्थिति देखें"])
    status, answer = await simulator.send(
        MVVNL, whatsapp(phone, template("status_changed", "MV1", "बंद", payload="complaints:track:MV1"))
    )
    assert (status, answer["messages"][0]["message_status"]) == (200, "accepted")
    [bubble] = await simulator.messages(phone)
    assert bubble["text"] == "शिकायत *MV1* अब बंद है।"
    assert bubble["choices"] == [{"id": "complaints:track:MV1", "title": "स्थिति देखें"}]
    wamid = await simulator.write(phone, tap="complaints:track:MV1")
    [message] = await until(lambda: simulator.gateway.messages(wamid))
    assert message["button"] == {"payload": "complaints:track:MV1", "text": "स्थिति देखें"}
    [sent] = await until(lambda: [s for s in simulator.gateway.statuses(bubble["wamid"]) if s["status"] == "sent"])
    assert sent["pricing"]["category"] == "utility"


async def test_the_wrong_number_of_parameters_is_refused(simulator: Simulator, phone: str) -> None:
    await created(simulator, "one_hole", body="{{1}} है।")
    status, answer = await simulator.send(MVVNL, whatsapp(phone, template("one_hole", "a", "b")))
    assert (status, answer["error"]["code"]) == (400, 132000)


async def test_the_same_news_of_a_template_twice_differ_by_their_time(simulator: Simulator) -> None:
    made = await created(simulator, "comes_and_goes", body="text")

    def told() -> list[Json]:
        entries = [entry for _, raw in simulator.gateway.posts for entry in orjson.loads(raw)["entry"]]
        values = [(entry, change["value"]) for entry in entries for change in entry["changes"]]
        return [entry for entry, value in values if value.get("message_template_name") == "comes_and_goes"]

    for state in ("PAUSED", "APPROVED"):
        await asyncio.sleep(1.1)  # WhatsApp counts whole seconds
        await simulator.call(f"/api/templates/{made['id']}", {"status": state})
    await until(lambda: len(told()) == 3)
    first, _, last = told()
    assert first["changes"] == last["changes"] and first["time"] < last["time"]


@pytest.mark.parametrize(("state", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)])
async def test_a_template_that_is_paused_disabled_or_rejected_is_told_and_refused(
    simulator: Simulator, phone: str, state: str, code: int
) -> None:
    name = f"was_{state.lower()}"
    made = await created(simulator, name, body="text")
    await simulator.call(f"/api/templates/{made['id']}", {"status": state, "reason": "LOW_QUALITY"})
    status, answer = await simulator.send(MVVNL, whatsapp(phone, template(name)))
    assert answer["error"]["code"] == code and status in (400, 404)

    def told() -> list[Json]:
        return [value for value in simulator.gateway.values() if value.get("message_template_name") == name]

    await until(lambda: len(told()) == 2)
    assert [value["event"] for value in told()] == ["APPROVED", state]
    assert told()[1]["reason"] == "LOW_QUALITY" and isinstance(told()[1]["message_template_id"], int)


async def test_a_template_that_nobody_created_is_taken_as_sent_unless_that_is_forbidden(
    simulator: Simulator, phone: str
) -> None:
    assert (await simulator.send(MVVNL, whatsapp(phone, template("never_made", "मीटर"))))[0] == 200
    assert "मीटर" in (await simulator.messages(phone))[0]["text"]
    _, made = await simulator.call("/api/faults", {"kind": "strict_templates"})
    status, answer = await simulator.send(MVVNL, whatsapp(phone, template("never_made_2", "मीटर")))
    await simulator.call(f"/api/faults/{made['id']}", method="DELETE")
    assert (status, answer["error"]["code"]) == (404, 132001)


async def test_a_day_after_the_person_wrote_only_templates_arrive(simulator: Simulator, phone: str) -> None:
    await simulator.write(phone, text="hi")
    assert (await simulator.send(MVVNL, whatsapp(phone, text("inside"))))[0] == 200
    await simulator.call("/api/time", {"forward": DAY + 1})
    status, answer = await simulator.send(MVVNL, whatsapp(phone, text("outside")))
    assert status == 200
    [failed] = await until(lambda: simulator.gateway.statuses(answer["messages"][0]["id"]))
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131047)
    await simulator.send(MVVNL, whatsapp(phone, template("opens", "x")))
    assert [m["text"] for m in await simulator.messages(phone)] == ["hi", "inside", "[opens] · x"]
    await simulator.write(phone, text="back")
    await simulator.send(MVVNL, whatsapp(phone, text("inside again")))
    assert (await simulator.messages(phone))[-1]["text"] == "inside again"


async def test_a_hidden_number_is_in_no_webhook(simulator: Simulator, phone: str) -> None:
    await simulator.call(f"/api/phones/{phone}", {"hidden": True, "username": "asha.k", "name": "Asha"})
    wamid = await simulator.write(phone, text="who am I")
    [message] = await until(lambda: simulator.gateway.messages(wamid))
    assert "from" not in message
    value = next(value for value in simulator.gateway.values() if message in value.get("messages", []))
    user_id = message["from_user_id"]
    assert value["contacts"] == [{"profile": {"name": "Asha", "username": "asha.k"}, "user_id": user_id}]
    body = {"messaging_product": "whatsapp", "recipient": user_id, **text("answer")}
    _, answer = await simulator.send(MVVNL, body)
    statuses = await until(lambda: simulator.gateway.statuses(answer["messages"][0]["id"]))
    assert "recipient_id" not in statuses[0] and statuses[0]["recipient_user_id"] == user_id
    assert not [raw for _, raw in simulator.gateway.posts if phone.encode() in raw]


async def test_a_changed_number_is_told_and_the_chats_stay(
    simulator: Simulator, phone: str, new_number: object
) -> None:
    assert callable(new_number)
    new = new_number()
    first = await simulator.write(phone, text="before")
    [before] = await until(lambda: simulator.gateway.messages(first))
    status, answer = await simulator.call(f"/api/phones/{phone}/number", {"wa_id": new})
    assert (status, answer["wa_id"]) == (200, new) and answer["user_id"] != before["from_user_id"]

    def told() -> list[Json]:
        return [m for m in simulator.gateway.messages() if m["type"] == "system" and m.get("from") == phone]

    [message] = await until(told)
    assert message["system"]["type"] == "user_changed_number"
    assert (message["system"]["wa_id"], message["system"]["user_id"]) == (new, answer["user_id"])
    assert message["system"]["previous_user_id"] == before["from_user_id"]
    assert [m["text"] for m in await simulator.messages(new)] == ["before"]
    second = await simulator.write(new, text="after")
    [after] = await until(lambda: simulator.gateway.messages(second))
    assert (after["from"], after["from_user_id"]) == (new, answer["user_id"])


async def test_a_number_that_somebody_has_cannot_be_taken(simulator: Simulator, phone: str, new_number: object) -> None:
    assert callable(new_number)
    other = new_number()
    for number in (phone, other):
        await simulator.write(number, text="mine")
    assert (await simulator.call(f"/api/phones/{phone}/number", {"wa_id": other}))[0] == 422


async def test_a_new_identity_is_told(simulator: Simulator, phone: str) -> None:
    await simulator.write(phone, text="hi")
    _, answer = await simulator.call(f"/api/phones/{phone}/identity")

    def told() -> list[Json]:
        return [m for m in simulator.gateway.messages() if m["type"] == "system" and m["from"] == phone]

    [message] = await until(told)
    assert message["system"]["type"] == "customer_identity_changed"
    assert message["system"]["identity"] == answer["identity"]


async def test_who_blocked_a_discom_gets_nothing_from_it(simulator: Simulator, phone: str) -> None:
    await simulator.call(f"/api/phones/{phone}", {"blocked": ["mvvnl"]})
    _, answer = await simulator.send(MVVNL, whatsapp(phone, text("x")))
    [failed] = await until(lambda: simulator.gateway.statuses(answer["messages"][0]["id"]))
    assert failed["errors"][0]["code"] == 130403
    assert await simulator.messages(phone) == []
    status, answer = await simulator.call(f"/api/phones/{phone}/messages", {"to": "mvvnl", "text": "x"})
    assert status == 422 and "blocked" in answer["error"]
    await simulator.call(f"/api/phones/{phone}", {"blocked": []})
    await simulator.send(MVVNL, whatsapp(phone, text("y")))
    assert [m["text"] for m in await simulator.messages(phone)] == ["y"]


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"username": "Ü"}, {"hidden": "yes"}, {"blocked": ["nobody"]}, {"blocked": "mvvnl"}]
)
async def test_a_profile_that_cannot_be_is_refused(simulator: Simulator, phone: str, body: Json) -> None:
    assert (await simulator.call(f"/api/phones/{phone}", body))[0] == 422


async def test_the_receiver_is_asked_to_prove_itself_once(simulator: Simulator) -> None:
    async def verified() -> bool:
        return bool((await simulator.call("/api/webhooks", method="GET"))[1]["verified"])

    for _ in range(200):
        if await verified():
            return
    raise AssertionError("the simulator never asked")


async def test_the_numbers_are_told_with_their_names(simulator: Simulator) -> None:
    _, answer = await simulator.call("/api/numbers", method="GET")
    numbers = {number["discom"]: number for number in answer["numbers"]}
    assert set(numbers) == {"mvvnl", "pvvnl", "puvvnl", "dvvnl", "kesco"}
    assert numbers["mvvnl"]["name"]["hi"] == "मध्यांचल विद्युत वितरण निगम"
    assert numbers["kesco"]["open"] is False and numbers["mvvnl"]["samples"] == []
