"""What complaints knows of one chat, what it heard now, and what it does about that."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.language import language_of
from libs.schemas.dialogue import FLOOR, NOTICE_FLOOR, Move
from libs.schemas.discom import Discom
from libs.schemas.events import Category
from libs.schemas.messages import Account, Area, Language, Media, Message, Text
from services.complaints.domain.complaint import BEING_WORKED_ON, Change, Complaint

LONGEST = 1000
"""Characters of what a consumer may write about a complaint at once; more is asked for again, shorter."""
MOST_PHOTOS = 5


class Step(StrEnum):
    """What complaints asked last."""

    CATEGORY = "category"
    WHERE = "where"
    CONFIRM = "confirm"
    CHANGE = "change"
    EXISTS = "exists"
    TRACK = "track"
    ADD = "add"
    AREA = "area"
    PHONE = "phone"
    SHOWN = "shown"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Draft:
    """A complaint that is being told and not yet confirmed."""

    key: UUID
    category: Category | None = None
    subtype: str | None = None
    area: Area | None = None
    account_id: str | None = None
    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    description: str = ""
    photos: tuple[str, ...] = ()
    another: bool = False
    """The consumer knows of the open complaint and wants one more."""
    account_asked: bool = False
    """Billing was asked for this account and has answered or will not."""
    shown: bool = False
    """The consumer has seen what would be registered, and may have changed it since."""

    @property
    def says_where(self) -> bool:
        """Whether the consumer has told where it is, for this complaint."""
        return bool(self.account_id or self.place or self.latitude is not None)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where complaints stands with a chat."""

    step: Step
    since: datetime
    """When it was asked, by WhatsApp's clock."""
    key: UUID | None = None
    """The draft that is talked about."""
    numbers: tuple[str, ...] = ()
    """The complaints that are talked about, in the order they were shown."""
    times: int = 1
    """How often in a row the same was asked, or the same answered."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What complaints does about one message."""

    move: Move
    dialogue: Dialogue | None = None
    draft: Draft | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """What complaints knows of one chat."""

    dialogue: Dialogue | None = None
    drafts: Mapping[UUID, Draft] = field(default_factory=dict)
    complaints: Mapping[str, Complaint] = field(default_factory=dict)
    """This chat's own, by number, the newest first."""

    def after(self, turn: Turn) -> "Chat":
        """The chat as the next message of it finds it."""
        drafts, complaints = self.drafts, self.complaints
        if turn.draft:
            drafts = {**drafts, turn.draft.key: turn.draft}
        if turn.change:
            complaint = turn.change.after
            others = {number: other for number, other in complaints.items() if number != complaint.number}
            complaints = {complaint.number: complaint, **others}
        return replace(self, dialogue=turn.dialogue, drafts=drafts, complaints=complaints)

    def confirmed(self, key: UUID) -> Complaint | None:
        """The complaint that this key's confirmation has made."""
        return next((complaint for complaint in self.complaints.values() if complaint.key == key), None)

    def open_like(self, category: Category, account_id: str | None) -> Complaint | None:
        """A complaint of this category that is being worked on, unless it is about another account."""
        return next(
            (
                complaint
                for complaint in self.complaints.values()
                if complaint.category == category
                and complaint.status in BEING_WORKED_ON
                and not (account_id and complaint.account_id and account_id != complaint.account_id)
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """One message, and all that is needed to decide about it."""

    message: Message
    chat: Chat
    key: UUID
    """For a draft that begins with this message."""
    number: str
    """For a complaint that is registered by this message."""
    partition: int
    discom: Discom

    @property
    def asked(self) -> Dialogue | None:
        """What complaints asked, if this message may answer it. A notice that took the floor asked last."""
        floor, dialogue = self.message.context.floor, self.chat.dialogue
        if floor is None or floor.service != "complaints":
            return None
        if dialogue and floor.since <= dialogue.since:
            return dialogue
        if floor.until - floor.since < NOTICE_FLOOR:
            return None
        resolved = tuple(one.number for one in self.chat.complaints.values() if one.status == "resolved")
        return Dialogue(Step.SOLVED, floor.since, numbers=resolved) if resolved else None

    @property
    def draft(self) -> Draft | None:
        """The draft that was talked about last and may still be meant."""
        dialogue = self.chat.dialogue
        if dialogue is None or dialogue.key is None or self.message.at > dialogue.since + FLOOR:
            return None
        return None if self.chat.confirmed(dialogue.key) else self.chat.drafts.get(dialogue.key)

    @property
    def account(self) -> Account | None:
        return self.message.context.account

    @property
    def area(self) -> Area | None:
        return self.message.context.area or (self.account.area if self.account else None)

    @property
    def words(self) -> str:
        """What was written, also under a picture."""
        match self.message.content:
            case Text(body=body):
                return body.replace("\0", "").strip()
            case Media(caption=str() as caption):
                return caption.replace("\0", "").strip()[:LONGEST]
            case _:
                return ""

    @property
    def photos(self) -> tuple[str, ...]:
        """What is shown; a video or a document counts as a photo."""
        match self.message.content:
            case Media(media="image" | "video" | "document", media_id=media_id):
                return (media_id,)
            case _:
                return ()

    @property
    def language(self) -> Language:
        """The chat's language, else that of the words, else Hindi."""
        return self.message.context.language or language_of(self.words) or "hi"
