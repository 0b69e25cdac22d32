"""Nothing WhatsApp may send raises, nothing we may send is refused. `PROPERTY_EXAMPLES=100000` looks longer."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.schemas.events import read, root_event
from libs.schemas.messages import Attachment, Link, Message, Option, Received, Reply, Sender, Template
from services.gateway.whatsapp import rendered, sender_of, to_content
from services.gateway.whatsapp.normal_form import normal_form
from services.gateway.whatsapp.split import Update, split

BODIES = [
    json.loads(path.read_text(encoding="utf-8"))["body"]
    for path in sorted((Path(__file__).parent / "samples").glob("*.json"))
]
LOOK = settings(
    max_examples=int(os.environ.get("PROPERTY_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
KEYS = ["entry", "changes", "value", "messages", "statuses", "contacts", "type", "text", "id", "from", "errors", "code"]

strings = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(), max_size=5),
    st.sampled_from(["", "\0", "\ud800", "a\udfffb", "9" * 30, "-1", "NaN", "text", "system", "edit", "interactive"]),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**18, max_value=10**40),
    st.floats(),
    strings,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | strings, inner, max_size=3),
    max_leaves=8,
)


def _places(value: object, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every place of a JSON value that can be changed."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found.append((value, key))
        _places(item, found)
    return found


def _spoiled(value: object, mark: str) -> object:
    """The same with a mark at the end of every text."""
    if isinstance(value, dict):
        return {key: _spoiled(item, mark) for key, item in value.items()}
    if isinstance(value, list):
        return [_spoiled(item, mark) for item in value]
    return value + mark if isinstance(value, str) else value


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Real-shaped bodies with a few things wrong in them."""
    body = json.loads(json.dumps(draw(st.sampled_from(BODIES))))
    for _ in range(draw(st.integers(0, 4))):
        places = _places(body, [])
        if not places:
            break
        where, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(["replace", "spoil", "drop", "wrap", "double", "rename"])):
            case "replace":
                where[key] = draw(values)
            case "spoil":
                where[key] = _spoiled(where[key], draw(st.sampled_from(["\0", "\ud800", "\udfff\0x", "\u2028"])))
            case "drop":
                del where[key]
            case "wrap":
                where[key] = [where[key]]
            case "double" if isinstance(where, list):
                where.append(where[key])
            case "rename" if isinstance(where, dict):
                where[draw(st.sampled_from(KEYS) | strings)] = where.pop(key)
    places = _places(body, [])
    for _ in range(draw(st.sampled_from([0, 0, 0, 60, 120, 190, 240, 500])) if places else 0):
        where, key = places[len(places) // 2]
        where[key] = {"a": where[key]}
    raw = json.dumps(body, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        start, end = sorted((draw(st.integers(0, len(raw))), draw(st.integers(0, len(raw)))))
        raw = raw[:start] + draw(st.binary(max_size=4)) + raw[end:]
    return raw


def _travels(update: Update) -> Received:
    """The update as the router reads it from Kafka."""
    received = Received(
        discom="mvvnl",
        phone_number_id=update.phone_number_id or "",
        field=update.field,
        value=update.value,
        received_at=NOW,
    )
    event = root_event(uuid5(NAMESPACE_OID, update.dedupe), "update.received", "mvvnl/gateway", NOW, "key", received)
    again = read(event.headers(), event.value())
    assert again
    assert isinstance(again.data, Received)
    return again.data


def _understand(update: Update) -> None:
    """What the router does with a message: nothing of it may be refused by Kafka or by PostgreSQL."""
    received = _travels(update)
    for message in received.value.get("messages", [{}]):  # type: ignore[attr-defined]
        sender, content = sender_of(received.value, message), to_content(message)
        if content is None:
            continue
        heard = Message(discom="mvvnl", chat_id="c", turn=1, at=NOW, sender=sender, content=content)
        assert "\\u0000" not in heard.model_dump_json()
        heard.model_dump_json().encode()


def _check(body: bytes) -> None:
    found = split(body)
    assert found == split(body), "the same body again is the same"
    for update in found.updates:
        assert update.dedupe
        assert update.party
        update.party.encode()
        json.dumps({"field": update.field, "value": update.value})
        if update.kind == "message":
            _understand(update)
        else:
            _travels(update)
    form = normal_form(body)
    assert b"\n" not in orjson.dumps(form)
    assert len(form["events"]) == len(found.updates)
    assert form["disposition"] in ("ok", "empty", "not_meta_envelope", "malformed")
    assert (form["disposition"] == "ok") == bool(form["events"])


@LOOK
@given(bodies())
def test_a_body_with_anything_wrong_in_it_is_split_read_and_understood(body: bytes) -> None:
    _check(body)


@LOOK
@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_split(body: bytes) -> None:
    _check(body)


@LOOK
@given(values.map(lambda value: {"object": "whatsapp_business_account", "entry": value}))
def test_any_json_in_an_envelope_is_split(body: object) -> None:
    _check(json.dumps(body).encode())


texts = st.one_of(
    st.text(max_size=40),
    st.text("कखगीिा्‍ ँ", max_size=40),
    st.text("😀👨‍👩‍👧x", max_size=40),
    st.integers(0, 5000).map(lambda n: "ब" * n),
)
replies = st.builds(
    Reply,
    discom=st.just("mvvnl"),
    chat_id=st.just("c"),
    turn=st.just(1),
    at=st.just(NOW),
    service=st.sampled_from(["menu", "billing", "complaints"]),
    body=texts,
    options=st.lists(
        st.builds(
            Option,
            id=st.sampled_from(["menu:home", "billing:bill", ""]) | texts,
            title=st.sampled_from(["हाँ", "नहीं"]) | texts,
            description=st.none() | texts,
        ),
        max_size=14,
    ).map(tuple)
    | st.just(()),
    list_button=st.none() | texts,
    link=st.none() | st.builds(Link, title=texts, url=st.sampled_from(["https://uppcl.org", "uppcl.org"])),
    ask_location=st.booleans(),
    ask_contact=st.booleans(),
    media=st.none()
    | st.builds(
        Attachment,
        media=st.sampled_from(["image", "video", "audio", "document", "sticker"]),
        media_id=st.just("1"),
        filename=st.none() | texts,
    ),
    template=st.none()
    | st.builds(
        Template,
        name=st.sampled_from(["complaint_update", "x" * 600]),
        language=st.sampled_from(["hi", "en"]),
        parameters=st.lists(texts, max_size=4).map(tuple),
    ),
)
senders = st.sampled_from(
    [Sender(phone="919876500001"), Sender(user_id="IN.1"), Sender(phone="919876500001", user_id="IN.1")]
)


@LOOK
@given(replies, senders, st.booleans())
def test_every_reply_becomes_a_body_that_whatsapp_takes(
    taken: Callable[[dict[str, Any]], None], reply: Reply, to: Sender, window_open: bool
) -> None:
    found = rendered(reply, to, "20261125.cea00978-2f0c-5ecf-8b3d-3da8f2a488b7", window_open=window_open)
    taken(found.body)
    taken(orjson.loads(orjson.dumps(found.body)))
