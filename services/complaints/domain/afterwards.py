"""Answers to questions about complaints that exist: shown, just registered, called solved. Pure."""

from collections.abc import Mapping

from libs.language import area, is_thanks, option, yes_no
from libs.schemas.dialogue import ERRANDS, Pass
from libs.schemas.messages import Area, Text
from services.complaints.domain import bubbles, tracking
from services.complaints.domain.chat import LONGEST, Dialogue, Heard, Step, Turn
from services.complaints.domain.errands import understood
from services.complaints.domain.reading import asks_when, phone_in, says_mended

AREAS: Mapping[int, Area] = {1: "urban", 2: "rural"}
FEW_WORDS = 3


def about_existing(heard: Heard, dialogue: Dialogue) -> Turn:
    """An answer to a list of complaints, to one that is shown, or to the question whether it is solved."""
    body, numbers = heard.words, dialogue.numbers
    match dialogue.step:
        case Step.TRACK if (n := option(body, len(numbers))) and n:
            return tracking.track(heard, numbers[n - 1])
        case Step.TRACK:
            return understood(heard, None) or tracking.ask_number(heard, numbers)
        case Step.SOLVED if (picked := option(body, 2)) or yes_no(body) is not None:
            asked = (*numbers, *tracking.called_solved(heard, dialogue.since))
            return tracking.answer_solved(heard, asked, yes_no(body) is True or picked == 1)
        case Step.SOLVED:
            return understood(heard, None) or tracking.ask_solved(heard, numbers[0])
        case _ if says_mended(body) and len(body) <= LONGEST:
            return tracking.ask_solved(heard, numbers[0])
        case _ if (picked := option(body, 2)) and (shown := heard.chat.complaints.get(numbers[0])):
            return tracking.picked(heard, shown, picked)
        case _:
            return _elsewhere(heard)


def told_more(heard: Heard, dialogue: Dialogue, number: str) -> Turn:
    """After a complaint was registered: what the officer could use, or whatever else people say then."""
    body = heard.words
    waiting = tracking.called_solved(heard, dialogue.since)
    match dialogue.step:
        case _ if waiting and ((solved := option(body, 2)) or yes_no(body) is not None):
            # a push has asked since
            return tracking.answer_solved(heard, waiting, yes_no(body) is True or solved == 1)
        case Step.PHONE if phone := heard.message.sender.phone or phone_in(body):
            return tracking.reachable(heard, number, phone)
        case Step.PHONE if yes_no(body) is False:
            return bubbles.tell("phone.none")
        case Step.AREA if isinstance(heard.message.content, Text) and (picked := _area_alone(body)):
            return tracking.lies_in(heard, number, picked)
    if isinstance(heard.message.content, Text) and len(body) <= LONGEST:
        if says_mended(body):
            return tracking.ask_solved(heard, number)
        if asks_when(body):
            return tracking.track(heard, number)
    if option(body, len(ERRANDS)) or is_thanks(body) or yes_no(body) is not None:
        return _elsewhere(heard)
    return understood(heard, None, "anything") or tracking.added(heard, number)


def _area_alone(body: str) -> Area | None:
    return AREAS.get(option(body, 2) or 0) or (area(body) if len(body.split()) <= FEW_WORDS else None)


def _elsewhere(heard: Heard) -> Turn:
    """What is no answer to us goes to whom it is for."""
    if isinstance(heard.message.content, Text) and (other := understood(heard, None)):
        return other
    return Turn(Pass("menu", "other"))
