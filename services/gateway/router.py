"""Router: from updates as received to messages for services. Dedupes, finds the chat, decides who hears it."""

from typing import Any

from libs.kit.batch import Batch, Record
from libs.schemas.messages import Message, Received, Sender
from libs.schemas.topics import INBOUND
from services.gateway import store
from services.gateway.domain import TOO_OLD, Chat, holder, route
from services.gateway.metrics import IGNORED, ROUTED
from services.gateway.whatsapp import sender_of, to_content


async def handle(batch: Batch) -> None:
    """Routes a batch: one query for all chats, pure decisions, one update."""
    heard: list[tuple[Record, Received, dict[str, Any], Sender]] = []
    for record in batch:
        received = record.event.data
        assert isinstance(received, Received)
        message = _message(received)
        sender = sender_of(received.value, message)
        if not sender.phone and not sender.user_id:
            IGNORED.labels(batch.discom, "nobody").inc()
        elif received.received_at - record.event.time > TOO_OLD:
            IGNORED.labels(batch.discom, "too_old").inc()
        else:
            heard.append((record, received, message, sender))
    if not heard:
        return
    chats = await store.chats_of(batch.connection, [sender for *_, sender in heard])
    changed: dict[str, Chat] = {}
    for record, _, message, sender in heard:
        content = to_content(message)
        if content is None:
            IGNORED.labels(batch.discom, "no_answer_due").inc()
            continue
        before = chats.of(sender)
        at = record.event.time
        chat = changed[before.chat_id] = chats.put(before.hears(at, sender.name))
        floor = holder(chat.context.floor, at)
        service = route(content, floor)
        batch.emit(
            record,
            INBOUND[service],
            "message.received",
            chat.chat_id,
            Message(
                discom=batch.discom,
                chat_id=chat.chat_id,
                turn=chat.turn,
                at=at,
                sender=sender,
                content=content,
                context=chat.context.model_copy(update={"floor": floor}),
                first_contact=before.turn == 0,
            ),
        )
        ROUTED.labels(batch.discom, service).inc()
    if changed:
        await store.heard(batch.connection, list(changed.values()))


def _message(received: Received) -> dict[str, Any]:
    messages = received.value.get("messages")
    return messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
