"""What complaints does about a message. One row per move, read from the top; the first row that fits wins."""

from collections.abc import Mapping
from dataclasses import replace

from libs.language import SURE, area, find_account, number_like, option, signal, understand, yes_no
from libs.schemas.dialogue import Pass, pass_signal
from libs.schemas.messages import Area, Choice, Location, Media, Text
from services.complaints.domain import bubbles, tracking
from services.complaints.domain.chat import LONGEST, Dialogue, Draft, Heard, Step, Turn
from services.complaints.domain.complaint import CATEGORIES
from services.complaints.domain.errands import changed, handed, tapped, understood
from services.complaints.domain.reading import adds_nothing, has_words, names_place
from services.complaints.domain.registering import (
    another,
    confirm,
    danger,
    described,
    in_area,
    proceed,
    start,
    with_account,
    with_photo,
)

AREAS: Mapping[int, Area] = {1: "urban", 2: "rural"}
MOST_OPTIONS = 10
"""Rows of the longest list."""


def answer(heard: Heard) -> Turn:
    """What to do about one message."""
    match heard.message.content:
        case _ if heard.message.handed:
            return handed(heard)
        case Choice(id=id):
            return tapped(heard, id.split(":"))
        case Text(body=body) if found := signal(body):
            if found.kind == "danger":
                return danger(heard, heard.words)
            return Turn(pass_signal(found.kind, understand(body, heard.discom.account.digits)))
        case _ if dialogue := heard.asked:
            return _asked(heard, dialogue)
        case Text():
            return understood(heard, None) or Turn(Pass("menu", "other"))
        case _:
            return Turn(Pass("menu", "other"))


def _asked(heard: Heard, dialogue: Dialogue) -> Turn:
    """An answer to our own question."""
    draft = heard.chat.drafts.get(dialogue.key) if dialogue.key else None
    if dialogue.key and (done := heard.chat.confirmed(dialogue.key)):
        # written before the answer to the confirmation was read: the same yes again, or something to add
        if yes_no(heard.words) is not None or option(heard.words, MOST_OPTIONS):
            return bubbles.already(heard, done)
        return understood(heard, None, "anything") or tracking.added(heard, done.number)
    match dialogue.step:
        case Step.TRACK | Step.SOLVED | Step.ADD:
            return _about_existing(heard, dialogue)
        case _ if draft is None:
            return understood(heard, None) or start(heard, None)
        case Step.AREA:
            return _answer_area(heard, draft)
        case Step.CATEGORY:
            return _answer_category(heard, draft)
        case Step.WHERE:
            return _answer_where(heard, draft)
        case Step.CONFIRM:
            return _answer_confirm(heard, draft)
        case Step.CHANGE:
            picked = option(heard.words, 3)
            if picked:
                return changed(heard, draft.key, ("category", "where", "nothing")[picked - 1])
            return understood(heard, draft) or bubbles.ask_change(heard, draft, again=True)
        case Step.EXISTS:
            return _answer_exists(heard, draft, dialogue.numbers[0])


def _about_existing(heard: Heard, dialogue: Dialogue) -> Turn:
    body, numbers = heard.words, dialogue.numbers
    match dialogue.step:
        case Step.TRACK if (n := option(body, len(numbers))) and n:
            return tracking.track(heard, numbers[n - 1])
        case Step.TRACK:
            return understood(heard, None) or tracking.ask_number(heard, numbers)
        case Step.SOLVED if (picked := option(body, 2)) or yes_no(body) is not None:
            return tracking.answer_solved(heard, numbers, yes_no(body) is True or picked == 1)
        case Step.SOLVED:
            return understood(heard, None) or tracking.ask_solved(heard, numbers[0])
        case _:
            return understood(heard, None, "anything") or tracking.added(heard, numbers[0])


def _answer_area(heard: Heard, draft: Draft) -> Turn:
    body = heard.words
    account = find_account(body, heard.discom.account.digits)
    kept = with_account(_kept(heard, draft), account)
    if names_place(body):
        kept = replace(kept, place=kept.place or body)
    if picked := area(body) or AREAS.get(option(body, 2) or 0):
        return in_area(heard, kept, picked)
    if account:
        return proceed(heard, kept)
    return understood(heard, draft) or bubbles.ask_area(heard, kept, again=True)


