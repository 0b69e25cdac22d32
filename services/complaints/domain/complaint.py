"""A complaint: what it holds and what may become of it. Pure; time comes in with the event."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from libs.schemas.events import Category, Level, Status
from libs.schemas.messages import Area, Language

IST = ZoneInfo("Asia/Kolkata")
CATEGORIES: tuple[Category, ...] = get_args(Category)
OTHER = "other"
"""Sub-type of a complaint whose category has none, or whose consumer named none."""
DANGER = "danger"
"""Sub-type of a complaint about something that may hurt people."""
SUBTYPES: Mapping[Category, tuple[str, ...]] = {
    "supply": ("house", "area", "voltage", "recharged", "transformer", "line", OTHER),
    "faulty-meter": ("stopped", "burnt", "fast", "display", "seal", OTHER),
    "bill-correction": ("high", "reading", "payment", "details", OTHER),
    "bill-not-received": (),
    "new-connection": ("apply", "delayed", "charges", OTHER),
}
"""What may be chosen from where the work differs; numbered in this order."""
LEVELS: tuple[Level, ...] = get_args(Level)
"""Who answers for a complaint: the first three are officers, the last is the forum the consumer may go to."""
CONFIRM_WITHIN = timedelta(hours=72)
"""A resolved complaint that its consumer has not confirmed by then is shown as unconfirmed. It stays resolved."""
URGENT, REOPENED, NORMAL = 0, 1, 2
"""Priorities, the lowest first: danger before everything, then what was called solved and was not."""
BEING_WORKED_ON: tuple[Status, ...] = ("open", "in-progress", "reopened")

NoticeKind = Literal["in-progress", "note", "resolved", "reminder", "escalated"]


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint. Its fields are the columns of its row."""

    number: str
    key: UUID
    """Minted when the confirmation was asked for: one confirmation, one complaint."""
    chat_id: str
    turn: int
    """Of the last message of its chat that changed it: what is pushed about it counts as later than that."""
    heard_at: datetime
    """When that was: at night only who wrote just now is told."""
    partition: int
    """Partition of the inbound topic its chat writes on: the owner of that one tells and escalates."""
    language: Language
    phone: str | None
    category: Category
    subtype: str
    area: Area
    account_id: str | None
    account_linked: bool
    """Whether billing knows the account; otherwise it is only what the consumer wrote."""
    place: str | None
    latitude: float | None
    longitude: float | None
    description: str
    photos: tuple[str, ...]
    """WhatsApp's media ids, which it keeps for 7 days."""
    danger: bool
    hours: int
    """Until the deadline; also until the next level once it has passed."""
    provisional: bool
    registered_at: datetime
    due_at: datetime
    next_at: datetime | None
    """When the clock has to look at it again."""
    priority: int = NORMAL
    status: Status = "open"
    level: Level = "JE"
    resolved_at: datetime | None = None
    unconfirmed: bool = False
    """Resolved, and the consumer has not answered within 72 hours."""
    remark: str | None = None
    """What an officer told the consumer last."""
    version: int = 1

    def overdue(self, now: datetime) -> bool:
        """Whether its deadline passed while it is still being worked on."""
        return self.status in BEING_WORKED_ON and now > self.due_at


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a complaint's history."""

    kind: Literal["registered", "added", "taken", "note", "resolved", "closed", "reopened", "escalated", "unconfirmed"]
    by: str
    """`consumer`, `clock`, or an officer's login."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a complaint. `before` is None for a new one."""

    before: Complaint | None
    after: Complaint
    entry: Entry
    notice: NoticeKind | None = None
    """What the consumer, who is not waiting for an answer, is to be told."""

    @property
    def moved(self) -> bool:
        """Whether others need to know: another status, or another level."""
        before, after = self.before, self.after
        return before is not None and (before.status != after.status or before.level != after.level)


def number_of(letters: str, day: date, serial: int) -> str:
    """Two letters of the discom, the day, a serial of five or more digits: `MV25112600001`."""
    return f"{letters}{day:%d%m%y}{serial:05d}"


def day_of(at: datetime) -> date:
    """The day in India, which the number carries and the serial counts."""
    return at.astimezone(IST).date()


