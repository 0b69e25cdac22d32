"""Who wrote: phone, user id and name, each only where WhatsApp shows it."""

from typing import Any

import pytest

from libs.schemas.messages import Sender
from services.gateway.whatsapp import sender_of
from services.gateway.whatsapp.people import moved


def test_in_a_change_of_many_the_contact_is_found_by_phone_or_by_user_id() -> None:
    value = {
        "contacts": [
            {"wa_id": "919876500001", "profile": {"name": "A"}},
            {"user_id": "IN.2", "profile": {"name": "B"}},
            {"wa_id": "919876500003", "user_id": "IN.3", "profile": {"name": "C"}},
        ]
    }
    assert sender_of(value, {"from": "919876500001"}) == Sender(phone="919876500001", name="A")
    assert sender_of(value, {"from_user_id": "IN.2"}) == Sender(user_id="IN.2", name="B")
    assert sender_of(value, {"from_user_id": "IN.3"}) == Sender(phone="919876500003", user_id="IN.3", name="C")
    assert sender_of(value, {"from": "919876500009"}) == Sender(phone="919876500009")


@pytest.mark.parametrize(
    ("given", "phone"),
    [
        ("919876500001", "919876500001"),
        ("+919876500001", "919876500001"),
        (919876500001, "919876500001"),
        ("", None),
        ("+", None),
        ("919876500001@c.us", None),
        ("९१९८", None),
        ("9" * 21, None),
        (True, None),
        (None, None),
        (["919876500001"], None),
    ],
)
def test_a_phone_is_digits_or_nothing(given: object, phone: str | None) -> None:
    assert sender_of({}, {"from": given}).phone == phone


@pytest.mark.parametrize("given", ["", " ", "IN. 1", "IN.\n1", "é", "x" * 257, 5.5, None, {}])
def test_a_user_id_that_could_not_be_one_is_none(given: object) -> None:
    assert sender_of({}, {"from_user_id": given}).user_id is None


@pytest.mark.parametrize("given", ["IN.2081978709342942", "IN.ENT.11815799212886844830", "xyz_of-tomorrow"])
def test_a_user_id_of_a_later_form_still_names_its_owner(given: str) -> None:
    assert sender_of({}, {"from_user_id": given}).user_id == given


def test_names_keep_everything_but_nul() -> None:
    contact: dict[str, Any] = {"profile": {"name": "अ\0नीता 🙂"}}
    assert sender_of({"contacts": [contact]}, {"from": "1"}).name == "अनीता 🙂"
    for nothing in ({"profile": {"name": "\0"}}, {"profile": "x"}, {"profile": {"name": 7}}, {}):
        assert sender_of({"contacts": [nothing]}, {"from": "1"}).name is None


def test_only_a_card_sent_by_our_button_shows_the_writers_number() -> None:
    def card(**of: Any) -> dict[str, Any]:
        return {"from_user_id": "IN.1", "type": "contacts", "contacts": [{"phones": [{"wa_id": "919876500001"}], **of}]}

    assert sender_of({}, card(origin="contact_request")).phone == "919876500001"
    assert sender_of({}, card(origin="other")).phone is None
    assert sender_of({}, card()).phone is None
    assert sender_of({}, card(origin="contact_request", phones=[{"phone": "+91 98765 00001"}])).phone is None
    assert sender_of({}, {"from": "919876500007", **card(origin="contact_request")}).phone == "919876500007"


def test_the_sentence_of_a_system_message_is_never_parsed() -> None:
    change = moved({"system": {"type": "user_changed_number", "body": "changed from 919876500001 to 919876500009"}})
    assert (change.new_phone, change.new_user_id) == (None, None)
