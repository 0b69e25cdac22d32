"""A POST becomes its updates, in order, each with what it needs alone and an id that a repeat repeats."""

import json
from typing import Any

import pytest

from services.gateway.whatsapp import sender_of, to_content
from services.gateway.whatsapp.split import split

NUMBER = "106540352242922"
METADATA = {"display_phone_number": "917859804803", "phone_number_id": NUMBER}


def post(*values: dict[str, Any], field: str = "messages") -> bytes:
    changes = [{"field": field, "value": {"messaging_product": "whatsapp", "metadata": METADATA, **v}} for v in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "waba", "changes": changes}]}).encode()


def message(n: int, sender: str = "919876500001", **more: Any) -> dict[str, Any]:
    return {"from": sender, "id": f"wamid.{n}", "timestamp": str(n), "type": "text", "text": {"body": str(n)}, **more}


def status(n: int, word: str = "sent", **more: Any) -> dict[str, Any]:
    return {"id": f"wamid.{n}", "status": word, "timestamp": str(n), "recipient_id": "919876500001", **more}


def contact(phone: str, **more: Any) -> dict[str, Any]:
    return {"wa_id": phone, "profile": {"name": f"N{phone[-1]}"}, **more}


def test_a_thousand_updates_of_mixed_people_stay_in_order_and_each_keeps_only_its_own_contact() -> None:
    people = [f"91987650{n:04d}" for n in range(10)]
    body = post(
        {
            "contacts": [contact(phone) for phone in people],
            "messages": [message(n, people[n % 10]) for n in range(500)],
            "statuses": [status(n) for n in range(500)],
        }
    )
    updates = split(body).updates
    assert [update.value.get("messages", [{}])[0].get("id") for update in updates[:500]] == [
        f"wamid.{n}" for n in range(500)
    ]
    assert [update.party for update in updates[:20]] == people * 2
    assert {update.kind for update in updates[500:]} == {"status"}
    assert len({update.dedupe for update in updates}) == 1000
    for update in updates[:500]:
        assert [found["wa_id"] for found in update.value["contacts"]] == [update.party]
        assert update.value.keys() == {"messages", "contacts", "metadata"}
        assert (update.phone_number_id, update.waba_id, update.field) == (NUMBER, "waba", "messages")


def test_the_same_body_again_gives_the_same_updates() -> None:
    body = post({"messages": [message(1)], "statuses": [status(2)], "errors": [{"code": 1}]})
    assert split(body) == split(body)


def test_a_message_is_known_again_by_number_and_message_id() -> None:
    (update,) = split(post({"messages": [message(1)]})).updates
    assert update.dedupe == NUMBER + "wamid.1"


def test_statuses_of_one_message_differ_by_word_and_recipient_only() -> None:
    group = {"recipient_id": "group", "recipient_type": "group"}
    statuses = [
        status(1),
        status(1, "delivered"),
        status(1, recipient_id="919876500002"),
        status(1, **group, recipient_participant_id="919876500001"),
        status(1, **group, recipient_participant_id="919876500002"),
    ]
    again = status(1, pricing={"billable": False}, timestamp="99")
    updates = split(post({"statuses": [*statuses, again]})).updates
    assert len({update.dedupe for update in updates}) == 5
    assert updates[0].dedupe == updates[-1].dedupe
    assert {update.party for update in updates} == {"wamid.1"}


def test_the_rest_is_known_again_by_its_content_and_its_entrys_time() -> None:
    def at(time: int, event: str) -> str:
        change = {"field": "message_template_status_update", "value": {"event": event, "message_template_id": 1}}
        body = {"object": "whatsapp_business_account", "entry": [{"id": "waba", "time": time, "changes": [change]}]}
        (update,) = split(json.dumps(body).encode()).updates
        assert (update.kind, update.phone_number_id, update.timestamp) == ("account", None, time)
        return update.dedupe

    assert at(1, "PAUSED") == at(1, "PAUSED")
    assert len({at(1, "PAUSED"), at(2, "APPROVED"), at(3, "PAUSED")}) == 3


def test_a_message_without_an_id_is_still_one_update() -> None:
    nameless = message(1)
    del nameless["id"]
    first, second = split(post({"messages": [nameless, nameless | {"text": {"body": "other"}}]})).updates
    assert first.dedupe != second.dedupe
    assert first.party == "919876500001"


