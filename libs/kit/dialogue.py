"""From what a rule decided to events: texts filled in, replies and hand-overs emitted."""

from collections.abc import Sequence
from dataclasses import replace

from libs.kit.batch import Batch, Record
from libs.kit.consumer import Apology
from libs.kit.parking import APOLOGY
from libs.kit.texts import Texts
from libs.schemas.dialogue import Move, Offer, Pass, Phrase, Quiet, Say, hand_over, wish_offer
from libs.schemas.messages import ContextPatch, Language, Link, Message, Option, Reply, Service, Withheld
from libs.schemas.topics import INBOUND, REPLIES

MOST_BUTTONS, MOST_ROWS = 3, 10
"""What WhatsApp shows at once."""


def reply_of(texts: Texts, language: Language, service: Service, message: Message, say: Say) -> Reply:
    """The bubble for a decision; what else the same text wished for is offered with it."""
    if also := say.also or (message.handed.also if message.handed else ()):
        say = _with_wishes(say, also)
    return Reply(
        discom=message.discom,
        chat_id=message.chat_id,
        turn=message.turn,
        at=message.at,
        service=service,
        body=texts.say(say.key, language, **say.facts),
        options=tuple(_option(texts, language, offer) for offer in say.offers),
        list_button=texts.say(say.list_button, language) if say.list_button else None,
        link=Link(title=texts.say(say.link[0], language), url=say.link[1]) if say.link else None,
        ask_location=say.ask_location,
        ask_contact=say.ask_contact,
        urgent=say.urgent,
        context=_settled(say.patch, message, language),
    )


def _with_wishes(say: Say, intents: Sequence[str]) -> Say:
    """The bubble with these wishes named and offered; the ways on that it has itself come first in a list."""
    wishes = tuple(wish_offer(intent) for intent in intents)
    named = tuple(Phrase(wish.key) for wish in wishes)
    offers = (*say.offers, *wishes)[:MOST_ROWS] if say.list_button else (*wishes, *say.offers)[:MOST_BUTTONS]
    return replace(say, key="also", facts={"said": Phrase(say.key, say.facts), "wishes": named}, offers=offers)


def _settled(patch: ContextPatch, message: Message, language: Language) -> ContextPatch:
    """A patch, plus what only this bubble can tell the gateway.

    That is the language of the first answer that needed one, which a chat keeps until told otherwise, and the account
    that billing linked before it gave the errand back: a hand-over changes no context of the gateway's.
    """
    fields = {name: getattr(patch, name) for name in patch.model_fields_set}
    if message.context.language != language:
        fields.setdefault("language", language)
    if message.handed and message.handed.by == "billing" and message.handed.errand and message.context.account:
        fields.setdefault("account", message.context.account)
        fields.setdefault("area", message.context.area)
    return ContextPatch(**fields)


def _option(texts: Texts, language: Language, offer: Offer) -> Option:
    description = f"{offer.key}_more"
    return Option(
        id=offer.id,
        title=texts.say(offer.key, language, **offer.facts),
        description=texts.say(description, language, **offer.facts) if texts.has(description) else None,
    )


def carry_out(batch: Batch, record: Record, texts: Texts, language: Language, service: Service, move: Move) -> None:
    """Emits what follows from one decision about one message."""
    message = record.event.data
    assert isinstance(message, Message)
    match move:
        case Say():
            reply = reply_of(texts, language, service, message, move)
            batch.emit(record, REPLIES, "reply.requested", message.chat_id, reply)
        case Pass():
            to, handed = hand_over(service, message, move)
            batch.emit(record, INBOUND[to], "message.handed_over", message.chat_id, handed)
        case Quiet():
            withheld = Withheld(
                discom=message.discom, chat_id=message.chat_id, turn=message.turn, at=message.at, service=service
            )
            batch.emit(record, REPLIES, "reply.withheld", message.chat_id, withheld)


def apology(texts: Texts, service: Service) -> Apology:
    """Tells the consumer of a parked message in one sentence, with the way to the menu."""

    def apologise(batch: Batch, record: Record) -> None:
        message = record.event.data
        if isinstance(message, Message):
            record.followers = APOLOGY
            say = Say("sorry", offers=(Offer("menu:home", "to_menu"),))
            carry_out(batch, record, texts, message.context.language or "hi", service, say)

    return apologise
