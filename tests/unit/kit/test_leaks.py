"""What the kit writes beside a value (keys, headers, error names) holds nothing of a person."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from libs.kit.outbox import Outgoing
from libs.kit.parking import signature
from libs.schemas.events import NAMESPACE, Event, root_event
from libs.schemas.messages import Message, Sender, Text

PHONE, USER, NAME, WORDS = "919000000017", "IN.2000000000000017", "सुनीता देवी", "मेरा बिल बताइए 1000000017"
CHAT = "6f3c1d0a-52b8-4c6e-9a41-0d2f7e8b1c17"
AT = datetime(2026, 11, 24, 13, 5, 7, tzinfo=UTC)


@pytest.fixture
def event() -> Event:
    data = Message(
        discom="mvvnl",
        chat_id=CHAT,
        turn=1,
        at=AT,
        sender=Sender(phone=PHONE, user_id=USER, name=NAME),
        content=Text(body=WORDS),
    )
    return root_event(UUID(int=7), "message.received", "mvvnl/gateway", AT, CHAT, data)


def test_a_persons_data_is_in_the_value_and_in_neither_key_nor_headers(event: Event) -> None:
    outgoing = Outgoing.of(event, "mvvnl.menu.inbound.v1", ("mvvnl.gateway.received.v1", 0))
    beside = repr((outgoing.topic, outgoing.key, outgoing.headers, outgoing.source))
    for private in (PHONE, USER, NAME, WORDS):
        assert private.encode() in outgoing.value
        assert private not in beside and repr(private.encode())[2:-1] not in beside
    assert outgoing.key == CHAT


def test_the_same_event_is_the_same_record_on_every_run(event: Event) -> None:
    first, second = (event.follow(n, "message.handed_over", "mvvnl/menu", CHAT, event.data) for n in (0, 0))
    source = ("mvvnl.menu.inbound.v1", 0)
    assert Outgoing.of(first, "mvvnl.billing.inbound.v1", source) == Outgoing.of(
        second, "mvvnl.billing.inbound.v1", source
    )


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_signature_is_class_and_place_and_never_the_text() -> None:
    found = signature(raised(ValueError(WORDS)))
    assert found.startswith("ValueError at test_leaks.py:")
    assert found.rpartition(":")[2].isdigit()


def test_a_signature_names_the_last_line_of_our_own_code() -> None:
    def parse(text: str) -> Message:
        return Message.model_validate_json(text)

    with pytest.raises(ValueError) as caught:
        parse(f'{{"chat_id": "{WORDS}"}}')
    found = signature(caught.value)
    assert found.startswith("ValidationError at test_leaks.py:") and WORDS not in found


def test_a_signature_keeps_silent_about_causes_and_notes() -> None:
    try:
        try:
            raise KeyError(PHONE)
        except KeyError as cause:
            raise RuntimeError(WORDS) from cause
    except RuntimeError as error:
        error.add_note(NAME)
        found = signature(error)
    assert found.startswith("RuntimeError at ")
    assert not [private for private in (PHONE, WORDS, NAME) if private in found]


def test_a_signature_names_a_file_and_no_folder_of_the_machine() -> None:
    assert "/" not in signature(raised(ValueError("x")))


def test_an_error_that_was_never_raised_has_a_signature_too() -> None:
    assert signature(ValueError(WORDS)) == "ValueError at ?"


def test_the_same_trouble_has_the_same_signature_whoever_wrote() -> None:
    def fail(words: str) -> None:
        raise ValueError(words)

    found = set()
    for words in ("a", "b"):
        try:
            fail(words)
        except ValueError as error:
            found.add(signature(error))
    assert len(found) == 1


def test_the_root_of_all_ids_never_changes() -> None:
    assert str(NAMESPACE) == "5b0b1c1e-7c0a-5d1e-9a53-0c6f1f6f7b11", "a redelivery after an upgrade would look new"
