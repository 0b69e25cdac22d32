"""Further pages of a list of more than ten options: the tap asks the gateway, which still has the bubble."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from libs.kit.database import Connection
from libs.schemas.messages import Choice, Reply
from services.gateway import store
from services.gateway.domain import Chat
from services.gateway.whatsapp import to_content
from services.gateway.whatsapp.paging import More, more, rest

Pages = Mapping[str, tuple[str, Reply]]
"""By the id of the tap: whose bubble it was, and the bubble with the options that are left."""


async def asked_for(connection: Connection, messages: Iterable[Mapping[str, Any]]) -> Pages:
    """The pages that taps among these messages ask for; one query, and none where nobody asks."""
    taps: dict[str, More] = {}
    for message in messages:
        content = to_content(dict(message)) if message.get("type") == "interactive" else None
        if isinstance(content, Choice) and (asked := more(content.id)):
            taps[content.id] = asked
    keys = {tap: key for tap, asked in taps.items() if (key := store.parse_callback(asked.callback))}
    if not keys:
        return {}
    found = await store.pages(connection, list(keys.values()))
    return {tap: (found[key][0], rest(found[key][1], taps[tap].start)) for tap, key in keys.items() if key in found}


def page_for(chat: Chat, content: object, pages: Pages, at: datetime) -> Reply | None:
    """The page that this chat has asked for: only of a bubble of its own. It changes nothing in the context."""
    if not isinstance(content, Choice) or content.id not in pages:
        return None
    owner, reply = pages[content.id]
    if owner != chat.chat_id:
        return None
    return reply.model_copy(update={"chat_id": owner, "turn": chat.turn, "at": at, "context": None, "template": None})
