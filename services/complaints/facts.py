"""What others may know of a change: facts, without words, place, number or phone of a person. Pure."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from libs.schemas.events import ComplaintRegistered, ComplaintStatusChanged
from services.complaints.domain import Change


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact and its name."""

    type: str
    data: BaseModel


def fact_of(discom: str, change: Change, at: datetime) -> Fact | None:
    """The fact of a change; None where only its chat needs to know."""
    complaint = change.after
    about = {"discom": discom, "complaint_number": complaint.number, "chat_id": complaint.chat_id, "at": at}
    if change.before is None:
        data = ComplaintRegistered(
            **about,
            category=complaint.category,
            subtype=complaint.subtype,
            area=complaint.area,
            danger=complaint.danger,
            due_at=complaint.due_at,
        )
        return Fact("complaint.registered", data)
    if not change.moved:
        return None
    moved = ComplaintStatusChanged(**about, before=change.before.status, after=complaint.status, level=complaint.level)
    return Fact("complaint.status_changed", moved)
