"""All SQL of complaints but the console's lists. A batch costs a few statements, however many chats it holds."""

from services.complaints.store.chats import chats, forget_drafts, merge, save_dialogues, save_drafts
from services.complaints.store.complaints import (
    Line,
    complaint_of,
    due,
    is_done,
    keep_serials,
    locked,
    one,
    register,
    remember,
    take_serials,
    update,
)
from services.complaints.store.notices import Waiting, due_notices, partitions_due, queue_notices

__all__ = [
    "Line",
    "Waiting",
    "chats",
    "complaint_of",
    "due",
    "due_notices",
    "forget_drafts",
    "is_done",
    "keep_serials",
    "locked",
    "merge",
    "one",
    "partitions_due",
    "queue_notices",
    "register",
    "remember",
    "save_dialogues",
    "save_drafts",
    "take_serials",
    "update",
]
