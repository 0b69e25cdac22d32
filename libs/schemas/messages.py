"""What people say and what they are told, free of WhatsApp's wording.

Every model is frozen. Readers ignore fields they do not know, so a newer writer never stops an older reader.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

Language = Literal["hi", "en"]
Area = Literal["urban", "rural"]
Service = Literal["menu", "billing", "complaints"]

MAX_HOPS = 4
"""How often one message may be handed on between services before menu answers it."""


class Frozen(BaseModel):
    """Base of everything that travels: immutable, tolerant of fields from the future."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Sender(Frozen):
    """Who wrote. Both identities are optional: a person may hide the number, an older client has no user id."""

    phone: str | None = None
    """International form without plus: `919876543210`."""
    user_id: str | None = None
    """WhatsApp's business-scoped user id: `IN.2081978709342942`."""
    name: str | None = None
    """Profile name, as the person chose it."""


class Text(Frozen):
    """Typed words, up to 4,096 characters."""

    kind: Literal["text"] = "text"
    body: str


class Choice(Frozen):
    """A tapped button, list row or template button. The id starts with the owner's name: `billing:bill`."""

    kind: Literal["choice"] = "choice"
    id: str
    title: str = ""


class Location(Frozen):
    """A point on the map, in degrees WGS 84."""

    kind: Literal["location"] = "location"
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class Media(Frozen):
    """A photo, voice note, video, document or sticker; only the reference, which lives 7 days at WhatsApp."""

    kind: Literal["media"] = "media"
    media: Literal["image", "video", "audio", "document", "sticker"]
    media_id: str
    mime_type: str | None = None
    caption: str | None = None


class Other(Frozen):
    """Anything else a person may send (contacts, reaction, order, unsupported …); `what` is WhatsApp's word for it."""

    kind: Literal["other"] = "other"
    what: str


Content = Annotated[Text | Choice | Location | Media | Other, Field(discriminator="kind")]


class Account(Frozen):
    """Summary of the account linked to a chat; billing holds the truth."""

    account_id: str
    name: str
    """Masked, fit to be shown to anybody: `र••• क•••`."""
    area: Area
    meter: Literal["prepaid", "postpaid", "plain"]
    """`plain` is a meter that is not smart."""


class Floor(Frozen):
    """Which service asked the last question, since when, until when (both WhatsApp's clock, UTC)."""

    service: Service
    since: AwareDatetime
    until: AwareDatetime


class Context(Frozen):
    """What the gateway remembers of a chat and gives along with every message."""

    language: Language | None = None
    account: Account | None = None
    area: Area | None = None
    floor: Floor | None = None
    stopped: bool = False
    """The person wants no notices."""


class ContextPatch(Frozen):
    """A change of the context: only fields that were set count, `None` clears; only those are written."""

    language: Language | None = None
    account: Account | None = None
    area: Area | None = None
    floor: Floor | None = None
    stopped: bool | None = None

    @model_serializer(mode="wrap")
    def _set_fields_only(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialise(self).items() if name in self.model_fields_set}

    def applied_to(self, context: Context) -> Context:
        """The context as it will be once this patch has been taken in."""
        return context.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class HandOver(Frozen):
    """What one service understood of a message that another one shall answer."""

    by: Service
    hops: int
    intent: str
    """As `libs.language.understand` names it (`bill`, `track`, …), or `link`: link the account, then do `errand`."""
    account_id: str | None = None
    complaint_number: str | None = None
    danger: bool = False
    also: tuple[str, ...] = ()
    """Further wishes of the same text, as intents; they are offered beside the answer."""
    errand: str | None = None
    """The errand to return to afterwards, written as the id of the tap that starts it: `complaints:new:supply`."""


class Message(Frozen):
    """`message.received` and `message.handed_over`: something a consumer said, with what is known of the chat."""

    discom: str
    chat_id: str
    turn: int
    """Counts the messages of a chat, from 1. What follows from a message carries its turn."""
    at: AwareDatetime
    """WhatsApp's time of the message."""
    sender: Sender
    """Who wrote, as WhatsApp showed it with this message."""
    content: Content
    """What was said."""
    context: Context = Context()
    """What the gateway knew of the chat then."""
    first_contact: bool = False
    """Whether the chat had never said anything before."""
    handed: HandOver | None = None
    """Set where another service has heard the message first."""


