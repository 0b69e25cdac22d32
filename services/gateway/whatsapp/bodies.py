"""Replies into the bodies of Meta's requests."""

import re
from dataclasses import dataclass

from libs.schemas.messages import Attachment, Link, Option, Reply, Sender, Template
from services.gateway.whatsapp import limits
from services.gateway.whatsapp.limits import Fit, units
from services.gateway.whatsapp.paging import OPEN_LIST, page
from services.gateway.whatsapp.wire import Json, clean

CAPTIONED = ("image", "video", "document")
_TEMPLATE_NAME = re.compile("[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body as WhatsApp takes it, and the parts that had to be cut for that."""

    body: Json
    cut: tuple[str, ...] = ()


def render(reply: Reply, to: Sender, callback: str, *, strict: bool = False, window_open: bool = True) -> Json:
    """The body alone; see `rendered`."""
    return rendered(reply, to, callback, strict=strict, window_open=window_open).body


def rendered(reply: Reply, to: Sender, callback: str, *, strict: bool = False, window_open: bool = True) -> Rendered:
    """The body of the request that sends this bubble to this person.

    What WhatsApp would refuse is an error when strict, else it is cut and named in `cut`. Raises ValueError where
    nothing can be sent: a person without an identity, media without a source, a callback above 512 characters.
    """
    fit = Fit(strict)
    body: Json = {"messaging_product": "whatsapp", "recipient_type": "individual", **_recipient(to)}
    if callback:
        if units(callback) > limits.CALLBACK:
            raise ValueError("the callback is longer than WhatsApp carries")
        body["biz_opaque_callback_data"] = callback
    text = clean(reply.body)
    if reply.template and (not window_open or not text):
        body |= _template(fit, reply.template)
    elif reply.options:
        body |= _options(fit, reply, text, callback)
    elif reply.link:
        body |= _link(fit, text, reply.link)
    elif reply.ask_location:
        body |= _request(fit, text, "location_request_message", "send_location")
    elif reply.ask_contact:
        body |= _request(fit, text, "request_contact_info", "request_contact_info")
    elif reply.media:
        body |= _media(fit, text, reply.media)
    else:
        body |= _text(fit, text)
    return Rendered(body, tuple(fit.cut))


def receipt(wamid: str) -> Json:
    """The body of the request that shows a message as read, with `typing…` below it for up to 25 s."""
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": wamid,
        "typing_indicator": {"type": "text"},
    }


def _recipient(to: Sender) -> Json:
    """Both identities where both are known: WhatsApp takes the phone then."""
    found = {}
    if to.phone:
        found["to"] = f"+{to.phone.removeprefix('+')}"
    if to.user_id:
        found["recipient"] = to.user_id
    if not found:
        raise ValueError("nobody to send to: neither phone nor user id")
    return found


def _text(fit: Fit, body: str) -> Json:
    return {"type": "text", "text": {"body": fit.text("body", body, limits.TEXT)}}


def _interactive(type: str, text: str, action: Json) -> Json:
    return {"type": "interactive", "interactive": {"type": type, "body": {"text": text}, "action": action}}


def _request(fit: Fit, body: str, type: str, action: str) -> Json:
    return _interactive(type, fit.text("body", body, limits.BODY), {"name": action})


def _options(fit: Fit, reply: Reply, body: str, callback: str) -> Json:
    """Buttons where they hold it all, else a list. An address beside them stays readable as text."""
    if reply.link:
        body = _with_link(body, reply.link)
    options = _distinct(fit, reply.options)
    if not options:
        return _text(fit, body)
    if reply.list_button or len(options) > limits.BUTTONS:
        return _list(fit, body, reply.list_button or OPEN_LIST, page(options, callback))
    if _too_long(fit, body, "buttons"):
        return _list(fit, body, OPEN_LIST, options)
    titles = _distinct_titles(fit, [fit.text("title", option.title, limits.BUTTON_TITLE) for option in options])
    buttons = [
        {"type": "reply", "reply": {"id": option.id, "title": title}}
        for option, title in zip(options, titles, strict=True)
    ]
    return _interactive("button", fit.text("body", body, limits.BODY), {"buttons": buttons})


