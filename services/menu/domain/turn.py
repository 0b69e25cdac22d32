"""What menu keeps of a chat, and what it does about one message."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from libs.language import language_of, understand
from libs.schemas.dialogue import Move
from libs.schemas.messages import Language, Message, Text


class Step(StrEnum):
    """What menu asked last."""

    AREA = "area"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where menu stands with a chat: its question, and what it said last, so that it does not say it for ever."""

    said: str
    """Which bubble, or which kind of bubble."""
    at: datetime
    """WhatsApp's time of the message that it answers."""
    heard: int
    """A number made of that message's words: the same words, the same number."""
    times: int = 1
    """How often in a row."""
    step: Step | None = None
    offered: tuple[str, ...] = ()
    """Ids of what may be picked by number."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What menu does about one message."""

    move: Move
    step: Step | None = None
    offered: tuple[str, ...] = ()
    dialogue: Dialogue | None = None
    """What is to be kept of it."""


def language_for(message: Message) -> Language:
    """The chat's language; else that of the words, unless they are a mere greeting; else Hindi."""
    if message.context.language:
        return message.context.language
    if isinstance(message.content, Text) and understand(message.content.body).intent != "greeting":
        return language_of(message.content.body) or "hi"
    return "hi"