def add(
    complaint: Complaint,
    turn: int,
    at: datetime,
    text: str,
    photos: tuple[str, ...] = (),
    pin: tuple[float, float] | None = None,
) -> Change:
    """The consumer tells more about it."""
    after = replace(complaint, turn=turn, heard_at=at, photos=(*complaint.photos, *photos)[-5:])
    if pin:
        after = replace(after, latitude=pin[0], longitude=pin[1])
    shown = text or (f"📍 {pin[0]:.5f}, {pin[1]:.5f}" if pin else "📷")
    return _changed(complaint, after, Entry("added", "consumer", shown))


def reachable(complaint: Complaint, turn: int, at: datetime, phone: str) -> Change:
    """The consumer gives a number to be called at."""
    return _changed(complaint, replace(complaint, turn=turn, heard_at=at, phone=phone), Entry("added", "consumer", "☎"))


def lies_in(complaint: Complaint, turn: int, at: datetime, area: Area, hours: int, said: str) -> Change:
    """The consumer says whether it is in a town or a village; the deadline follows, unless it has passed."""
    after = replace(complaint, turn=turn, heard_at=at, area=area)
    if complaint.status == "open" and not complaint.overdue(at):
        due = complaint.registered_at + timedelta(hours=hours)
        after = replace(after, hours=hours, due_at=due, next_at=due)
    return _changed(complaint, after, Entry("added", "consumer", said))


def close(complaint: Complaint, turn: int) -> Change | None:
    """The consumer says it is solved. Only the consumer's word closes a complaint."""
    if complaint.status == "closed":
        return None
    after = replace(complaint, turn=turn, status="closed", next_at=None, unconfirmed=False)
    return _changed(complaint, after, Entry("closed", "consumer"))


def reopen(complaint: Complaint, turn: int, at: datetime) -> Change | None:
    """The consumer says it is not solved: a new deadline, before others, and one level up."""
    if complaint.status not in ("resolved", "closed"):
        return None
    due, level = at + timedelta(hours=complaint.hours), _above(complaint.level, 1, highest="XEN")
    after = replace(
        complaint,
        turn=turn,
        heard_at=at,
        status="reopened",
        priority=min(complaint.priority, REOPENED),
        level=level,
        due_at=due,
        next_at=None if level == LEVELS[-1] else due,
        resolved_at=None,
        unconfirmed=False,
    )
    return _changed(complaint, after, Entry("reopened", "consumer"))


def take(complaint: Complaint, officer: str) -> Change | None:
    """An officer begins to work on it."""
    if complaint.status not in ("open", "reopened"):
        return None
    return _changed(complaint, replace(complaint, status="in-progress"), Entry("taken", officer), "in-progress")


def note(complaint: Complaint, officer: str, text: str) -> Change | None:
    """An officer tells the consumer something."""
    return _changed(complaint, replace(complaint, remark=text), Entry("note", officer, text), "note") if text else None


def resolve(complaint: Complaint, officer: str, text: str, at: datetime) -> Change | None:
    """An officer says the work is done; the consumer is asked whether it is solved."""
    if complaint.status not in BEING_WORKED_ON or not text:
        return None
    after = replace(complaint, status="resolved", remark=text, resolved_at=at, next_at=at + CONFIRM_WITHIN)
    return _changed(complaint, after, Entry("resolved", officer, text), "resolved")


def tick(complaint: Complaint, now: datetime) -> Change | None:
    """What the clock does about it: one level up for each span past the deadline, or unconfirmed after 72 hours."""
    if complaint.next_at is None or now < complaint.next_at:
        return None
    if complaint.status == "resolved":
        after = replace(complaint, unconfirmed=True, next_at=None)
        return _changed(complaint, after, Entry("unconfirmed", "clock"), "reminder")
    span = timedelta(hours=complaint.hours)
    steps = 1 + (now - complaint.next_at) // span
    level = _above(complaint.level, steps)
    following = None if level == LEVELS[-1] else complaint.next_at + steps * span
    return _changed(
        complaint, replace(complaint, level=level, next_at=following), Entry("escalated", "clock", level), "escalated"
    )


def _above(level: Level, steps: int, highest: Level = "CGRF") -> Level:
    at, top = LEVELS.index(level), LEVELS.index(highest)
    return LEVELS[max(at, min(at + steps, top))]


def _changed(before: Complaint, after: Complaint, entry: Entry, notice: NoticeKind | None = None) -> Change:
    return Change(before, replace(after, version=before.version + 1), entry, notice)