def _list(fit: Fit, body: str, button: str, options: tuple[Option, ...]) -> Json:
    action = {
        "button": fit.text("list_button", button, limits.LIST_BUTTON),
        "sections": [{"rows": [_row(fit, option) for option in options]}],
    }
    return _interactive("list", fit.text("body", body, limits.TEXT), action)


def _row(fit: Fit, option: Option) -> Json:
    row = {"id": option.id, "title": fit.text("title", option.title, limits.ROW_TITLE)}
    if option.description:
        row["description"] = fit.text("description", option.description, limits.ROW_DESCRIPTION)
    return row


def _distinct(fit: Fit, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """WhatsApp refuses empty ids and two options of one id. Any bubble may become a list, so a list's limit counts."""
    kept: dict[str, Option] = {}
    for option in options:
        if id := fit.id("id", option.id, limits.ROW_ID):
            kept.setdefault(id, option if id == option.id else option.model_copy(update={"id": id}))
    if len(kept) < len(options):
        fit.wrong("id", "empty, or twice in one bubble")
    return tuple(kept.values())


def _distinct_titles(fit: Fit, titles: list[str]) -> list[str]:
    """WhatsApp refuses two buttons of one title; cutting may have made them equal."""
    if len(set(titles)) == len(titles):
        return titles
    fit.wrong("title", "twice among the buttons")
    room = limits.BUTTON_TITLE - len("1 ")
    return [
        f"{n} {title if units(title) <= room else limits.shortened(title, room)}"
        for n, title in enumerate(titles, start=1)
    ]


def _too_long(fit: Fit, body: str, beside: str) -> bool:
    """Whether a body is longer than it may be beside buttons or a link; a list or a text holds four times as much."""
    if units(body) <= limits.BODY:
        return False
    fit.wrong("body", f"{units(body)} of {limits.BODY} UTF-16 units beside {beside}")
    return True


def _with_link(body: str, link: Link) -> str:
    return clean(f"{body}\n\n{link.title}: {link.url}")


def _link(fit: Fit, body: str, link: Link) -> Json:
    """A button with the address; plain text where the body is too long for that or the address is none."""
    if not link.url.startswith(("https://", "http://")):
        fit.wrong("url", "neither http:// nor https://")
        return _text(fit, _with_link(body, link))
    if _too_long(fit, body, "a link"):
        return _text(fit, _with_link(body, link))
    parameters = {"display_text": fit.text("link", link.title, limits.LINK_TITLE), "url": clean(link.url)}
    return _interactive("cta_url", fit.text("body", body, limits.BODY), {"name": "cta_url", "parameters": parameters})


def _media(fit: Fit, body: str, media: Attachment) -> Json:
    if not media.media_id and not (media.link or "").startswith(("https://", "http://")):
        raise ValueError("media with neither an id nor an http(s) link")
    of = {"id": clean(media.media_id)} if media.media_id else {"link": clean(media.link or "")}
    if body and media.media in CAPTIONED:
        of["caption"] = fit.text("caption", body, limits.CAPTION)
    elif body:
        fit.wrong("caption", f"{media.media} has none")
    if media.filename and media.media == "document":
        of["filename"] = clean(media.filename)
    return {"type": media.media, media.media: of}


def _template(fit: Fit, template: Template) -> Json:
    """WhatsApp refuses line breaks, tabs and long gaps within a parameter."""
    if not _TEMPLATE_NAME.fullmatch(template.name):
        fit.wrong("template", "a name of other than small letters, digits and underscores")
    of: Json = {
        "name": fit.id("template", template.name, limits.TEMPLATE_NAME),
        "language": {"code": template.language},
    }
    if texts := [clean(" ".join(text.split())) for text in template.parameters]:
        room = limits.TEMPLATE_BODY
        if sum(map(units, texts)) > room:
            room //= len(texts)
        parameters = [{"type": "text", "text": fit.text("parameter", text, room)} for text in texts]
        of["components"] = [{"type": "body", "parameters": parameters}]
    return {"type": "template", "template": of}
