"""Replies into the bodies of Meta's requests."""

from dataclasses import dataclass

from libs.schemas.messages import Attachment, Link, Option, Reply, Sender, Template
from services.gateway.whatsapp import limits
from services.gateway.whatsapp.limits import Fit, units
from services.gateway.whatsapp.paging import page
from services.gateway.whatsapp.wire import Json

OPEN_LIST = "☰"
"""Label of a list whose writer gave none; the gateway knows no language."""
CAPTIONED = ("image", "video", "document")


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
    if reply.template and (not window_open or not reply.body):
        body |= _template(fit, reply.template)
    elif reply.options:
        body |= _options(fit, reply, callback)
    elif reply.link:
        body |= _link(fit, reply.body, reply.link)
    elif reply.ask_location:
        body |= _request(fit, reply.body, "location_request_message", "send_location")
    elif reply.ask_contact:
        body |= _request(fit, reply.body, "request_contact_info", "request_contact_info")
    elif reply.media:
        body |= _media(fit, reply.body, reply.media)
    else:
        body |= _text(fit, reply.body)
    return Rendered(body, tuple(fit.cut))


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


def _options(fit: Fit, reply: Reply, callback: str) -> Json:
    """Buttons where they hold it all, else a list. An address beside them stays readable as text."""
    body = _with_link(reply.body, reply.link) if reply.link else reply.body
    options = _distinct(fit, reply.options)
    if reply.list_button or len(options) > limits.BUTTONS:
        return _list(fit, body, reply.list_button or OPEN_LIST, page(options, callback))
    if len(body) > limits.BODY // 2 and units(body) > limits.BODY:
        fit.wrong("body", f"{units(body)} of {limits.BODY} UTF-16 units beside buttons")
        return _list(fit, body, OPEN_LIST, options)
    titles = _distinct_titles(fit, [fit.text("title", option.title, limits.BUTTON_TITLE) for option in options])
    buttons = [
        {"type": "reply", "reply": {"id": fit.id("id", option.id, limits.BUTTON_ID), "title": title}}
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
    row = {
        "id": fit.id("id", option.id, limits.ROW_ID),
        "title": fit.text("title", option.title, limits.ROW_TITLE),
    }
    if option.description:
        row["description"] = fit.text("description", option.description, limits.ROW_DESCRIPTION)
    return row


def _distinct(fit: Fit, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """WhatsApp refuses two options of one id, and options without one."""
    seen = {option.id[: limits.ROW_ID // 2]: option for option in reversed(options) if option.id}
    if len(seen) == len(options):
        return options
    kept = {option.id: option for option in reversed(options) if option.id}
    if len(kept) < len(options):
        fit.wrong("id", "empty, or twice in one bubble")
    return tuple(reversed(kept.values()))


def _distinct_titles(fit: Fit, titles: list[str]) -> list[str]:
    """WhatsApp refuses two buttons of one title; cutting may have made them equal."""
    if len(set(titles)) == len(titles):
        return titles
    fit.wrong("title", "twice among the buttons")
    return [f"{n} {limits.shortened(title, limits.BUTTON_TITLE - 3)}" for n, title in enumerate(titles, start=1)]


def _with_link(body: str, link: Link) -> str:
    return f"{body}\n\n{link.title}: {link.url}"


def _link(fit: Fit, body: str, link: Link) -> Json:
    """A button with the address; plain text where the body is too long for that or the address is none."""
    if not link.url.startswith(("https://", "http://")):
        fit.wrong("url", "neither http:// nor https://")
        return _text(fit, _with_link(body, link))
    if len(body) > limits.BODY // 2 and units(body) > limits.BODY:
        fit.wrong("body", f"{units(body)} of {limits.BODY} UTF-16 units beside a link")
        return _text(fit, _with_link(body, link))
    parameters = {"display_text": fit.text("link", link.title, limits.LINK_TITLE), "url": link.url}
    return _interactive("cta_url", fit.text("body", body, limits.BODY), {"name": "cta_url", "parameters": parameters})


def _media(fit: Fit, body: str, media: Attachment) -> Json:
    of: Json = {"id": media.media_id} if media.media_id else {"link": media.link}
    if not media.media_id and not (media.link or "").startswith(("https://", "http://")):
        raise ValueError("media with neither an id nor an http(s) link")
    if body and media.media in CAPTIONED:
        of["caption"] = fit.text("caption", body, limits.CAPTION)
    elif body:
        fit.wrong("caption", f"{media.media} has none")
    if media.filename and media.media == "document":
        of["filename"] = media.filename
    return {"type": media.media, media.media: of}


def _template(fit: Fit, template: Template) -> Json:
    of: Json = {
        "name": fit.id("template", template.name, limits.TEMPLATE_NAME),
        "language": {"code": template.language},
    }
    if template.parameters:
        room = limits.TEMPLATE_BODY
        if sum(map(units, template.parameters)) > room:
            room //= len(template.parameters)
        of["components"] = [
            {
                "type": "body",
                "parameters": [
                    # WhatsApp refuses line breaks, tabs and long gaps within a parameter
                    {"type": "text", "text": fit.text("parameter", " ".join(text.split()), room)}
                    for text in template.parameters
                ],
            }
        ]
    return {"type": "template", "template": of}
