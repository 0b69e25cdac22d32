"""What a person said, from Meta's message types into ours."""

from collections.abc import Callable
from typing import Literal, get_args

from libs.schemas.messages import Choice, Content, Location, Media, Other, Text
from services.gateway.whatsapp.wire import Json, number, part, text

MAX_TEXT = 4096
MAX_ID = 512
NO_ANSWER = {"reaction", "system", "edit", "revoke", "request_welcome"}
"""Updates of what was said before, and an opened chat in which nothing was said."""
MediaKind = Literal["image", "video", "audio", "document", "sticker"]


def kind_of(message: Json) -> str | None:
    """Meta's word for the type; where it is missing (permission replies), the content that is there."""
    if found := text(message.get("type")):
        return found
    return next((kind for kind in READERS if isinstance(message.get(kind), dict)), None)


def to_content(message: Json) -> Content | None:
    """What was said, or None where no answer is due. Never raises; whatever is not understood is `Other`."""
    kind = kind_of(message)
    if kind in NO_ANSWER or not message or text(message.get("group_id")):
        return None
    if kind is None:
        return Other(what="unknown")
    if reader := READERS.get(kind):
        return reader(kind, part(message, kind))
    return Other(what=kind[:100])


def _text(_: str, of: Json) -> Content:
    return Text(body=(text(of.get("body")) or "")[:MAX_TEXT])


def _button(kind: str, of: Json) -> Content:
    """A tap on a template. Where the template gave no payload of its own, WhatsApp repeats the button's text."""
    title, payload = text(of.get("text")), text(of.get("payload"))
    if payload and payload != title:
        return Choice(id=payload, title=title or "")
    return Text(body=title) if title else Other(what=kind)


def _interactive(kind: str, of: Json) -> Content | None:
    sub_type = text(of.get("type")) or next((key for key in ("button_reply", "list_reply") if key in of), kind)
    if sub_type == "call_permission_reply":
        return None
    tap = part(of, sub_type)
    id, title = text(tap.get("id")), text(tap.get("title"))
    if sub_type in ("button_reply", "list_reply") and (id or title):
        return Choice(id=id, title=title or "") if id else Text(body=title or "")
    return Other(what=sub_type[:100])


def _location(kind: str, of: Json) -> Content:
    latitude, longitude = number(of.get("latitude")), number(of.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return Other(what=kind)
    return Location(latitude=latitude, longitude=longitude, name=text(of.get("name")), address=text(of.get("address")))


def _media(kind: MediaKind) -> Callable[[str, Json], Content]:
    def read(_: str, of: Json) -> Content:
        if not (media_id := text(of.get("id"))):
            return Other(what=kind)
        caption = text(of.get("caption"))
        return Media(
            media=kind,
            media_id=media_id,
            mime_type=text(of.get("mime_type")),
            caption=caption[:MAX_TEXT] if caption else None,
        )

    return read


READERS: dict[str, Callable[[str, Json], Content | None]] = {
    "text": _text,
    "button": _button,
    "interactive": _interactive,
    "location": _location,
    **{kind: _media(kind) for kind in get_args(MediaKind)},
}


def withdrawn_by(message: Json) -> tuple[str, Json | None] | None:
    """The message that an update takes back, and what stands in its place; None for what is no such update."""
    kind = kind_of(message)
    if kind not in ("edit", "revoke"):
        return None
    of = part(message, kind)
    original = text(of.get("original_message_id"))
    return (original, part(of, "message") or None if kind == "edit" else None) if original else None


def wamid_of(message: Json) -> str | None:
    """WhatsApp's id of a message, or of what a status is about, fit to be kept and named again; else None."""
    id = text(message.get("id"))
    return id if id and len(id) <= MAX_ID else None
