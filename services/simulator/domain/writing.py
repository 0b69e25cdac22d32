"""What a person can write, as the phones API takes it, and Meta's message object that comes of it."""

from collections.abc import Mapping
from typing import Any

from services.simulator.domain.phones import Bubble

Content = dict[str, Any]

MIME_TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/ogg; codecs=opus",
    "document": "application/pdf",
    "sticker": "image/webp",
}
ALLOWED = {
    "image": ("caption",),
    "video": ("caption",),
    "audio": ("voice",),
    "document": ("caption", "filename"),
    "sticker": ("animated",),
}
OTHERS = ("contacts", "order", "unsupported", "request_welcome")
"""Kinds whose content is passed on as given."""
TYPES = ("text", *MIME_TYPES, "location", "reaction", "edit", "revoke", *OTHERS)
LONGEST_TEXT = 65_536


class CannotWrite(ValueError):
    """What a phone would not let its owner send; the text says what is allowed."""


def given(request: Mapping[str, Any]) -> tuple[str, Any]:
    """Type and content of a request, whose content may lie under the type's name, as at Meta, or beside it."""
    type = request.get("type", "text")
    if type not in TYPES:
        raise CannotWrite(f"type must be one of {', '.join(TYPES)}; buttons and list rows are tapped with 'tap'")
    content = request.get(type)
    return type, content if isinstance(content, dict | list) else dict(request)


def text(content: Mapping[str, Any]) -> Content:
    """Typed words."""
    words = content.get("text", content.get("body"))
    if not isinstance(words, str) or len(words) > LONGEST_TEXT:
        raise CannotWrite(f"'text' must be a string of at most {LONGEST_TEXT} characters")
    return {"type": "text", "text": {"body": words}}


def location(content: Mapping[str, Any]) -> Content:
    """A point on the map."""
    point: Content = {}
    for key, limit in (("latitude", 90), ("longitude", 180)):
        value = content.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
            raise CannotWrite(f"'{key}' must be a number between {-limit} and {limit}")
        point[key] = value
    point |= {key: content[key] for key in ("name", "address", "url") if isinstance(content.get(key), str)}
    return {"type": "location", "location": point}


def media(type: str, content: Mapping[str, Any], id: str, mime_type: str, sha256: str) -> Content:
    """A photo, voice note, video, document or sticker that is kept under `id`."""
    own = {key: content[key] for key in ALLOWED[type] if content.get(key) is not None}
    if type == "audio":
        own.setdefault("voice", True)
    elif type == "sticker":
        own.setdefault("animated", False)
    return {"type": type, type: {"id": id, "mime_type": mime_type, "sha256": sha256} | own}


def about(type: str, content: Mapping[str, Any]) -> Content:
    """A reaction to a message, or the change or withdrawal of one."""
    target = content.get("message_id", content.get("message"))
    if not isinstance(target, str):
        raise CannotWrite("'message_id' must name a message")
    match type:
        case "reaction":
            emoji = content.get("emoji", "")
            return {"type": type, type: {"message_id": target} | ({"emoji": emoji} if emoji else {})}
        case "edit":
            return {"type": type, type: {"original_message_id": target, "message": text(content)}}
    return {"type": type, type: {"original_message_id": target}}


def passed_on(type: str, content: Any) -> Content:
    """A kind of message that is taken as Meta words it."""
    match type:
        case "request_welcome":
            return {"type": type}
        case "contacts" if not isinstance(content, list) or not content:
            raise CannotWrite("'contacts' must be a list of contact cards")
        case "unsupported":
            error = {"code": 131051, "title": "Message type unknown", "message": "Message type unknown"}
            return {
                "type": type,
                "errors": [error | {"error_data": {"details": "Message type is currently not supported."}}],
            }
        case "order" if not isinstance(content, dict) or "product_items" not in content:
            raise CannotWrite("'order' must hold 'product_items'")
    return {"type": type, type: content}


def tap(offer: Bubble, choice: Mapping[str, str]) -> Content:
    """A tap on what `offer` showed: as Meta reports it for buttons, list rows and template buttons."""
    id, title = choice["id"], choice["title"]
    if offer.type == "template":
        return {"type": "button", "button": {"payload": id, "text": title}}
    interactive = offer.payload["interactive"]
    if interactive["type"] == "button":
        return {
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": {"id": id, "title": title}},
        }
    rows = [row for section in interactive["action"]["sections"] for row in section["rows"]]
    row = next(row for row in rows if row["id"] == id)
    reply = {key: row[key] for key in ("id", "title", "description") if key in row}
    return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": reply}}


def words(content: Content) -> str:
    """What the person reads in the own bubble."""
    type = content["type"]
    inner = content.get(type, {})
    match type:
        case "text":
            return str(inner["body"])
        case "interactive":
            return str(inner[inner["type"]]["title"])
        case "button":
            return str(inner["text"])
        case "location":
            return ", ".join(inner[key] for key in ("name", "address") if key in inner)
        case "reaction":
            return str(inner.get("emoji", ""))
        case "edit":
            return str(inner["message"]["text"]["body"])
        case "contacts":
            return ", ".join(str(card.get("name", {}).get("formatted_name", "")) for card in inner)
    return str(inner.get("caption", "")) if isinstance(inner, dict) else ""
