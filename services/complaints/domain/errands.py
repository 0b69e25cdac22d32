"""Errands of complaints: from another service, from a tap, or from words in the middle of something else. Pure."""

from dataclasses import replace
from typing import Literal, get_args
from uuid import UUID

from libs.language import SURE, Understood, understand
from libs.schemas.dialogue import Pass, pass_on
from libs.schemas.events import Category
from libs.schemas.messages import Area, Text
from services.complaints.domain import bubbles, tracking
from services.complaints.domain.chat import LONGEST, Draft, Heard, Turn
from services.complaints.domain.reading import asks_for, names_place
from services.complaints.domain.registering import another, confirm, danger, in_area, linked, start

ERRANDS_ELSEWHERE = ("bill", "balance", "links", "contacts", "human", "menu", "language-change", "stop/opt-out")
"""What people ask for in words in the middle of another thing; a greeting or a thank-you is none."""
PLAIN = 0.9
"""How sure it must be that words are an errand where the question could use them, too."""
Fitting = Literal["nothing", "places", "anything"]


def handed(heard: Heard) -> Turn:
    """A message that another service gave us, with what it understood."""
    handed = heard.message.handed
    assert handed
    match handed.intent:
        case _ if handed.danger or handed.intent == "danger":
            return danger(heard, heard.words)
        case "errand" if handed.errand:
            return _returned(heard, handed.errand.split(":"))
        case "track":
            return tracking.track(heard, handed.complaint_number)
        case "complaint":
            return start(heard, None, account=handed.account_id)
        case str() as intent if category := _category(intent.removeprefix("complaint-")):
            return start(heard, category, heard.words[:LONGEST], handed.account_id)
        case _:
            return Turn(Pass("menu", "menu"))


def _returned(heard: Heard, errand: list[str]) -> Turn:
    """An errand that had to wait for another service."""
    match errand:
        case ["complaints", "new"]:
            return linked(heard, None)
        case ["complaints", "new", name] if category := _category(name):
            return linked(heard, category)
        case _:
            return tapped(heard, errand)


def tapped(heard: Heard, id: list[str]) -> Turn:
    """A tap on something of ours, or the same as an errand; works for as long as it is on the phone."""
    match id:
        case ["complaints", "new"]:
            return start(heard, None)
        case ["complaints", "new", name] if category := _category(name):
            return start(heard, category)
        case ["complaints", "area", key, "urban" | "rural" as where] if known := _uuid(key):
            draft = heard.chat.drafts.get(known) or Draft(heard.key)
            if done := heard.chat.confirmed(known):
                return bubbles.already(heard, done)
            return in_area(heard, draft, _area(where))
        case ["complaints", "confirm", key, *subtype] if known := _uuid(key):
            return confirm(heard, known, subtype[0] if subtype else None)
        case ["complaints", "change", key, *what] if known := _uuid(key):
            return changed(heard, known, what[0] if what else None)
        case ["complaints", "another", key] if known := _uuid(key):
            return another(heard, known)
        case ["complaints", "track"]:
            return tracking.track(heard, None)
        case ["complaints", "show", number]:
            return tracking.track(heard, number)
        case ["complaints", "solved", number]:
            return tracking.solved(heard, number)
        case ["complaints", "unsolved", number]:
            return tracking.not_solved(heard, number)
        case ["complaints", "add", number]:
            return tracking.ask_add(heard, number)
        case ["complaints", *_]:
            return start(heard, None)
        case _:
            return Turn(Pass("menu", "menu"))


def changed(heard: Heard, key: UUID, what: str | None) -> Turn:
    """The consumer wants something else registered than what was shown."""
    if done := heard.chat.confirmed(key):
        return bubbles.already(heard, done)
    draft = heard.chat.drafts.get(key)
    match what:
        case _ if draft is None:
            return start(heard, None)
        case "category":
            return bubbles.ask_category(heard, replace(draft, subtype=None))
        case "where":
            return bubbles.ask_area(heard, replace(draft, area=None, place=None, latitude=None, longitude=None))
        case "nothing":
            return bubbles.tell("change.dropped")
        case _:
            return bubbles.ask_change(heard, draft)


def understood(heard: Heard, draft: Draft | None, fitting: Fitting = "nothing") -> Turn | None:
    """What the words want instead of answering the question; None where they want nothing else.

    `fitting` says which words the question can use itself: what is told about a complaint, or where it is, often sounds
    like an errand ("office ke paas", "balance khatam ho gaya tha"), so only what plainly asks for something is one.
    """
    body = heard.words
    if not isinstance(heard.message.content, Text) or len(body) > LONGEST or not body:
        return None
    found = understand(body, heard.discom.account.digits)
    if found.danger:
        return danger(heard, body)
    if found.complaint_number:
        return tracking.track(heard, found.complaint_number)
    if found.intent == "other" and found.account_id and draft is None and fitting == "nothing":
        return Turn(Pass("billing", "link", found.account_id))
    if found.confidence < (SURE if fitting == "nothing" else PLAIN) or (fitting != "nothing" and names_place(body)):
        return None
    if found.intent in ("track", *ERRANDS_ELSEWHERE) and (fitting == "nothing" or asks_for(body)):
        return tracking.track(heard, None) if found.intent == "track" else Turn(pass_on(found))
    return None if fitting == "anything" else _complained(heard, draft, found)


def _complained(heard: Heard, draft: Draft | None, found: Understood) -> Turn | None:
    """Words about another kind of complaint than the one that is talked about."""
    category = _category(found.intent.removeprefix("complaint-"))
    if draft is None:
        if category:
            return start(heard, category, heard.words, found.account_id)
        return start(heard, None) if found.intent == "complaint" else None
    if category and category != draft.category and f"complaint-{draft.category}" not in found.also:
        return start(heard, category, heard.words, found.account_id)
    return None


def _category(name: str) -> Category | None:
    return next((category for category in get_args(Category) if category == name), None)


def _area(name: str) -> Area:
    return "urban" if name == "urban" else "rural"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
