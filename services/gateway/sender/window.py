"""In which shape a bubble may go out now, if at all. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.schemas.discom import TemplateRule
from libs.schemas.messages import Reply, Template
from services.gateway.store import REPLY, Send

WINDOW = timedelta(hours=24)
"""WhatsApp takes free text this long after the person's last message; outside it only templates."""


@dataclass(frozen=True, slots=True)
class Free:
    """As it is written."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class AsTemplate:
    """As its template, under the name and language that WhatsApp has approved."""

    reply: Reply
    template: Template

    @property
    def key(self) -> str:
        """What a hold of this template is called."""
        return f"{self.template.name}/{self.template.language}"


@dataclass(frozen=True, slots=True)
class Never:
    """Not at all."""

    why: str


def is_open(send: Send, now: datetime) -> bool:
    """Whether WhatsApp takes free text for this bubble. An answer's own message opened the window, too."""
    if send.closed:
        return False
    latest = send.last_message_at
    if not send.notice:
        latest = max(latest, send.reply.at) if latest else send.reply.at
    return latest is not None and now - latest < WINDOW


def shape(send: Send, now: datetime, templates: Mapping[str, TemplateRule]) -> Free | AsTemplate | Never:
    """The one shape that is allowed. Who wants no notices, or cannot be reached, still gets answers."""
    if send.unwanted and send.priority > REPLY:
        return Never(send.unwanted)
    if not send.to.phone and not send.to.user_id:
        return Never("left")  # the number is somebody else's by now
    reply = send.reply
    free = is_open(send, now)
    if free and (reply.body or not reply.template):
        return Free(reply)
    if reply.template is None:
        return Never("window_closed")
    template = approved(reply.template, templates)
    return AsTemplate(reply.model_copy(update={"template": template}), template)


def approved(template: Template, templates: Mapping[str, TemplateRule]) -> Template:
    """The template as this discom has had it approved; as the service wrote it where the file says nothing."""
    rule = templates.get(template.name)
    if rule is None:
        return template
    languages: dict[str, str] = {str(ours): theirs for ours, theirs in rule.languages.items()}
    parameters = template.parameters
    if rule.parameters is not None:
        parameters = tuple(parameters[n - 1] for n in rule.parameters if n <= len(parameters))
    return Template(
        name=rule.name or template.name,
        language=languages.get(template.language, template.language),
        parameters=parameters,
    )
