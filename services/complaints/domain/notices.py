"""What a consumer is told who asked nothing: status pushes, the question whether it is solved, the next level. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from libs.schemas.dialogue import Moment, Offer, Phrase
from services.complaints.domain.bubbles import TO_MENU, shown, what
from services.complaints.domain.complaint import IST, Complaint, NoticeKind
from services.complaints.domain.tracking import yes_or_no

NIGHT_FROM, NIGHT_TO = time(21), time(8)
"""Nobody is woken: a notice of the night waits for the morning, also a good one."""
AWAKE = timedelta(hours=1)
"""Who wrote about the complaint so lately is awake and waits for news."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One push. The template says the same in WhatsApp's approved words, for when the person wrote long ago."""

    key: str
    facts: Mapping[str, object]
    offers: tuple[Offer, ...]
    template: str
    parameters: tuple[object, ...]
    asks: bool = False
    """Whether it asks something: then a typed yes or no is an answer to it."""


def may_be_told_at(now: datetime, heard_at: datetime) -> datetime:
    """Now, or for somebody who may be asleep the next morning."""
    local = now.astimezone(IST)
    if night_began(now) is None or now - heard_at < AWAKE:
        return now
    day = local.date() if local.time() < NIGHT_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, NIGHT_TO, IST)


def night_began(now: datetime) -> datetime | None:
    """When the night began, while it lasts: what should have gone out before that waits, too."""
    local = now.astimezone(IST)
    if NIGHT_TO <= local.time() < NIGHT_FROM:
        return None
    day = local.date() if local.time() >= NIGHT_FROM else local.date() - timedelta(days=1)
    return datetime.combine(day, NIGHT_FROM, IST)


def still_true(kind: NoticeKind, complaint: Complaint, text: str) -> bool:
    """Whether a notice that waited still fits: not what the consumer has settled meanwhile, nor a level passed by."""
    match kind:
        case "resolved" | "reminder":
            return complaint.status == "resolved"
        case "in-progress":
            return complaint.status == "in-progress"
        case "escalated":
            return complaint.status not in ("resolved", "closed") and complaint.level == text
        case "note":
            return complaint.status != "closed"


def notice_of(kind: NoticeKind, complaint: Complaint, text: str, now: datetime) -> Notice:
    """The push of that kind."""
    facts = {**shown(complaint, now), "text": text, "level": Phrase(f"level.{complaint.level}")}
    show = Offer(f"complaints:show:{complaint.number}", "done.show")
    about = (complaint.number, what(complaint))
    match kind:
        case "resolved" | "reminder":
            offers = (*yes_or_no(complaint.number), TO_MENU)
            return Notice(f"notice.{kind}", facts, offers, f"complaint_{kind}", about, asks=True)
        case "in-progress":
            return Notice("notice.taken", facts, (show, TO_MENU), "complaint_in_progress", about)
        case "note":
            return Notice("notice.note", facts, (show, TO_MENU), "complaint_note", (*about, _one_line(text)))
        case "escalated":
            key = "notice.forum" if complaint.level == "CGRF" else "notice.escalated"
            template = "complaint_forum" if complaint.level == "CGRF" else "complaint_escalated"
            parameters = (*about, Moment(complaint.due_at), Phrase(f"level.{complaint.level}"))
            return Notice(key, facts, (show, TO_MENU), template, parameters)


def _one_line(text: str) -> str:
    # WhatsApp refuses line breaks and wide gaps in a template's parameters
    return " ".join(text.split())
