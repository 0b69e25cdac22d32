"""A consumer's messages, and billing's answers as they are read."""

from datetime import UTC, datetime
from pathlib import Path

from libs.kit.dialogue import reply_of
from libs.kit.texts import Texts
from libs.schemas.dialogue import Pass, Say
from libs.schemas.discom import load_all
from libs.schemas.messages import (
    Choice,
    Content,
    Context,
    Floor,
    HandOver,
    Language,
    Message,
    Reply,
    Sender,
    Text,
)
from services.billing.backends import BackendAccount
from services.billing.domain import Answer, Dialogue, Step, Turn

ROOT = Path(__file__).parents[3]
DISCOMS = load_all(ROOT / "deploy/discoms")
DISCOM = DISCOMS["mvvnl"]
TEXTS = Texts(ROOT / "services/billing/texts")
AT = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
"""Noon in India."""
MINE, OTHER = "1000000017", "1000000025"
MOBILE = "9000010001"
ASKED = Dialogue(Step.ACCOUNT, "billing:bill", AT)


def message(
    content: Content | str,
    *,
    asked: bool = False,
    handed: HandOver | None = None,
    phone: str | None = f"91{MOBILE}",
    language: Language | None = "hi",
    at: datetime = AT,
) -> Message:
    """What a consumer says; `asked` where billing holds the floor."""
    floor = Floor(service="billing", since=AT, until=AT.replace(hour=7)) if asked else None
    return Message(
        discom="mvvnl",
        chat_id="6f3c1d0a-52b8-4c6e-9a41-0d2f7e8b1c17",
        turn=2,
        at=at,
        sender=Sender(phone=phone),
        content=Text(body=content) if isinstance(content, str) else content,
        context=Context(language=language, floor=floor),
        handed=handed,
    )


def tap(id: str, *, asked: bool = False) -> Message:
    return message(Choice(id=id), asked=asked)


def handed(intent: str, account_id: str | None = None, errand: str | None = None) -> HandOver:
    return HandOver(by="complaints" if errand else "menu", hops=1, intent=intent, account_id=account_id, errand=errand)


def account(**fields: object) -> BackendAccount:
    """A postpaid account whose registered mobile is the consumer's, unless said otherwise."""
    usual: dict[str, object] = {
        "account_id": MINE, "name": "सुनीता देवी", "mobile": MOBILE, "area": "urban", "meter": "postpaid",
        "amount_paise": 123450,
    }  # fmt: skip
    return BackendAccount(**{**usual, **fields})  # type: ignore[arg-type]


def read(said: Turn | Answer | Say, language: Language = "hi") -> Reply:
    """The bubble on the phone."""
    move = said if isinstance(said, Say) else said.move
    assert isinstance(move, Say), f"no bubble: {move}"
    return reply_of(TEXTS, language, "billing", message("x", language=language), move)


def passed(said: Turn | Answer) -> Pass:
    assert isinstance(said.move, Pass), f"not handed over: {said.move}"
    return said.move
