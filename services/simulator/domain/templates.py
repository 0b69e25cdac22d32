"""Message templates: whether one may be sent, how it looks when it is filled in, what Meta tells about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.simulator.domain.phones import Seen
from services.simulator.domain.refusals import Refusal

STATUSES = ("APPROVED", "PAUSED", "REJECTED", "PENDING", "DISABLED")
CATEGORIES = ("utility", "marketing", "authentication")
HOLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Template:
    """One template in one language."""

    id: int | None
    discom: str
    name: str
    language: str
    category: str = "utility"
    status: str = "APPROVED"
    body: str | None = None
    """With holes as `{{1}}` or `{{name}}`; None where it is known from a send only."""
    buttons: tuple[str, ...] = ()
    """The texts of its quick replies."""

    def check(self, content: Mapping[str, Any]) -> None:
        """Raises the `Refusal` that a send of it gets."""
        match self.status:
            case "PAUSED":
                raise Refusal(132015, "(#132015) Template is paused", "Its quality is low")
            case "DISABLED":
                raise Refusal(132016, "(#132016) Template is disabled", "It was paused too often")
            case "REJECTED" | "PENDING":
                raise no_such_template()
        if self.body is not None:
            holes, given = len(set(HOLE.findall(self.body))), len(_parameters(content))
            if holes != given:
                details = f"body: number of localizable_params ({given}) does not match the expected number ({holes})"
                raise Refusal(132000, "(#132000) Number of parameters does not match the expected number", details)

    def seen(self, content: Mapping[str, Any]) -> Seen:
        """What the person reads. Without the template's own text, the name and what was filled in."""
        given = _parameters(content)
        if self.body is None:
            text = " · ".join([f"[{self.name}]", *(words for _, words in given)])
        else:
            named = {name or str(i): words for i, (name, words) in enumerate(given, start=1)}
            text = HOLE.sub(lambda hole: named.get(hole[1], hole[0]), self.body)
        payloads = _payloads(content)
        titles = dict(enumerate(self.buttons)) | {i: p for i, p in payloads.items() if i >= len(self.buttons)}
        return Seen(text, tuple({"id": payloads.get(i, title), "title": title} for i, title in sorted(titles.items())))

    def told(self, reason: str | None) -> dict[str, Any]:
        """The value of Meta's `message_template_status_update`."""
        return {
            "event": self.status,
            "message_template_id": self.id,
            "message_template_name": self.name,
            "message_template_language": self.language,
            "message_template_category": self.category.upper(),
            "reason": reason,
        }


def no_such_template() -> Refusal:
    """It does not exist, or not in this language, or is not approved."""
    details = "The template does not exist in this language, or was not approved"
    return Refusal(132001, "(#132001) Template name does not exist in the translation", details, status=404)


def _parameters(content: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    """Name (where it has one) and words of every parameter of the body."""
    return [
        (parameter.get("parameter_name"), str(parameter.get("text", "")))
        for component in content.get("components", ())
        if component["type"] == "body"
        for parameter in component.get("parameters", ())
        if isinstance(parameter, dict)
    ]


def _payloads(content: Mapping[str, Any]) -> dict[int, str]:
    """What each quick reply gives back."""
    return {
        int(component["index"]): str(parameter.get("payload", ""))
        for component in content.get("components", ())
        if component["type"] == "button" and component["sub_type"].lower() == "quick_reply"
        for parameter in component.get("parameters", ())
        if isinstance(parameter, dict)
    }
