"""What billing decides about one message, before and after the billing system was asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from libs.schemas.dialogue import Move
from libs.schemas.messages import Account

What = Literal["link", "bill", "balance"]


class Step(StrEnum):
    """What billing asked last."""

    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where billing stands with a chat."""

    step: Step
    errand: str | None
    """What the account ID was asked for, as the id of the tap that starts it."""
    asked_at: datetime
    """WhatsApp's time of the message that the question answers."""
    times: int = 1
    """How often in a row it was asked."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The billing system is to be asked about one account."""

    what: What
    account_id: str
    errand: str | None = None
    """What to go on with once the account is linked."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What billing does about one message."""

    move: Move | Ask
    dialogue: Dialogue | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What billing says once the billing system has answered, or has not."""

    move: Move
    outcome: Literal["told", "later", "refused"]
    linked: Account | None = None
    """The account that the chat is linked to from now on; unset, the link stays as it was."""
    foreign: bool = False
    """The account was looked at from another number than its registered mobile."""
    dialogue: Dialogue | None = None
