"""Complaints that exist: shown by number or as "my complaints", told more about, called solved or not. Pure."""

from dataclasses import replace
from datetime import datetime

from libs.schemas.dialogue import Moment, Offer, Phrase, Quiet, Say
from libs.schemas.messages import Area, Choice, ContextPatch, Location
from services.complaints.domain import bubbles
from services.complaints.domain import complaint as rules
from services.complaints.domain.bubbles import TO_MENU, ask, shown, tell
from services.complaints.domain.chat import LONGEST, Heard, Step, Turn
from services.complaints.domain.complaint import BEING_WORKED_ON, Complaint, add, close, reopen
from services.complaints.domain.reading import has_words

MOST_ROWS = 9
"""Complaints in one list: WhatsApp shows ten rows, and people ask for the newest."""


def track(heard: Heard, number: str | None) -> Turn:
    """One complaint by its number, or all of the chat; another consumer's number is answered like an unknown one."""
    found = list(heard.chat.complaints.values())
    if number:
        mine = heard.chat.complaints.get(number)
        return show(heard, mine) if mine else unknown(heard, number)
    if not found:
        return ask(
            heard, "track.none", Step.TRACK, (Offer("complaints:new", "track.register"), TO_MENU), facts=_example(heard)
        )
    if len(found) == 1:
        return show(heard, found[0])
    found.sort(key=lambda complaint: complaint.status == "closed")
    return listed(heard, found[:MOST_ROWS], "track.list")


def listed(heard: Heard, complaints: list[Complaint], key: str) -> Turn:
    """Several complaints to choose from, also by their place in the list."""
    rows = tuple(
        Offer(f"complaints:show:{complaint.number}", "track.row", shown(complaint, heard.message.at))
        for complaint in complaints
    )
    lines = tuple(
        Phrase("track.line", {"n": n, **shown(complaint, heard.message.at)})
        for n, complaint in enumerate(complaints, 1)
    )
    numbers = tuple(complaint.number for complaint in complaints)
    return ask(heard, key, Step.TRACK, rows, numbers=numbers, list_button="track.open", facts={"lines": lines})


def unknown(heard: Heard, number: str) -> Turn:
    """The same words whether there is no such complaint or it is somebody else's."""
    return ask(
        heard, "track.unknown", Step.TRACK, (Offer("complaints:track", "track.mine"), TO_MENU), facts={"number": number}
    )


def ask_number(heard: Heard, numbers: tuple[str, ...]) -> Turn:
    """The question of which complaint, in one sentence."""
    offers = (Offer("complaints:track", "track.mine"), TO_MENU)
    return ask(heard, "track.again", Step.TRACK, offers, numbers=numbers, facts=_example(heard))


def show(heard: Heard, complaint: Complaint) -> Turn:
    """All that its consumer may know, and what he may do about it."""
    lines = [Phrase("show.head", shown(complaint, heard.message.at))]
    if complaint.status in BEING_WORKED_ON:
        lines.append(Phrase("show.due", shown(complaint, heard.message.at)))
    if complaint.overdue(heard.message.at) or complaint.level != "JE":
        lines.append(Phrase(f"standing.{complaint.level}"))
    if complaint.remark:
        lines.append(Phrase("show.remark", {"remark": bubbles.cut(complaint.remark)}))
    lines.append(Phrase("show.since", {"at": Moment(complaint.registered_at)}))
    solved, unsolved = yes_or_no(complaint.number)
    offers: tuple[Offer, ...]
    match complaint.status:
        case "resolved":
            lines.append(Phrase("show.ask_solved"))
            offers = (solved, unsolved, TO_MENU)
            return ask(
                heard, "show.all", Step.SOLVED, offers, numbers=(complaint.number,), facts={"lines": tuple(lines)}
            )
        case "closed":
            lines.append(Phrase("show.pick_closed"))
            offers = (unsolved,)
        case _:
            lines.append(Phrase("show.pick"))
            offers = (Offer(f"complaints:add:{complaint.number}", "show.add"), solved)
    return ask(
        heard, "show.all", Step.SHOWN, (*offers, TO_MENU), numbers=(complaint.number,), facts={"lines": tuple(lines)}
    )


def picked(heard: Heard, complaint: Complaint, number: int) -> Turn:
    """What the line under a shown complaint offers by number."""
    if complaint.status in BEING_WORKED_ON:
        return ask_add(heard, complaint.number) if number == 1 else solved(heard, complaint.number)
    if complaint.status == "resolved":
        return answer_solved(heard, (complaint.number,), number == 1)
    if complaint.status == "closed" and number == 1:
        return not_solved(heard, complaint.number)
    return show(heard, complaint)


def solved(heard: Heard, number: str) -> Turn:
    """The consumer's yes closes the complaint."""
    complaint = heard.chat.complaints.get(number)
    if complaint is None:
        return unknown(heard, number)
    return tell(
        "closed.done", (yes_or_no(number)[1], TO_MENU), close(complaint, heard.message.turn), facts={"number": number}
    )


