"""What complaints says: which text with which facts and what to tap. Pure; the words are in `texts/`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from libs.schemas.dialogue import FLOOR, Moment, Offer, Phrase, Quiet, Say, asks
from libs.schemas.messages import Choice, ContextPatch, Media
from services.complaints.domain.chat import Dialogue, Draft, Heard, Step, Turn
from services.complaints.domain.complaint import CATEGORIES, OTHER, SUBTYPES, Change, Complaint

TO_MENU = Offer("menu:home", "to_menu")
NO_FACTS: Mapping[str, object] = {}
MOST_AGAIN, MOST_TIMES = 3, 5
"""How often a question is asked in a row: of somebody whose answers do not fit, and of somebody who tells ever more."""
AFTERWARDS = timedelta(minutes=10)
"""How long what is written counts as said about the complaint just shown; short, for a push may want to ask."""
NEED_NO_ANSWER = (Step.ADD, Step.AREA, Step.SHOWN)
SHOWN = 200
"""Characters of the consumer's own words that a bubble repeats."""


def ask(
    heard: Heard, key: str, step: Step, offers: tuple[Offer, ...] = (), draft: Draft | None = None,
    numbers: tuple[str, ...] = (), list_button: str | None = None, ask_location: bool = False,
    change: Change | None = None, facts: Mapping[str, object] = NO_FACTS, urgent: bool = False,
) -> Turn:  # fmt: skip
    """A question: takes the floor, and keeps where the dialogue stands. Asked in vain too often, it ends.

    Of an album of ten photos all are kept, and not each is answered.
    """
    at, before = heard.message.at, heard.asked
    again = before and before.step is step and change is None and not isinstance(heard.message.content, Choice)
    told = draft is not None and draft != heard.chat.drafts.get(draft.key)
    shows = isinstance(heard.message.content, Media)
    times = before.times + 1 if before and again else 1
    if times > (MOST_AGAIN if key.endswith("again") and not told else MOST_TIMES):
        return Turn(Quiet(), before, draft) if told and shows else tell("gave_up")
    floor = asks("complaints", at, AFTERWARDS if step in NEED_NO_ANSWER else FLOOR)
    patch = ContextPatch(floor=floor)
    say = Say(key, facts, offers, list_button, ask_location=ask_location, urgent=urgent, patch=patch)
    dialogue = Dialogue(step, at, draft.key if draft else None, numbers, times)
    return Turn(say, dialogue, draft, change)


def tell(
    key: str,
    offers: tuple[Offer, ...] = (TO_MENU,),
    change: Change | None = None,
    facts: Mapping[str, object] = NO_FACTS,
) -> Turn:
    """An answer that asks nothing."""
    return Turn(Say(key, facts, offers), change=change)


def ask_category(heard: Heard, draft: Draft, again: bool = False) -> Turn:
    rows = tuple(Offer(f"complaints:new:{category}", f"row.{category}.title") for category in CATEGORIES)
    key = "category.again" if again else "category.ask"
    known = "last" if draft.says_where else "linked" if heard.account else "where"
    facts = NO_FACTS if again else {"portal": heard.discom.complaints.portal, "how": Phrase(f"category.{known}")}
    return ask(heard, key, Step.CATEGORY, rows, draft, list_button="category.open", facts=facts)


def ask_where(heard: Heard, draft: Draft, again: bool = False) -> Turn:
    """An account ID, a place in words or a pin; whichever comes first."""
    assert draft.category
    digits = "/".join(map(str, heard.discom.account.digits))
    kind = {"supply": "supply", "new-connection": "connection"}.get(draft.category, "account")
    key = f"where.{kind}_again" if again else f"where.{kind}"
    return ask(heard, key, Step.WHERE, draft=draft, ask_location=True, facts={"digits": digits})


def ask_confirm(heard: Heard, draft: Draft, again: bool = False) -> Turn:
    """Shows what will be registered. Where the sub-type is open, choosing it is the confirmation."""
    assert draft.category
    draft = replace(draft, shown=True)
    choose = subtypes_left(draft)
    if choose:
        offers = tuple(
            Offer(f"complaints:confirm:{draft.key}:{subtype}", f"pick.{draft.category}.{subtype}") for subtype in choose
        )
        offers += (Offer(f"complaints:change:{draft.key}", "confirm.change_row"),)
    else:
        offers = (
            Offer(f"complaints:confirm:{draft.key}", "confirm.yes"),
            Offer(f"complaints:change:{draft.key}", "confirm.change"),
            TO_MENU,
        )
    button = "confirm.open" if choose else None
    if again:
        return ask(heard, "confirm.again", Step.CONFIRM, offers, draft, list_button=button)
    key = "confirm.ask_list" if choose else "confirm.ask"
    return ask(heard, key, Step.CONFIRM, offers, draft, list_button=button, facts={"lines": _lines(heard, draft)})


def subtypes_left(draft: Draft) -> tuple[str, ...]:
    """The sub-types to choose from, numbered as they are shown; none where it is known or makes no difference."""
    return SUBTYPES[draft.category] if draft.category and draft.subtype is None else ()


