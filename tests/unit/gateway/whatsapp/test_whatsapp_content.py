"""What is said in odd shapes. The plain ones are samples."""

from typing import Any

import pytest

from libs.schemas.messages import Choice, Media, Other, Text
from services.gateway.whatsapp import to_content


def test_a_text_longer_than_whatsapp_promises_is_cut() -> None:
    assert to_content({"type": "text", "text": {"body": "ब" * 70_000}}) == Text(body="ब" * 4096)


def test_nul_characters_go_and_the_rest_stays() -> None:
    assert to_content({"type": "text", "text": {"body": "बि\0ल"}}) == Text(body="बिल")
    tap = {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "a\0:b", "title": ""}}}
    assert to_content(tap) == Choice(id="a:b", title="")


@pytest.mark.parametrize(
    ("message", "content"),
    [
        ({}, None),
        ({"id": "wamid.1"}, Other(what="unknown")),
        ({"type": None}, Other(what="unknown")),
        ({"type": 7}, Other(what="unknown")),
        ({"type": "text"}, Text(body="")),
        ({"text": {"body": "x"}}, Text(body="x")),
        ({"type": "interactive"}, Other(what="interactive")),
        ({"type": "interactive", "interactive": []}, Other(what="interactive")),
        ({"type": "interactive", "interactive": {"type": "button_reply"}}, Other(what="button_reply")),
        ({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"title": "B"}}}, Text(body="B")),
        ({"interactive": {"list_reply": {"id": "a:b", "title": "B"}}}, Choice(id="a:b", title="B")),
        ({"type": "button"}, Other(what="button")),
        ({"type": "button", "button": {"payload": "a:b"}}, Choice(id="a:b", title="")),
        ({"type": "image", "image": {"id": "1", "mime_type": 5}}, Media(media="image", media_id="1")),
        ({"type": "location", "location": {"latitude": True, "longitude": 1}}, Other(what="location")),
        ({"type": "location", "location": {"latitude": "nan", "longitude": "inf"}}, Other(what="location")),
        ({"type": "x" * 5000}, Other(what="x" * 100)),
        ({"type": "\0"}, Other(what="unknown")),
    ],
)  # fmt: skip
def test_an_odd_shape_is_something_too(message: dict[str, Any], content: object) -> None:
    assert to_content(message) == content
