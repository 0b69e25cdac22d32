"""A phone and what is to be seen on it."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Phone:
    """One person's WhatsApp."""

    id: int
    """Ours: stays when the number changes."""
    wa_id: str
    """International number without plus."""
    user_id: str
    """Business-scoped user id, changes with the number."""
    name: str
    username: str | None = None
    hidden: bool = False
    """Whether businesses see the user id only."""

    @property
    def shown_as(self) -> str:
        """What message ids hold."""
        return self.user_id if self.hidden else self.wa_id


@dataclass(frozen=True)
class Number:
    """One business number, that of a discom."""

    discom: str
    phone_number_id: str
    display_phone_number: str

    @property
    def waba_id(self) -> str:
        """The WhatsApp Business Account that the number belongs to."""
        return f"2{self.phone_number_id[1:]}"


@dataclass(frozen=True)
class Bubble:
    """One message at a phone: `in` arrived there, `out` was written there."""

    direction: Literal["in", "out"]
    discom: str
    wamid: str
    type: str
    text: str
    at: float
    status: str
    payload: dict[str, Any]
    """`in`: the body of the request that sent it; `out`: Meta's message object."""
    choices: tuple[dict[str, str], ...] = field(default=())
    """What may be tapped: `id` and `title`."""


@dataclass(frozen=True)
class Seen:
    """What a person reads of a message, and what may be tapped on it."""

    text: str
    choices: tuple[dict[str, str], ...] = ()


def seen(body: dict[str, Any]) -> Seen:
    """How the body of a send looks at the phone; templates are filled in by `templates.seen`."""
    type = body["type"]
    content = body[type]
    match type:
        case "text":
            return Seen(content["body"])
        case "interactive":
            return Seen(content.get("body", {}).get("text", ""), tuple(_choices(content)))
        case "location":
            return Seen(", ".join(content[key] for key in ("name", "address") if content.get(key)))
        case "reaction":
            return Seen(content["emoji"])
        case "contacts":
            return Seen(", ".join(card.get("name", {}).get("formatted_name", "") for card in content))
    return Seen(content.get("caption", ""))


def _choices(interactive: dict[str, Any]) -> list[dict[str, str]]:
    action = interactive["action"]
    match interactive["type"]:
        case "button":
            return [{key: button["reply"][key] for key in ("id", "title")} for button in action["buttons"]]
        case "list":
            return [
                {key: row[key] for key in ("id", "title")} for section in action["sections"] for row in section["rows"]
            ]
    return []
