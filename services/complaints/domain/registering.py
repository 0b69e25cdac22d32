"""The errand of registering a complaint: what is known, what is still missing, the confirmation. Pure."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from libs.language import area as area_in
from libs.schemas.dialogue import Pass
from libs.schemas.events import Category
from services.complaints.domain import bubbles
from services.complaints.domain.chat import LONGEST, MOST_PHOTOS, Dialogue, Draft, Heard, Step, Turn
from services.complaints.domain.complaint import (
    BEING_WORKED_ON,
    DANGER,
    NORMAL,
    OTHER,
    SUBTYPES,
    URGENT,
    Change,
    Complaint,
    Entry,
    add,
)
from services.complaints.domain.reading import names_place, subtype_of


def start(heard: Heard, category: Category | None, words: str = "", account: str | None = None) -> Turn:
    """Begins, or goes on with the draft of the same errand; the words are taken for the description."""
    draft = of_category(heard.draft or Draft(heard.key), category)
    draft = replace(draft, area=draft.area or heard.area)
    if words:
        draft = described(draft, words)
        draft = replace(draft, area=draft.area or area_in(words))
    return proceed(heard, with_account(draft, account))


def of_category(draft: Draft, category: Category | None) -> Draft:
    """The draft of that category, if one is named; a sub-type of another one is none of its."""
    return replace(draft, category=category, subtype=None) if category not in (None, draft.category) else draft


def described(draft: Draft, words: str) -> Draft:
    """The draft with what the consumer wrote about it."""
    if words in draft.description:
        return draft
    text = f"{draft.description}\n{words}".strip()[: 2 * LONGEST]
    subtype = draft.subtype or (subtype_of(draft.category, words) if draft.category else None)
    place = draft.place or (words if names_place(words) else None)
    return replace(draft, description=text, subtype=subtype, place=place)


def with_account(draft: Draft, account: str | None) -> Draft:
    """The draft with an account that billing has not been asked about yet."""
    if account is None or account == draft.account_id:
        return draft
    return replace(draft, account_id=account, account_asked=False)


def with_photos(draft: Draft, photos: tuple[str, ...]) -> Draft:
    return replace(draft, photos=(*draft.photos, *photos)[-MOST_PHOTOS:])


def proceed(heard: Heard, draft: Draft) -> Turn:
    """What is missing first; then the number for whoever has told where it is, the confirmation for others."""
    match draft:
        case Draft(category=str() as category) if open_one := _open_one(heard, draft, category):
            return bubbles.ask_exists(heard, draft, open_one)
        case Draft(account_id=str() as account, account_asked=False) if not _is_linked(heard, account):
            return _ask_billing(heard, replace(draft, account_asked=True), account)
        case Draft(category=None):
            return bubbles.ask_category(heard, draft)
        case Draft(says_where=False) if heard.account is None:
            return bubbles.ask_where(heard, draft)
        case Draft(another=True):
            return _done(heard, draft)
        case Draft(says_where=True, shown=False) if not _wants_to_apply(draft):
            return _done(heard, draft)
        case _:
            return bubbles.ask_confirm(heard, draft)


def _wants_to_apply(draft: Draft) -> bool:
    """Whether the words ask for a connection: it is applied for elsewhere, which is said before a complaint is made."""
    return draft.category == "new-connection" and bool(draft.description) and draft.subtype in (None, "apply")


def _done(heard: Heard, draft: Draft) -> Turn:
    """Registered. Without an area the shorter deadline counts, and the consumer is told so."""
    assumed = draft.area is None
    settled = replace(draft, area=draft.area or "urban", subtype=draft.subtype or OTHER)
    return bubbles.registered(heard, _register(heard, settled), settled, assumed)


def _ask_billing(heard: Heard, draft: Draft, account: str) -> Turn:
    """Billing links the account and hands the errand back; the dialogue keeps the draft, and what it lacks, so long."""
    errand = f"complaints:new:{draft.category}" if draft.category else "complaints:new"
    lacks, asked = (Step.WHERE, 1) if draft.category else (Step.CATEGORY, 0)
    waiting = Dialogue(lacks, heard.message.at, draft.key, times=asked)
    return Turn(Pass("billing", "link", account, errand=errand), waiting, draft)


def linked(heard: Heard, category: Category | None) -> Turn:
    """Billing has handed the errand back: what it knows of the account counts before what was said.

    Without an account that it has linked now, the complaint is about the one that was named; that the chat is linked to
    another one says nothing about it.
    """
    draft = of_category(heard.draft or Draft(heard.key), category)
    handed = heard.message.handed
    account = (handed.account_id if handed else None) or draft.account_id
    if account is None or heard.account is None or _is_linked(heard, account):
        known = heard.area or draft.area
    else:
        known = area_in(f"{draft.place or ''} {draft.description}")
    return proceed(heard, replace(draft, area=known, account_id=account, account_asked=True))


def another(heard: Heard, key: UUID) -> Turn:
    """The consumer wants one more complaint beside the open one."""
    if done := heard.chat.confirmed(key):
        return bubbles.already(heard, done)
    draft = heard.chat.drafts.get(key)
    return proceed(heard, replace(draft, another=True)) if draft else start(heard, None)


def confirm(heard: Heard, key: UUID, subtype: str | None = None) -> Turn:
    """The consumer confirmed: one complaint for this key, however often it comes."""
    if done := heard.chat.confirmed(key):
        return bubbles.already(heard, done)
    draft = heard.chat.drafts.get(key)
    if draft is None or draft.category is None:
        return start(heard, None)
    if open_one := _open_one(heard, draft, draft.category):
        return bubbles.ask_exists(heard, draft, open_one)
    if subtype and subtype not in SUBTYPES[draft.category]:
        return bubbles.ask_confirm(heard, draft)  # tapped on a bubble of before the kind of complaint was changed
    return _done(heard, replace(draft, subtype=subtype or draft.subtype))


def danger(heard: Heard, words: str) -> Turn:
    """Somebody may get hurt: registered at once, before any question; safety first in the answer."""
    for known in heard.chat.complaints.values():
        if known.danger and known.status in BEING_WORKED_ON:
            change = add(known, heard.message.turn, heard.message.at, words[:LONGEST], heard.photos)
            return bubbles.urgent(heard, "danger.again", change)
    draft = replace(described(Draft(heard.key, "supply"), words[:LONGEST]), photos=heard.photos)
    # without an area the shorter deadline counts
    draft = replace(draft, subtype=DANGER, area=heard.area or area_in(words) or "urban")
    return bubbles.urgent(heard, "danger.registered", _register(heard, draft))


def _open_one(heard: Heard, draft: Draft, category: Category) -> Complaint | None:
    if draft.another:
        return None
    account = draft.account_id or (heard.account.account_id if heard.account else None)
    return heard.chat.open_like(category, account)


def _is_linked(heard: Heard, account_id: str) -> bool:
    return heard.account is not None and heard.account.account_id == account_id


def _known_phone(heard: Heard) -> str | None:
    """The number that was given for an earlier complaint of this chat."""
    return next((known.phone for known in heard.chat.complaints.values() if known.phone), None)


def _register(heard: Heard, draft: Draft) -> Change:
    assert draft.category and draft.area and draft.subtype
    message, rule = heard.message, heard.discom.complaints.deadlines[draft.category]
    hours = rule.hours(draft.area)
    due = message.at + timedelta(hours=hours)
    account = draft.account_id or (heard.account.account_id if heard.account else None)
    urgent = draft.subtype == DANGER
    complaint = Complaint(
        number=heard.number,
        key=draft.key,
        chat_id=message.chat_id,
        turn=message.turn,
        heard_at=message.at,
        partition=heard.partition,
        language=heard.language,
        phone=message.sender.phone or _known_phone(heard),
        category=draft.category,
        subtype=draft.subtype,
        area=draft.area,
        account_id=account,
        account_linked=account is not None and _is_linked(heard, account),
        place=draft.place,
        latitude=draft.latitude,
        longitude=draft.longitude,
        description=draft.description,
        photos=draft.photos,
        danger=urgent,
        hours=hours,
        provisional=rule.provisional,
        registered_at=message.at,
        due_at=due,
        next_at=due,
        priority=URGENT if urgent else NORMAL,
    )
    return Change(None, complaint, Entry("registered", "consumer"))