class Merge(Frozen):
    """`chat.merged`: two chats turned out to be one person; the older one is an alias from now on."""

    discom: str
    old_chat_id: str
    """The alias from now on."""
    new_chat_id: str
    """The chat that goes on."""
    at: AwareDatetime


class Option(Frozen):
    """One thing to choose. `title` ≤ 24 characters in a list, ≤ 20 on a button; `description` ≤ 72, lists only."""

    id: str
    title: str
    description: str | None = None


class Link(Frozen):
    """One http(s) address behind a button, `title` ≤ 20 characters."""

    title: str
    url: str


class Template(Frozen):
    """An approved message template, for notices outside the 24-hour window."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


class Attachment(Frozen):
    """A file that goes out, by WhatsApp's media id or else by an http(s) link."""

    media: Literal["image", "video", "audio", "document", "sticker"]
    """What it is."""
    media_id: str | None = None
    """WhatsApp's id of an uploaded file; goes before the link."""
    link: str | None = None
    """Where WhatsApp fetches it; kept there for 10 minutes."""
    filename: str | None = None
    """The name a document is shown under."""


class Reply(Frozen):
    """`reply.requested`: one bubble for a chat.

    The shape follows from what is filled, the first of: `options` (up to 3 become buttons, up to 10 a list, more a
    list with pages), `link`, `ask_location`, `ask_contact`, `media`, else plain text; `template` takes their place
    where WhatsApp allows nothing else. `body` is what the person reads, with *bold* as WhatsApp writes it.
    """

    discom: str
    chat_id: str
    turn: int
    at: AwareDatetime
    """WhatsApp's time of the message this follows from; of the event itself for a notice."""
    service: Service
    """Who speaks: the owner of the question, if there is one."""
    body: str
    """What the person reads."""
    options: tuple[Option, ...] = ()
    """What can be tapped, in order."""
    list_button: str | None = None
    """Label of the button that opens the list, ≤ 20 characters; asks for a list whatever the number of options."""
    link: Link | None = None
    """An address behind a button."""
    ask_location: bool = False
    """Asks for a point on the map."""
    ask_contact: bool = False
    """Asks for the person's own phone number, where WhatsApp hides it."""
    media: Attachment | None = None
    """A file to show; `body` becomes its caption, which voice notes and stickers do not have."""
    template: Template | None = None
    """The approved template to send where free text is not allowed."""
    context: ContextPatch | None = None
    """What changes in the chat's context with this bubble."""
    bulk: bool = False
    """One of many alike that nobody waits for: sent after everything else."""
    urgent: bool = False
    """Somebody may get hurt: sent before everything else."""


class Typing(Frozen):
    """`typing.requested`: the answer takes a moment. The person's message is shown as read, with `typing…` below it,
    until the next bubble or for 25 s.
    """

    discom: str
    chat_id: str
    turn: int
    at: AwareDatetime
    """WhatsApp's time of the message that is being answered."""
    service: Service
    """Who is busy with it."""


class Withheld(Frozen):
    """`reply.withheld`: no answer, on purpose: another machine wrote the message, or the same was said a moment ago."""

    discom: str
    chat_id: str
    turn: int
    at: AwareDatetime
    """WhatsApp's time of the message."""
    service: Service
    """Who heard it."""


class Received(Frozen):
    """One update of a webhook POST as WhatsApp sent it, with the part of the envelope it needs."""

    discom: str
    phone_number_id: str
    """WhatsApp's id of our number."""
    field: str
    """WhatsApp's word for the kind of change: `messages`, `account_update`, …"""
    value: dict[str, object]
    """The `value` of the change, holding this one update only."""
    received_at: AwareDatetime
    """When the webhook took it, by our clock."""


class Unparsed(Frozen):
    """`update.unparsed`: what could not be split, or is for a number that is not ours: kept for people."""

    reason: str
    """Why, in our words."""
    body: str
    """As received, or a piece of it where it is longer than a record."""
    received_at: AwareDatetime
    """When the webhook took it, by our clock."""