def not_solved(heard: Heard, number: str) -> Turn:
    """The consumer's no opens it again, with a new deadline and one level up."""
    complaint = heard.chat.complaints.get(number)
    if complaint is None:
        return unknown(heard, number)
    if change := reopen(complaint, heard.message.turn, heard.message.at):
        facts = {**shown(change.after, heard.message.at), "level": Phrase(f"level.{change.after.level}")}
        return ask(heard, "reopened", Step.ADD, (TO_MENU,), numbers=(number,), change=change, facts=facts)
    return show(heard, complaint)


def called_solved(heard: Heard, since: datetime) -> tuple[str, ...]:
    """Complaints that were called solved since then, so that a push has asked about them."""
    every = heard.chat.complaints.values()
    return tuple(
        one.number for one in every if one.status == "resolved" and one.resolved_at and one.resolved_at >= since
    )


def answer_solved(heard: Heard, numbers: tuple[str, ...], yes: bool) -> Turn:
    """A typed yes or no about these complaints; asked again by number where several wait for one."""
    known = [heard.chat.complaints.get(number) for number in dict.fromkeys(numbers)]
    waiting = [complaint for complaint in known if complaint and complaint.status == "resolved"]
    if len(waiting) > 1:
        return listed(heard, waiting[:MOST_ROWS], "track.which")
    number = waiting[0].number if waiting else numbers[0]
    return solved(heard, number) if yes else not_solved(heard, number)


def ask_solved(heard: Heard, number: str) -> Turn:
    """The question whether it is solved, in one sentence."""
    return ask(
        heard, "solved.again", Step.SOLVED, (*yes_or_no(number), TO_MENU), numbers=(number,), facts={"number": number}
    )


def ask_add(heard: Heard, number: str, again: bool = False) -> Turn:
    """Asks for more about a complaint; what else was asked with its number may still be answered."""
    if number not in heard.chat.complaints:
        return unknown(heard, number)
    asked = heard.asked.step if heard.asked else Step.ADD
    step = asked if again and asked in (Step.AREA, Step.PHONE) else Step.ADD
    key = "add.again" if again else "add.ask"
    return ask(heard, key, step, (TO_MENU,), numbers=(number,), facts={"number": number})


def added(heard: Heard, number: str) -> Turn:
    """Takes words, a picture or a pin into a complaint; whatever else comes gets the question again."""
    complaint = heard.chat.complaints.get(number)
    if complaint is None:
        return unknown(heard, number)
    number_of_turn, at = heard.message.turn, heard.message.at
    match heard.message.content:
        case Location(latitude=latitude, longitude=longitude):
            change = add(complaint, number_of_turn, at, "", pin=(latitude, longitude))
        case _ if heard.photos:
            change = add(complaint, number_of_turn, at, heard.words, heard.photos)
        case _ if has_words(heard.words) and len(heard.words) <= LONGEST:
            change = add(complaint, number_of_turn, at, heard.words)
        case _:
            return ask_add(heard, number, again=True)
    before = heard.asked
    times = before.times + 1 if before and before.step is Step.ADD else 1
    if before and times > bubbles.MOST_TIMES:
        return Turn(Quiet(), before, change=change)
    if complaint.phone is None and not (before and before.step is Step.PHONE):
        turn = ask(heard, "add.done_phone", Step.PHONE, numbers=(number,), change=change, facts={"number": number})
        assert isinstance(turn.move, Say)
        return replace(turn, move=replace(turn.move, ask_contact=True))
    turn = ask(heard, "add.done", Step.ADD, (TO_MENU,), numbers=(number,), change=change, facts={"number": number})
    return replace(turn, dialogue=replace(turn.dialogue, times=times)) if turn.dialogue else turn


def reachable(heard: Heard, number: str, phone: str) -> Turn:
    """The consumer gave a number to be called at."""
    complaint = heard.chat.complaints.get(number)
    if complaint is None:
        return unknown(heard, number)
    change = rules.reachable(complaint, heard.message.turn, heard.message.at, phone)
    return ask(heard, "phone.kept", Step.ADD, (TO_MENU,), numbers=(number,), change=change, facts={"number": number})


def lies_in(heard: Heard, number: str, area: Area) -> Turn:
    """The consumer said whether it is in a town or a village; the chat keeps it, the deadline follows."""
    complaint = heard.chat.complaints.get(number)
    if complaint is None:
        return unknown(heard, number)
    hours = heard.discom.complaints.deadlines[complaint.category].hours(area)
    said = heard.words or (heard.message.content.title if isinstance(heard.message.content, Choice) else "")
    change = rules.lies_in(complaint, heard.message.turn, heard.message.at, area, hours, said)
    facts = shown(change.after, heard.message.at)
    turn = ask(heard, "town.kept", Step.ADD, (TO_MENU,), numbers=(number,), change=change, facts=facts)
    assert isinstance(turn.move, Say)
    patch = ContextPatch(floor=turn.move.patch.floor, area=area)
    return replace(turn, move=replace(turn.move, patch=patch))


def yes_or_no(number: str) -> tuple[Offer, Offer]:
    """Solved, or not."""
    return Offer(f"complaints:solved:{number}", "show.solved"), Offer(f"complaints:unsolved:{number}", "show.unsolved")


def _example(heard: Heard) -> dict[str, object]:
    return {"example": f"{heard.discom.complaints.letters}01012600001"}
