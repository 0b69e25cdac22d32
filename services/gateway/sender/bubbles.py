"""A bubble as WhatsApp takes it; what had to be cut for that is counted."""

from typing import Any

from libs.kit.logs import log
from services.gateway.metrics import CUT
from services.gateway.sender.window import AsTemplate, Free
from services.gateway.store import Send
from services.gateway.whatsapp import Failure, rendered


def body_of(send: Send, form: Free | AsTemplate) -> dict[str, Any] | Failure:
    """The request's body, or the failure to make one: then our own side is to be put right."""
    try:
        bubble = rendered(form.reply, send.to, send.callback, window_open=isinstance(form, Free))
    except ValueError as error:
        log.error("send.cannot_be_rendered", reply_id=str(send.reply_id), error=type(error).__name__)
        return Failure(action="fix", code=None, retry_after=None)
    for part in bubble.cut:
        CUT.labels(send.reply.discom, part).inc()
    return bubble.body
