"""All services' rules in one process: a phone, the gateway's routing, menu, billing and complaints, without a server.

What the stores and the gateway would keep is kept here, and every decision is rendered, so that a missing text fails.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

from libs.kit.dialogue import reply_of
from libs.kit.texts import Texts
from libs.schemas.dialogue import Move, Quiet, Say, hand_over
from libs.schemas.discom import Discom, load_all
from libs.schemas.messages import (
    Choice,
    Content,
    Context,
    Language,
    Location,
    Media,
    Message,
    Reply,
    Sender,
    Service,
    Text,
)
from services.billing import domain as billing_rules
from services.billing.backends import BackendAccount
from services.complaints import domain as complaints_rules
from services.gateway.domain import holder, route
from services.gateway.whatsapp import render
from services.menu import domain as menu_rules

ROOT = Path(__file__).parents[3]
DISCOMS = load_all(ROOT / "deploy/discoms")
TEXTS: dict[Service, Texts] = {
    name: Texts(ROOT / f"services/{name}/texts") for name in ("menu", "billing", "complaints")
}
NOON = datetime(2026, 11, 26, 6, 30, tzinfo=UTC)
PHONE = "919000010001"
PREPAID, POSTPAID, FOREIGN = "1000000017", "1000145850", "1000097239"
ACCOUNTS = {
    PREPAID: BackendAccount(
        PREPAID, "रामू कुमार", "9000010001", "urban", "prepaid", date(2026, 11, 1), date(2026, 12, 5), 123450,
        balance_paise=25000, balance_at=NOON - timedelta(hours=10),
    ),
    POSTPAID: BackendAccount(
        POSTPAID, "सुनीता देवी", "9000010001", "rural", "postpaid", date(2026, 11, 1), date(2026, 12, 5), 231400,
        basis="OK",
    ),
    FOREIGN: BackendAccount(
        FOREIGN, "मोहन सिंह", None, "urban", "prepaid", date(2026, 11, 1), date(2026, 12, 5), 50000,
        balance_paise=-1000, balance_at=NOON - timedelta(hours=10),
    ),
}  # fmt: skip


@dataclass
class Phone:
    """One consumer, and all that the services know of the chat."""

    discom: Discom = field(default_factory=lambda: DISCOMS["mvvnl"])
    number: str | None = PHONE
    context: Context = Context(language="hi")
    now: datetime = NOON
    said: int = 0
    """Messages of the consumer."""
    bubbles: list[Reply] = field(default_factory=list)
    """All bubbles that came."""
    passes: int = 0
    id: UUID = field(default_factory=uuid4)
    menu: menu_rules.Dialogue | None = None
    billing: billing_rules.Dialogue | None = None
    linked: str | None = None
    looked_at: dict[date, frozenset[str]] = field(default_factory=dict)
    chat: complaints_rules.Chat = field(default_factory=complaints_rules.Chat)
    serial: int = 1
    registered: list[complaints_rules.Complaint] = field(default_factory=list)

    def sends(self, content: Content, seconds: float = 20) -> list[Reply]:
        """Sends something, some seconds after what was before; the bubbles that come back."""
        self.said += 1
        self.now += timedelta(seconds=seconds)
        floor = holder(self.context.floor, self.now)
        message = Message(
            discom=self.discom.code,
            chat_id=str(self.id),
            turn=self.said,
            at=self.now,
            sender=Sender(phone=self.number, user_id="IN.1"),
            content=content,
            context=self.context.model_copy(update={"floor": floor}),
            first_contact=self.said == 1,
        )
        before = len(self.bubbles)
        self._deliver(route(content, floor), message)
        return self.bubbles[before:]

    def writes(self, body: str, seconds: float = 20) -> "Phone":
        self.sends(Text(body=body), seconds)
        return self

    def taps(self, title: str) -> "Phone":
        """Taps what a bubble has offered under this title."""
        offered = {option.title: option.id for bubble in self.bubbles for option in bubble.options}
        self.sends(Choice(id=offered[title], title=title))
        return self

    def pins(self) -> "Phone":
        self.sends(Location(latitude=26.85, longitude=80.95))
        return self

    def shows(self, media: str = "image", caption: str | None = None) -> "Phone":
        self.sends(Media.model_validate({"media": media, "media_id": "1", "caption": caption}))
        return self

    @property
    def body(self) -> str:
        """The last bubble."""
        return self.bubbles[-1].body

    @property
    def titles(self) -> list[str]:
        return [option.title for option in self.bubbles[-1].options]

    def _deliver(self, service: Service, message: Message) -> None:
        match service:
            case "menu":
                turn = menu_rules.answer(self.menu, message, self.discom)
                self.menu = turn.dialogue
                chosen = turn.move.patch.language if isinstance(turn.move, Say) else None
                self._carry_out("menu", chosen or menu_rules.language_for(message), message, turn.move)
            case "billing":
                self._bill(message)
            case "complaints":
                key = uuid5(self.id, f"{message.turn} {message.handed.hops if message.handed else 0}")
                number = complaints_rules.number_of(self.discom.complaints.letters, self.now.date(), self.serial)
                heard = complaints_rules.Heard(message, self.chat, key, number, 0, self.discom)
                done = complaints_rules.answer(heard)
                self.chat = self.chat.after(done)
                if done.change and done.change.before is None:
                    self.serial += 1
                    self.registered.append(done.change.after)
                self._carry_out("complaints", heard.language, message, done.move)

    def _bill(self, message: Message) -> None:
        def go_on(ask: billing_rules.Ask | None, known: dict[str, BackendAccount | None]) -> billing_rules.Progress:
            queue = [billing_rules.Open(message, ask, False)]
            standing = (self.billing, self.linked, self.looked_at)
            return billing_rules.go_on(queue, *standing, known, DISCOMS, self.discom)

        progress = go_on(None, {})
        if ask := progress.ask:
            progress = go_on(ask, {ask.account_id: ACCOUNTS.get(ask.account_id)})
        self.billing, self.linked, self.looked_at = progress.dialogue, progress.linked, dict(progress.looked_at)
        for done in progress.done:
            if done.answer:
                self._carry_out("billing", billing_rules.language_for(message), message, done.answer.move)

    def _carry_out(self, service: Service, language: Language, message: Message, move: Move) -> None:
        match move:
            case Quiet():
                return
            case Say():
                reply = reply_of(TEXTS[service], language, service, message, move)
                assert reply.body.strip()
                render(reply, Sender(phone=PHONE), "callback", strict=True)
                if reply.context:
                    self.context = reply.context.applied_to(self.context)
                self.bubbles.append(reply)
            case _:
                self.passes += 1
                self._deliver(*hand_over(service, message, move))


def linked(account: str = PREPAID, **fields: object) -> Phone:
    """A consumer who has sent the account ID; what that took is not counted."""
    phone = Phone(**fields)  # type: ignore[arg-type]
    phone.writes(account)
    phone.said = 1
    phone.bubbles.clear()
    phone.now += timedelta(minutes=5)
    return phone
