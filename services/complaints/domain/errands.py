"""Errands of complaints: from another service, from a tap, or from words in the middle of something else. Pure."""

from dataclasses import replace
from typing import Literal, get_args
from uuid import UUID

from libs.language import SURE, Understood, understand
from libs.schemas.dialogue import Pass, pass_on
from libs.schemas.events import Category
from libs.schemas.messages import Text
from services.complaints.domain import bubbles, tracking
from services.complaints.domain.chat import LONGEST, Draft, Heard, Turn
from services.complaints.domain.reading import asks_for, has_words, names_place
from services.complaints.domain.registering import another, confirm, danger, linked, start

ERRANDS_ELSEWHERE = ("bill", "balance", "links", "contacts", "human", "menu", "language-change", "stop/opt-out")
"""What people ask for in words in the middle of another thing; a greeting or a thank-you is none."""
NAME = 2
"""Words that name an errand and tell nothing."""
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
            return start(heard, None, _told(heard) if names_place(heard.words) else "", handed.account_id)
        case str() as intent if category := _category(intent.removeprefix("complaint-")):
            return start(heard, category, _told(heard), handed.account_id)
        case _:
            return Turn(Pass("menu", "menu"))


def _told(heard: Heard) -> str:
    """The words that tell of a complaint; a number picked from a list tells nothing."""
    return heard.words[:LONGEST] if has_words(heard.words) else ""


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
        case ["complaints", "area", number, "urban" | "rural" as where]:
            return tracking.lies_in(heard, number, "urban" if where == "urban" else "rural")
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
            fresh = replace(draft, area=None, place=None, latitude=None, longitude=None, account_id=None)
            return bubbles.ask_where(heard, fresh) if draft.category else start(heard, None)
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
    named = _names_errand(body, found)
    if found.confidence < (SURE if fitting == "nothing" or named else PLAIN):
        return None
    if fitting != "nothing" and names_place(body):
        return None
    if found.intent in ("track", *ERRANDS_ELSEWHERE) and (fitting == "nothing" or named or asks_for(body)):
        return tracking.track(heard, None) if found.intent == "track" else Turn(pass_on(found))
    return None if fitting == "anything" else _complained(heard, draft, found)


def _names_errand(body: str, found: Understood) -> bool:
    """Whether the words are nothing but the name of an errand: "mera bill", "1234567890 ka balance"."""
    most = {"track": 2 * NAME, "links": NAME, "bill": NAME, "balance": NAME}.get(found.intent, 0)
    return 0 < len(body.split()) - bool(found.account_id) <= most


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


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
