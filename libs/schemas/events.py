"""Facts and the envelope they travel in.

On the wire an event is a Kafka record: CloudEvents 1.0 headers in binary mode, the value plain JSON. The names of
all event types stand here once; `topics.py` says which topic carries which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel

from libs.schemas.messages import Area, Frozen, Merge, Message, Received, Reply, Typing, Unparsed, Withheld

NAMESPACE = UUID("5b0b1c1e-7c0a-5d1e-9a53-0c6f1f6f7b11")
"""Root of all event ids. Never change: a redelivery after an upgrade must still be known as one."""

Category = Literal["supply", "faulty-meter", "bill-correction", "bill-not-received", "new-connection"]
Status = Literal["open", "in-progress", "resolved", "closed", "reopened"]
Level = Literal["JE", "SDO", "XEN", "CGRF"]
"""Who answers for a complaint, upwards: junior engineer, subdivisional officer, executive engineer, grievance forum."""


class AccountLinked(Frozen):
    """A chat is now linked to an account. No account number: insights need none."""

    discom: str
    chat_id: str
    at: AwareDatetime
    area: Area
    """Of the account."""
    meter: str
    """`prepaid`, `postpaid`, or `plain` for one that is not smart."""


class BillShown(Frozen):
    """A bill or a balance was told, or `later` because the billing system did not answer."""

    discom: str
    chat_id: str
    at: AwareDatetime
    what: Literal["bill", "balance"]
    """What was asked for."""
    outcome: Literal["told", "later", "refused"]
    """`refused` where the account is unknown, private or not served yet."""


class ComplaintRegistered(Frozen):
    """A complaint exists from now on, with the time by which it is to be resolved."""

    discom: str
    complaint_number: str
    chat_id: str
    at: AwareDatetime
    category: Category
    """One of the five."""
    subtype: str
    """The category's own finer kind."""
    area: Area
    """Decides the deadline, with the category."""
    danger: bool
    """Whether somebody may get hurt."""
    due_at: AwareDatetime
    """By when it is to be resolved."""


class ComplaintStatusChanged(Frozen):
    """A complaint moved from one status to another, or one level up."""

    discom: str
    complaint_number: str
    chat_id: str
    at: AwareDatetime
    before: Status
    """The status it leaves."""
    after: Status
    """The status it is in now."""
    level: Level = "JE"
    """Who answers for it now; a level rises without another status."""


TYPES: dict[str, type[BaseModel]] = {
    "update.received": Received,
    "update.unparsed": Unparsed,
    "message.received": Message,
    "message.handed_over": Message,
    "chat.merged": Merge,
    "reply.requested": Reply,
    "typing.requested": Typing,
    "reply.withheld": Withheld,
    "account.linked": AccountLinked,
    "bill.shown": BillShown,
    "complaint.registered": ComplaintRegistered,
    "complaint.status_changed": ComplaintStatusChanged,
}


class Unreadable(ValueError):
    """A record that is no event of ours: a header is missing, or the value does not fit its type."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as it travels."""

    id: UUID
    type: str
    source: str
    """`<discom>/<service>` of the writer."""
    time: datetime
    """WhatsApp's time of the root message, aware UTC; a redelivery repeats it."""
    subject: str
    """Chat id or complaint number; the Kafka key."""
    data: BaseModel
    traceparent: str

    def headers(self) -> list[tuple[str, bytes]]:
        """CloudEvents 1.0 in binary content mode, and W3C trace context."""
        return [
            ("ce_id", str(self.id).encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_time", self.time.isoformat().encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_specversion", b"1.0"),
            ("content-type", b"application/json"),
            ("traceparent", self.traceparent.encode()),
        ]

    def value(self) -> bytes:
        """The data as JSON."""
        return self.data.__pydantic_serializer__.to_json(self.data)

    def follow(self, ordinal: int, type: str, source: str, subject: str, data: BaseModel) -> "Event":
        """What follows from this event: an id that a second run repeats, the same root time, the same trace."""
        child = uuid5(self.id, str(ordinal))
        return Event(child, type, source, self.time, subject, data, _traceparent(self.traceparent[3:35], child))


def root_event(id: UUID, type: str, source: str, time: datetime, subject: str, data: BaseModel) -> Event:
    """An event that nothing of ours caused; it starts a trace of its own."""
    return Event(id, type, source, time, subject, data, _traceparent(id.hex, id))


def _traceparent(trace: str, id: UUID) -> str:
    return f"00-{trace}-{id.hex[16:]}-01"


def read(headers: Sequence[tuple[str, bytes | None]], value: bytes | None) -> Event | None:
    """The event in a Kafka record; `None` for a type this version does not know. Raises `Unreadable`."""
    named = {name: value for name, value in headers if value is not None}
    try:
        model = TYPES.get(named["ce_type"].decode())
        if model is None:
            return None
        return Event(
            id=UUID(named["ce_id"].decode()),
            type=named["ce_type"].decode(),
            source=named["ce_source"].decode(),
            time=datetime.fromisoformat(named["ce_time"].decode()),
            subject=named["ce_subject"].decode(),
            data=model.__pydantic_validator__.validate_json(value or b""),
            traceparent=named.get("traceparent", b"").decode()
            or _traceparent(named["ce_id"].decode().replace("-", ""), UUID(int=1)),
        )
    except (KeyError, ValueError) as error:
        # The reason names the class only: pydantic's own text would quote the consumer's words.
        raise Unreadable(type(error).__name__) from None
