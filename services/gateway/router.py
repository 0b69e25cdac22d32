"""Router: from updates as received to messages for services. Dedupes, finds the chat, decides who hears it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from libs.kit.batch import Batch, Record
from libs.schemas.messages import Merge, Message, Received, Sender
from libs.schemas.topics import INBOUND, REPLIES
from services.gateway import store
from services.gateway.domain import EPOCH, TOO_OLD, Chat, holder, route
from services.gateway.identity import People
from services.gateway.metrics import IGNORED, routed_counter
from services.gateway.pages import Pages, asked_for, page_for
from services.gateway.whatsapp import Change, change_of, identity_of, sender_of, to_content, wamid_of, withdrawn_by

SKEW = timedelta(minutes=1)
"""WhatsApp's clock may be so far ahead of ours."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One update, and whom it is from."""

    record: Record
    at: datetime
    message: dict[str, Any]
    sender: Sender
    identity: str | None
    change: Change | None


async def handle(batch: Batch) -> None:
    """Routes a batch: one query for all chats, pure decisions, one update."""
    heard = [found for record in batch if (found := _heard(batch.discom, record))]
    if not heard:
        return
    known = [sender for one in heard for sender in _identities(one)]
    people = await store.chats_of(batch.connection, known)
    newcomers = _meet(people, heard)
    await store.identify(batch.connection, people)
    if newcomers:
        for added in await store.add(batch.connection, newcomers):
            people.put(added)
    _tell_of_joined(batch, people, heard)
    pages = await asked_for(batch.connection, [one.message for one in heard])
    changed: dict[str, Chat] = {}
    for one in _as_meant(batch.discom, heard):
        if one.change:
            await _note(batch, people, one.change)
        elif chat := _route(batch, people, one, pages):
            changed[chat.chat_id] = chat
    if changed:
        await store.heard(batch.connection, [changed[id] for id in sorted(changed)], len(heard))


def _heard(discom: str, record: Record) -> Heard | None:
    received = record.event.data
    assert isinstance(received, Received)
    at = _when(record.event.time, received.received_at)
    if received.received_at - at > TOO_OLD:
        IGNORED.labels(discom, "too_old").inc()
        return None
    message = _message(received)
    change = change_of(received.value)
    sender = change.who if change else sender_of(received.value, message)
    if not sender.phone and not sender.user_id:
        IGNORED.labels(discom, "nobody").inc()
        return None
    return Heard(record, at, message, sender, identity_of(received.value, message), change)


def _when(at: datetime, received_at: datetime) -> datetime:
    """When it was said: our own time where WhatsApp names none, or one that has not come yet."""
    return at if EPOCH < at <= received_at + SKEW else received_at


def _identities(one: Heard) -> tuple[Sender, ...]:
    return (one.sender, one.change.to) if one.change else (one.sender,)


def _meet(people: People, heard: list[Heard]) -> dict[Sender, str | None]:
    """Takes in what each update shows of who is who; the people who have no chat yet, with their identity."""
    new: dict[Sender, str | None] = {}
    for one in heard:
        change = one.change
        if change is None:
            if people.meets(one.sender, one.identity) is None:
                new[one.sender] = one.identity
        elif change.identity and (chat := people.find(change.who)):
            people.leaves(chat)
        elif change.to.phone or change.to.user_id:
            people.moves(change.who, change.to)
    if people.left:  # whoever wrote before the same batch took the number away is a stranger, too
        new |= {one.sender: one.identity for one in heard if not one.change and not people.knows(one.sender)}
    return new


def _tell_of_joined(batch: Batch, people: People, heard: list[Heard]) -> None:
    """Every service hears it before what the person says next."""
    for pair in people.joined:
        cause = next((one for one in heard if people.find(one.sender) == people.put(pair.new)), heard[0])
        at = cause.record.event.time
        merge = Merge(discom=batch.discom, old_chat_id=pair.old.chat_id, new_chat_id=pair.new.chat_id, at=at)
        for topic in INBOUND.values():
            batch.emit(cause.record, topic, "chat.merged", pair.new.chat_id, merge)


def _as_meant(discom: str, heard: list[Heard]) -> list[Heard]:
    """Without what the same batch takes back, and with what replaces it: nobody acted upon it yet."""
    withdrawn = {found[0]: found[1] for one in heard if (found := withdrawn_by(one.message))}
    if not withdrawn:
        return heard
    meant = []
    for one in heard:
        if (id := wamid_of(one.message)) is None or id not in withdrawn:
            meant.append(one)
        elif instead := withdrawn[id]:
            meant.append(replace(one, message=one.message | instead))
        else:
            IGNORED.labels(discom, "withdrawn").inc()
    return meant


async def _note(batch: Batch, people: People, change: Change) -> None:
    IGNORED.labels(batch.discom, "no_answer_due").inc()
    if change.stopped is not None and (chat := people.find(change.who)):
        await store.stop_notices(batch.connection, chat, change.stopped)


def _route(batch: Batch, people: People, one: Heard, pages: Pages) -> Chat | None:
    """Gives one message to the service that is to hear it; the chat after it."""
    content = to_content(one.message)
    if content is None:
        IGNORED.labels(batch.discom, "no_answer_due").inc()
        return None
    before, at = people.of(one.sender), one.at
    chat = people.put(before.hears(at, one.sender.name, wamid_of(one.message)))
    if page := page_for(chat, content, pages, at):
        batch.emit(one.record, REPLIES, "reply.requested", chat.chat_id, page)
        routed_counter(batch.discom, "gateway").inc()
        return chat
    floor = holder(chat.context.floor, at)
    service = route(content, floor)
    message = Message(
        discom=batch.discom,
        chat_id=chat.chat_id,
        turn=chat.turn,
        at=at,
        sender=one.sender,
        content=content,
        context=chat.context.model_copy(update={"floor": floor}),
        first_contact=before.turn == 0,
    )
    batch.emit(one.record, INBOUND[service], "message.received", chat.chat_id, message)
    routed_counter(batch.discom, service).inc()
    return chat


def _message(received: Received) -> dict[str, Any]:
    messages = received.value.get("messages")
    return messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else {}
