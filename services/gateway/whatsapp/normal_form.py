"""The normal form of a webhook body, one line each: what `python -m services.gateway parse` prints."""

from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson

from services.gateway.whatsapp.content import kind_of
from services.gateway.whatsapp.envelope import Item, opened
from services.gateway.whatsapp.people import moved
from services.gateway.whatsapp.wire import Json, number, part, parts, text, whole, word

MEDIA = {"image", "video", "audio", "document", "sticker"}
KEPT = "text"
"""The one key that stays with null where a message carries none."""


def run(lines: Iterable[bytes], out: BinaryIO) -> None:
    """Writes one line for each line read, at once, so that a program at the other end can go line by line."""
    for line in lines:
        out.write(orjson.dumps(normal_form(line), option=orjson.OPT_APPEND_NEWLINE))
        out.flush()


def normal_form(body: bytes) -> Json:
    """A body's disposition and events, as the contract's §3 has them. Never raises, whatever the bytes."""
    found = opened(body)
    return {"disposition": found.disposition, "events": [_event(item) for item in found.items]}


def _event(found: Item) -> Json:
    it = found.item
    match found.kind:
        case "message" if it.get("type") == "system":
            return _told("system", _system(it))
        case "message":
            return _told("message", _message(it))
        case "echo":
            return _told("echo", {**_message(it), "to": word(it.get("to")), "to_user_id": word(it.get("to_user_id"))})
        case "status":
            return _told("status", _status(it, found.field == "calls"))
        case "call":
            return _told("call", {"id": word(it.get("id")), "event": word(it.get("event"))})
        case "user_preference":
            return _told("user_preference", {key: word(it.get(key)) for key in ("wa_id", "category", "value")})
        case "user_id_update":
            ids = part(it, "user_id")
            return _told("user_id_update", {"old": word(ids.get("previous")), "new": word(ids.get("current"))})
        case "group":
            return _told("group", {"field": found.field, "type": word(it.get("type"))})
        case "error":
            return _told("error", {"code": _code(it)})
        case "account":
            return _told("account", {"field": found.field, "event": word(it.get("event"))})


def _told(kind: str, values: Json) -> Json:
    return {"kind": kind} | {key: value for key, value in values.items() if value is not None or key == KEPT}


def _message(it: Json) -> Json:
    kind = kind_of(it)
    of = part(it, kind or "")
    said = part(of, "message") if kind == "edit" else it
    context = part(it, "context")
    sub_type = text(of.get("type")) if kind == "interactive" else None
    media = part(said, kind_of(said) or "") if kind_of(said) in MEDIA else {}
    return {
        "id": word(it.get("id")),
        "type": text(it.get("type")),
        "from": word(it.get("from")),
        "from_user_id": word(it.get("from_user_id")),
        "ts": whole(it.get("timestamp")),
        "text": _said(said),
        "selection": _selection(kind, sub_type, of),
        "interactive": sub_type,
        "reply_to": word(context.get("id")),
        "forwarded": True if context.get("forwarded") is True or context.get("frequently_forwarded") is True else None,
        "media_id": word(media.get("id")),
        "mime_type": text(media.get("mime_type")),
        "filename": text(media.get("filename")),
        "lat": number(of.get("latitude")) if kind == "location" else None,
        "lng": number(of.get("longitude")) if kind == "location" else None,
        "n_contacts": _length(it.get("contacts")) if kind == "contacts" else None,
        "n_items": _length(of.get("product_items")) if kind == "order" else None,
        "target": word(of.get("message_id" if kind == "reaction" else "original_message_id")),
        "removed": True if kind == "reaction" and not text(of.get("emoji")) else None,
        "edited_type": text(said.get("type")) if kind == "edit" else None,
        "error_codes": _codes(it),
        "referral_source_id": word(part(it, "referral").get("source_id")),
        "group_id": word(it.get("group_id")),
    }


def _said(it: Json) -> str | None:
    """What the person said, whichever way."""
    kind = kind_of(it)
    of = part(it, kind or "")
    match kind:
        case "text":
            return text(of.get("body"))
        case "interactive":
            tap = part(of, text(of.get("type")) or "")
            return text(tap.get("title")) or text(tap.get("body"))
        case "button" | "order":
            return text(of.get("text"))
        case "reaction":
            return text(of.get("emoji"))
        case "location":
            return text(of.get("name")) or text(of.get("address"))
        case "contacts":
            name = part(next(iter(parts(it, "contacts")), {}), "name")
            return text(name.get("formatted_name")) or text(name.get("first_name"))
        case _ if kind in MEDIA:
            return text(of.get("caption"))
        case _:
            return None


def _selection(kind: str | None, sub_type: str | None, of: Json) -> Any:
    if kind == "button":
        return word(of.get("payload")) or text(of.get("text"))
    tap = part(of, sub_type or "")
    match sub_type:
        case "nfm_reply":
            return tap.get("response_json")
        case "call_permission_reply":
            return word(tap.get("response"))
        case _:
            return word(tap.get("id"))


def _system(it: Json) -> Json:
    change = moved(it)
    return {
        "id": word(it.get("id")),
        "ts": whole(it.get("timestamp")),
        "from": word(it.get("from")),
        "system_type": change.system_type,
        "new_wa_id": change.new_phone,
        "new_user_id": change.new_user_id,
        "text": text(part(it, "system").get("body")),
    }


def _status(it: Json, call: bool) -> Json:
    return {
        "id": word(it.get("id")),
        "status": word(it.get("status")),
        "ts": whole(it.get("timestamp")),
        "recipient": word(it.get("recipient_id")),
        "recipient_user_id": word(it.get("recipient_user_id")),
        "participant": word(it.get("recipient_participant_id")),
        "category": word(part(it, "pricing").get("category")),
        "callback": text(it.get("biz_opaque_callback_data")),
        "error_codes": _codes(it),
        "call": True if call else None,
    }


def _length(of: object) -> int | None:
    return len(of) if isinstance(of, list) else None


def _codes(it: Json) -> list[int] | None:
    return [code for error in parts(it, "errors") if (code := _code(error)) is not None] or None


def _code(error: Json) -> int | None:
    return whole(error.get("code"))