def _lines(heard: Heard, draft: Draft) -> tuple[Phrase, ...]:
    lines = [Phrase(f"category.{draft.category}")]
    lines += [Phrase(f"confirm.{draft.area}")] if draft.area else []
    if draft.subtype and draft.subtype != OTHER:
        lines[0] = Phrase(f"subtype.{draft.category}.{draft.subtype}")
    lines += _where(draft, draft.account_id or (heard.account.account_id if heard.account else None))
    if draft.description:
        lines.append(Phrase("confirm.description", {"text": cut(draft.description)}))
    if draft.photos:
        lines.append(Phrase("confirm.photos", {"count": len(draft.photos)}))
    return tuple(lines)


def _where(draft: Draft, account: str | None) -> list[Phrase]:
    lines = [Phrase("confirm.account", {"account": account[-4:]})] if account else []
    if draft.place and draft.place not in draft.description:
        lines.append(Phrase("confirm.place", {"place": cut(draft.place)}))
    if draft.latitude is not None:
        lines.append(Phrase("confirm.location"))
    return lines


def ask_exists(heard: Heard, draft: Draft, complaint: Complaint, again: bool = False) -> Turn:
    offers = (
        Offer(f"complaints:show:{complaint.number}", "exists.show"),
        Offer(f"complaints:another:{draft.key}", "exists.another"),
        TO_MENU,
    )
    key = "exists.again" if again else "exists.ask"
    how = "exists.new" if draft.says_where or heard.account else "exists.new_where"
    facts = {"number": complaint.number} if again else {**shown(complaint, heard.message.at), "how": Phrase(how)}
    return ask(heard, key, Step.EXISTS, offers, draft, (complaint.number,), facts=facts)


def ask_change(heard: Heard, draft: Draft, again: bool = False) -> Turn:
    offers = (
        Offer(f"complaints:change:{draft.key}:category", "change.category"),
        Offer(f"complaints:change:{draft.key}:where", "change.where"),
        Offer(f"complaints:change:{draft.key}:nothing", "change.nothing"),
    )
    return ask(heard, "change.again" if again else "change.ask", Step.CHANGE, offers, draft)


def registered(heard: Heard, change: Change, draft: Draft, assumed: bool) -> Turn:
    """The number at once, with the deadline; then what the officer could use, which nobody has to answer.

    The key stays in the dialogue, so that a second yes is known as one.
    """
    complaint, at = change.after, heard.message.at
    show = Offer(f"complaints:show:{complaint.number}", "done.show")
    more = Step.PHONE if complaint.phone is None else Step.AREA if assumed else Step.ADD
    offers: tuple[Offer, ...] = () if more is Step.PHONE else (show, TO_MENU)
    if more is Step.AREA:
        offers = (Offer(f"complaints:area:{complaint.number}:rural", "done.village"), *offers)
    lines = (what(complaint), *(() if draft.shown else _where(draft, draft.account_id)))
    facts = {**shown(complaint, at), "what": lines, "more": Phrase(f"done.{more}")}
    facts["portal"] = heard.discom.complaints.portal
    area = {} if assumed or heard.area else {"area": complaint.area}
    patch = ContextPatch(floor=asks("complaints", at, AFTERWARDS), **area)
    say = Say("done.registered", facts, offers, ask_contact=more is Step.PHONE, patch=patch)
    return Turn(say, Dialogue(more, at, complaint.key, (complaint.number,)), change=change)


def urgent(heard: Heard, key: str, change: Change) -> Turn:
    """Safety first, then the number, then the place is asked for."""
    numbers = (change.after.number,)
    facts = shown(change.after, heard.message.at)
    return ask(heard, key, Step.ADD, numbers=numbers, ask_location=True, change=change, facts=facts, urgent=True)


def already(heard: Heard, complaint: Complaint) -> Turn:
    """The same confirmation came again: its complaint, not a second one."""
    offers = (Offer(f"complaints:show:{complaint.number}", "done.show"), TO_MENU)
    turn = tell("done.already", offers, facts=shown(complaint, heard.message.at))
    return replace(turn, dialogue=Dialogue(Step.CONFIRM, heard.message.at, complaint.key))


def shown(complaint: Complaint, now: datetime) -> dict[str, object]:
    """What may be said about a complaint to its consumer."""
    status = "unconfirmed" if complaint.unconfirmed else complaint.status
    key = "due.provisional" if complaint.provisional else "due.firm"
    if complaint.overdue(now):
        key = "due.passed"
    return {
        "number": complaint.number,
        "what": what(complaint),
        "status": Phrase(f"status.{status}"),
        "due": Phrase(key, {"due": Moment(complaint.due_at), "level": Phrase(f"level.{complaint.level}")}),
    }


def what(complaint: Complaint) -> Phrase:
    """The sub-type in words, or the category where there is none."""
    if complaint.subtype == OTHER:
        return Phrase(f"category.{complaint.category}")
    return Phrase(f"subtype.{complaint.category}.{complaint.subtype}")


def cut(text: str) -> str:
    """The beginning of what a person wrote, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