def test_the_party_is_the_phone_else_the_user_id_else_what_the_contact_says() -> None:
    hidden = message(2, from_user_id="IN.1")
    del hidden["from"]
    nobody = message(3)
    del nobody["from"]
    parties = [
        split(post({"messages": [given], "contacts": contacts})).updates[0].party
        for given, contacts in [
            (message(1, "+919876500001", from_user_id="IN.1"), []),
            (hidden, []),
            (nobody, [contact("919876500004")]),
            (nobody, []),
        ]
    ]
    assert parties == ["919876500001", "IN.1", "919876500004", "wamid.3"]


def test_statuses_of_calls_move_no_message() -> None:
    (update,) = split(post({"statuses": [status(1, "RINGING")]}, field="calls")).updates
    assert (update.kind, update.field) == ("account", "calls")


def test_what_a_person_decided_travels_with_what_the_person_wrote() -> None:
    stop = {"wa_id": "919876500001", "category": "marketing_messages", "value": "stop", "timestamp": 7}
    (update,) = split(post({"user_preferences": [stop]}, field="user_preferences")).updates
    assert (update.kind, update.party, update.timestamp) == ("message", "919876500001", 7)
    assert update.value["user_preferences"] == [stop]


def test_parts_that_can_be_split_are_split_and_the_others_named_without_a_word_of_theirs() -> None:
    found = split(post({"messages": [message(1), None, "919876500001"], "statuses": 5}))
    assert [update.dedupe for update in found.updates] == [NUMBER + "wamid.1"]
    assert found.unsplit == "messages that are no list of objects; statuses that are no list of objects"


def test_a_messages_change_of_which_nothing_is_known_is_kept_for_people() -> None:
    assert split(post({"telepathy": [1]})).unsplit == "a messages change with nothing known in it"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"object":', "not JSON"),
        (b"[" * 10_000, "not JSON"),
        (b'{"a":' * 10_000, "not JSON"),
        (b'"' + rb"\"" * 100_000, "not JSON"),
        (b'"' + rb"\"" * 100_000 + b"\\", "not JSON"),
        (b"[" * 10_000 + b"]" * 10_000, "not a Meta envelope"),
        (b"9" * 10_000, "not a Meta envelope"),
        (b"NaN", "not a Meta envelope"),
        (b"null", "not a Meta envelope"),
        (b'{"entry": {}}', "not a Meta envelope"),
        (b'{"entry": [1]}', "not a Meta envelope"),
    ],
)
def test_whatever_is_no_envelope_is_kept_with_the_reason(body: bytes, reason: str) -> None:
    found = split(body)
    assert (found.updates, found.unsplit) == ([], reason)


ODD = [
    (rb'"\ud800y\u0000"', "y"),
    (rb'"\udc00\ud83d\ude00"', "😀"),
    (b'"\xed\xa0\x80y"', "y"),
    (b'"y","n":NaN,"m":-Infinity,"k":1e999,"j":' + b"9" * 5000, "y"),
    (b'"y","deep":' + b"[" * 10_000 + b"]" * 10_000, "y"),
    (b'"y","deep":' + b'{"a":' * 300 + b"1" + b"}" * 300, "y"),
    (b'"y","deep":' + b'[{"a":' * 80 + b"1" + b"}]" * 80, "y"),
]


@pytest.mark.parametrize(("body", "kept"), ODD, ids=range(len(ODD)))
def test_a_text_arrives_without_what_cannot_be_stored_and_so_does_the_message_around_it(body: bytes, kept: str) -> None:
    raw = post({"messages": [message(1, text={"body": "@"})]}).replace(b'"@"', body)
    (update,) = split(raw).updates
    content = to_content(update.value["messages"][0])
    assert content is not None
    assert content.model_dump() == {"kind": "text", "body": kept}
    assert sender_of(update.value, update.value["messages"][0]).phone == "919876500001"


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert len(split(b"\xef\xbb\xbf" + post({"messages": [message(1)]})).updates) == 1


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("7", 7), (7, 7), (7.9, 7), ("-7", None), ("７", None), ("9" * 16, None), (True, None), (None, None), ("", None)],
)
def test_a_timestamp_is_whole_seconds_or_nothing(given: object, seconds: int | None) -> None:
    (update,) = split(post({"messages": [message(1, timestamp=given)]})).updates
    assert update.timestamp == seconds
