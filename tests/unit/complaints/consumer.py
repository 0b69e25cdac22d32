"""A consumer who talks to the rules of complaints alone: what menu, billing and the gateway would do is done here."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

from libs.kit.dialogue import reply_of
from libs.kit.texts import IST
from libs.schemas.dialogue import Pass, Say, hand_over
from libs.schemas.discom import Discom, load
from libs.schemas.messages import (
    Account,
    Choice,
    Content,
    Context,
    HandOver,
    Location,
    Media,
    Message,
    Reply,
    Sender,
    Text,
)
from services.complaints import telling
from services.complaints.domain import Change, Chat, Complaint, Heard, NoticeKind, Turn, answer, notice_of, number_of
from services.complaints.worker import TEXTS

DISCOM = load(Path(__file__).parents[3] / "deploy/discoms/mvvnl.toml")
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=IST)
ACCOUNT = Account(account_id="1234567890", name="र••• क•••", area="urban", meter="prepaid")


@dataclass
class Consumer:
    """Keeps what the store and the gateway would keep."""

    context: Context = Context(language="hi")
    now: datetime = NOON
    discom: Discom = DISCOM
    chat: Chat = field(default_factory=Chat)
    said: int = 0
    """Messages of the consumer."""
    turn: Turn | None = None
    changes: list[Change] = field(default_factory=list)
    id: UUID = field(default_factory=uuid4)
    serial: int = 1
    phone: str | None = "919800000001"
    bubbles: list[Reply] = field(default_factory=list)

    def writes(self, body: str) -> "Consumer":
        return self.sends(Text(body=body))

    def taps(self, title: str) -> "Consumer":
        """Taps what the last bubble offers."""
        offered = {option.title: option.id for option in self.reply.options}
        return self.sends(Choice(id=offered[title], title=title))

    def taps_id(self, id: str) -> "Consumer":
        return self.sends(Choice(id=id))

    def pins(self) -> "Consumer":
        return self.sends(Location(latitude=26.85, longitude=80.95))

    def shows(self, kind: str = "image", caption: str | None = None, media_id: str = "media-1") -> "Consumer":
        return self.sends(Media(media=kind, media_id=media_id, caption=caption))

    def comes_with(self, intent: str, body: str = "4", **handed: object) -> "Consumer":
        """Writes something that menu hands over."""
        given = HandOver(by="menu", hops=1, intent=intent, **handed)
        return self.sends(Text(body=body), given)

    def sends(self, content: Content, handed: HandOver | None = None) -> "Consumer":
        self.said += 1
        self.now += timedelta(seconds=30)
        message = Message(
            discom=self.discom.code, chat_id=str(self.id), turn=self.said, at=self.now,
            sender=Sender(phone=self.phone), content=content, context=self.context, handed=handed,
        )  # fmt: skip
        self.hears(message, uuid5(self.id, str(self.said)))
        return self

    def hears(self, message: Message, event: UUID) -> None:
        number = number_of(self.discom.complaints.letters, self.now.date(), self.serial)
        heard = Heard(message, self.chat, event, number, 0, self.discom)
        self.turn = turn = answer(heard)
        self.message = message
        self.chat = self.chat.after(turn)
        if turn.change:
            self.changes.append(turn.change)
            self.serial += turn.change.before is None
        if isinstance(turn.move, Say):
            self.reply: Reply = reply_of(TEXTS, heard.language, "complaints", message, turn.move)
            assert self.reply.context
            self.bubbles.append(self.reply)
            self.context = self.reply.context.applied_to(self.context)

    def billing_links(self, account: Account | None = ACCOUNT) -> "Consumer":
        """Billing answers a hand-over: links the account and gives the errand back."""
        assert self.turn and isinstance(self.turn.move, Pass) and self.turn.move.to == "billing"
        _, message = hand_over("complaints", self.message, self.turn.move)
        context = self.context
        if account:
            context = context.model_copy(update={"account": account, "area": account.area})
        back = HandOver(
            by="billing", hops=2, intent="errand", errand=self.turn.move.errand,
            account_id=account.account_id if account else None,
        )  # fmt: skip
        self.hears(message.model_copy(update={"handed": back, "context": context}), uuid5(self.id, f"{self.said} back"))
        return self

    @property
    def body(self) -> str:
        """What the last bubble says."""
        assert self.turn and isinstance(self.turn.move, Say), self.turn
        return self.reply.body

    @property
    def titles(self) -> list[str]:
        return [option.title for option in self.reply.options]

    @property
    def passed(self) -> Pass:
        """The hand-over that the last message ended in."""
        assert self.turn and isinstance(self.turn.move, Pass), self.turn
        return self.turn.move

    @property
    def complaints(self) -> list[Complaint]:
        return list(self.chat.complaints.values())

    def later(self, **span: float) -> "Consumer":
        self.now += timedelta(**span)
        return self

    def is_pushed(self, kind: NoticeKind) -> "Consumer":
        """The clock sends a notice about the newest complaint, and the gateway lets it take a free floor."""
        complaint = self.complaints[0]
        self.now += timedelta(minutes=1)
        self.reply = telling.reply_of(
            self.discom.code, complaint, notice_of(kind, complaint, "काम पूरा", self.now), self.now
        )
        if self.context.floor is None and self.reply.context:
            self.context = self.reply.context.applied_to(self.context)
        return self

    def officer(self, change: Change | None) -> "Consumer":
        """An officer, or the clock, has changed a complaint."""
        assert change
        self.changes.append(change)
        self.chat = self.chat.after(Turn(Pass("menu", "menu"), self.chat.dialogue, change=change))
        return self


def linked(**context: object) -> Consumer:
    """A consumer whose account is linked, as after sending the account ID first."""
    return Consumer(Context(language="hi", account=ACCOUNT, area="urban").model_copy(update=context))


def with_complaint(category: str = "supply") -> Consumer:
    """A consumer who has just registered a complaint."""
    consumer = linked().taps_id(f"complaints:new:{category}").writes("1")
    assert len(consumer.complaints) == 1
    return consumer


__all__ = ["ACCOUNT", "DISCOM", "NOON", "Consumer", "linked", "replace", "with_complaint"]
