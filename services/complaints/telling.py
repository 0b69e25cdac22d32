"""A notice as the reply that the gateway sends: words, buttons, and the template that says the same."""

from datetime import datetime

from libs.schemas.dialogue import NOTICE_FLOOR, asks
from libs.schemas.messages import ContextPatch, Option, Reply, Template
from services.complaints.domain import Complaint, Notice
from services.complaints.worker import TEXTS


def reply_of(discom: str, complaint: Complaint, notice: Notice, at: datetime) -> Reply:
    """The push for a chat, in the language in which the complaint was registered."""
    language = complaint.language
    return Reply(
        discom=discom,
        chat_id=complaint.chat_id,
        turn=complaint.turn,
        at=at,
        service="complaints",
        body=TEXTS.say(notice.key, language, **notice.facts),
        options=tuple(
            Option(id=offer.id, title=TEXTS.say(offer.key, language, **offer.facts)) for offer in notice.offers
        ),
        template=Template(
            name=notice.template,
            language=language,
            parameters=tuple(TEXTS.say("notice.parameter", language, fact=fact) for fact in notice.parameters),
        ),
        context=ContextPatch(floor=asks("complaints", at, NOTICE_FLOOR)) if notice.asks else None,
    )
