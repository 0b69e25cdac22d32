"""What complaints does about a message. One row per move, read from the top; the first row that fits wins."""

from dataclasses import replace

from libs.language import (
    SURE,
    area,
    find_account,
    is_danger,
    number_like,
    option,
    signal,
    understand,
    yes_no,
)
from libs.schemas.dialogue import Pass, Quiet, pass_signal
from libs.schemas.messages import Choice, Location, Media, Text
from services.complaints.domain import bubbles, tracking
from services.complaints.domain.afterwards import about_existing, told_more
from services.complaints.domain.chat import LONGEST, Dialogue, Draft, Heard, Step, Turn
from services.complaints.domain.complaint import CATEGORIES
from services.complaints.domain.errands import changed, handed, tapped, understood
from services.complaints.domain.reading import adds_nothing, has_words, knows_not, names_place, says_mended, tells_where
from services.complaints.domain.registering import (
    another,
    confirm,
    danger,
    described,
    of_category,
    proceed,
    start,
    with_account,
    with_photos,
)

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
        case Media() if is_danger(heard.words):
            return danger(heard, heard.words)
        case Text(body=body) if understand(body, heard.discom.account.digits).automatic:
            return Turn(Quiet(), heard.chat.dialogue)
        case _ if dialogue := heard.asked:
            return _asked(heard, dialogue)
        case Text():
            return understood(heard, None) or Turn(Pass("menu", "other"))
        case _:
            return Turn(Pass("menu", "other"))


def _asked(heard: Heard, dialogue: Dialogue) -> Turn:
    """An answer to our own question."""
    draft = heard.chat.drafts.get(dialogue.key) if dialogue.key else None
    if dialogue.key and (done := heard.chat.confirmed(dialogue.key)) and not _was_read(heard, dialogue):
        # written before the answer to the confirmation was read: the same yes again, or something to add
        if yes_no(heard.words) is not None or option(heard.words, MOST_OPTIONS):
            return bubbles.already(heard, done)
        return understood(heard, None, "anything") or tracking.added(heard, done.number)
    match dialogue.step:
        case Step.TRACK | Step.SOLVED | Step.SHOWN:
            return about_existing(heard, dialogue)
        case Step.ADD | Step.AREA | Step.PHONE:
            return told_more(heard, dialogue, dialogue.numbers[0])
        case _ if draft is None:
            return understood(heard, None) or start(heard, None)
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


def _was_read(heard: Heard, dialogue: Dialogue) -> bool:
    """Whether this was written after the last bubble, which took the floor."""
    floor = heard.message.context.floor
    return floor is not None and floor.since >= dialogue.since


def _answer_category(heard: Heard, draft: Draft) -> Turn:
    """A number from the list, alone or with where it is: "1", "1 1234567890", "4 gaon Rampur"."""
    body = heard.words
    if picked := option(body, len(CATEGORIES)):
        return start(heard, CATEGORIES[picked - 1])
    if other := understood(heard, draft):
        return other
    account = find_account(body, heard.discom.account.digits)
    first, _, rest = body.partition(" ")
    if (picked := option(first.strip(".,)"), len(CATEGORIES))) and (
        account or tells_where(rest, heard.discom.districts)
    ):
        told = replace(draft, place=draft.place if account else rest.strip(), area=draft.area or area(rest))
        return proceed(heard, of_category(with_account(told, account), CATEGORIES[picked - 1]))
    if account:
        return proceed(heard, with_account(draft, account))
    kept = _kept(heard, draft)
    if names_place(body) and len(body) <= LONGEST:
        kept = replace(kept, place=kept.place or body, area=kept.area or area(body))
    return bubbles.ask_category(heard, kept, again=True)


def _answer_where(heard: Heard, draft: Draft) -> Turn:
    body, digits = heard.words, heard.discom.account.digits
    match heard.message.content:
        case Location(latitude=latitude, longitude=longitude):
            return proceed(heard, replace(draft, latitude=latitude, longitude=longitude))
        case _ if account := find_account(body, digits):
            return proceed(heard, with_account(draft, account))
        case Text() if says_mended(body):
            return bubbles.tell("change.dropped")
        case Text() if (found := number_like(body)) and len(found) > 2:
            return bubbles.ask_where(heard, draft, again=True)
        case Text() if other := understood(heard, draft, "places"):
            return other
        case Text() if not names_place(body) and _tells_what(body, draft):
            return bubbles.ask_where(heard, described(draft, body), again=True)
        case Text() if (alone := area(body)) and len(body.split()) == 1:
            return bubbles.ask_where(heard, replace(draft, area=alone), again=True)
        case Text() if has_words(body) and len(body) <= LONGEST and yes_no(body) is None and not knows_not(body):
            told = replace(draft, place=body, area=draft.area or area(body))
            if tells_where(body, heard.discom.districts):
                return proceed(heard, told)
            return bubbles.ask_confirm(heard, told)
        case _:
            return bubbles.ask_where(heard, _kept(heard, draft), again=True)


def _answer_confirm(heard: Heard, draft: Draft) -> Turn:
    body, choose = heard.words, bubbles.subtypes_left(draft)
    match heard.message.content:
        case Location(latitude=latitude, longitude=longitude):
            return bubbles.ask_confirm(heard, replace(draft, latitude=latitude, longitude=longitude))
        case _ if heard.photos:
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
        case Text() if says_mended(body):
            return bubbles.tell("change.dropped")
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
    if not draft.says_where and heard.account is None and (told := _where(heard, draft)):
        return proceed(heard, replace(told, another=True))
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


def _where(heard: Heard, draft: Draft) -> Draft | None:
    """The draft with the place that an answer tells; None where it tells none."""
    match heard.message.content:
        case Location(latitude=latitude, longitude=longitude):
            return replace(draft, latitude=latitude, longitude=longitude)
        case Text(body=body) if account := find_account(body, heard.discom.account.digits):
            return with_account(draft, account)
        case Text(body=body) if len(body) <= LONGEST and tells_where(body, heard.discom.districts):
            return replace(draft, place=heard.words, area=draft.area or area(body))
        case _:
            return None


def _kept(heard: Heard, draft: Draft) -> Draft:
    """The draft with a picture or a pin that came before it was asked for."""
    match heard.message.content:
        case _ if heard.photos:
            draft = with_photos(draft, heard.photos)
            return described(draft, heard.words) if has_words(heard.words) else draft
        case Location(latitude=latitude, longitude=longitude):
            return replace(draft, latitude=latitude, longitude=longitude)
        case _:
            return draft


def _tells_what(body: str, draft: Draft) -> bool:
    """Whether the words say what happened, where they were to say where."""
    found = understand(body)
    return found.confidence >= SURE and found.intent == f"complaint-{draft.category}"