def _answer_category(heard: Heard, draft: Draft) -> Turn:
    if picked := option(heard.words, len(CATEGORIES)):
        return start(heard, CATEGORIES[picked - 1])
    return understood(heard, draft) or bubbles.ask_category(heard, _kept(heard, draft), again=True)


def _answer_where(heard: Heard, draft: Draft) -> Turn:
    body, digits = heard.words, heard.discom.account.digits
    match heard.message.content:
        case Location(latitude=latitude, longitude=longitude):
            return proceed(heard, replace(draft, latitude=latitude, longitude=longitude))
        case _ if account := find_account(body, digits):
            return proceed(heard, with_account(draft, account))
        case Text() if (found := number_like(body)) and len(found) > 2:
            return bubbles.ask_where(heard, draft, again=True)
        case Text() if other := understood(heard, draft, "places"):
            return other
        case Text() if not names_place(body) and _tells_what(body, draft):
            return bubbles.ask_where(heard, described(draft, body), again=True)
        case Text() if has_words(body) and len(body) <= LONGEST and yes_no(body) is None:
            return proceed(heard, replace(draft, place=body))
        case _:
            return bubbles.ask_where(heard, _kept(heard, draft), again=True)


def _answer_confirm(heard: Heard, draft: Draft) -> Turn:
    body, choose = heard.words, bubbles.subtypes_left(draft)
    match heard.message.content:
        case Location(latitude=latitude, longitude=longitude):
            return bubbles.ask_confirm(heard, replace(draft, latitude=latitude, longitude=longitude))
        case Media(media="image" | "video" | "document"):
            return bubbles.ask_confirm(heard, _kept(heard, draft))
        case Text() if choose and (picked := option(body, len(choose) + 1)):
            return (
                changed(heard, draft.key, None)
                if picked > len(choose)
                else confirm(heard, draft.key, choose[picked - 1])
            )
        case Text() if not choose and (picked := option(body, 3)):
            return (
                confirm(heard, draft.key) if picked == 1
                else changed(heard, draft.key, None) if picked == 2
                else Turn(Pass("menu", "menu"))
            )  # fmt: skip
        case Text() if (yes := yes_no(body)) is not None:
            return confirm(heard, draft.key) if yes else bubbles.ask_change(heard, draft)
        case Text() if account := find_account(body, heard.discom.account.digits):
            return proceed(heard, with_account(draft, account))
        case Text() if other := understood(heard, draft, "anything"):
            return other
        case Text() if has_words(body) and len(body) <= LONGEST and not adds_nothing(body):
            return bubbles.ask_confirm(heard, described(draft, body))
        case _:
            return bubbles.ask_confirm(heard, draft, again=True)


def _answer_exists(heard: Heard, draft: Draft, number: str) -> Turn:
    match option(heard.words, 3), yes_no(heard.words):
        case (1, _) | (None, False):
            return tracking.track(heard, number)
        case (2, _) | (None, True):
            return another(heard, draft.key)
        case (3, _):
            return Turn(Pass("menu", "menu"))
    if other := understood(heard, draft):
        return other
    existing = heard.chat.complaints.get(number)
    return bubbles.ask_exists(heard, draft, existing, again=True) if existing else proceed(heard, draft)


def _kept(heard: Heard, draft: Draft) -> Draft:
    """The draft with a picture or a pin that came before it was asked for."""
    match heard.message.content:
        case Media(media="image" | "video" | "document", media_id=media_id):
            draft = with_photo(draft, media_id)
            return described(draft, heard.words) if has_words(heard.words) else draft
        case Location(latitude=latitude, longitude=longitude):
            return replace(draft, latitude=latitude, longitude=longitude)
        case _:
            return draft


def _tells_what(body: str, draft: Draft) -> bool:
    """Whether the words say what happened, where they were to say where."""
    found = understand(body)
    return found.confidence >= SURE and found.intent == f"complaint-{draft.category}"
