"""Menu answers people, and does not talk to a machine for ever: the same bubble comes a few times in a row at most.

The help line is the last thing said. After a minute's pause there is an answer again, and for other wishes at once.
"""

import zlib
from dataclasses import replace
from datetime import timedelta

from libs.language import understand
from libs.schemas.dialogue import Offer, Quiet, Say
from libs.schemas.messages import Choice, ContextPatch, Media, Message, Text
from services.menu.domain.turn import Dialogue, Turn

PAUSE = timedelta(minutes=1)
LONG_PAUSE = timedelta(minutes=10)
DOUBLE_TAP = timedelta(seconds=10)
"""A greeting that comes again so soon was sent twice, not said twice."""
COURTESY = ("thanks", "noted")
FRUITLESS = ("home.hello", "home.choose", "home.unclear", "home.media", "unsure.which", "links.ask_again")
MOST_FRUITLESS, MOST, MOST_EVER = 3, 5, 12
"""How often the same may be said in a row: what leads nowhere, what was asked for, and to whoever lets minutes pass."""


def paced(turn: Turn, before: Dialogue | None, message: Message) -> Turn:
    """The turn, unless the same was said too often; and what is to be kept of it."""
    if isinstance(turn.move, Quiet):
        return replace(turn, dialogue=before)
    if not isinstance(turn.move, Say) or turn.move.key == "closed.danger":
        return turn
    said, heard = _kind(turn.move.key), _fingerprint(message)
    if isinstance(message.content, Choice):
        kept = Dialogue(said, message.at, heard, 0, turn.step, turn.offered)
        return replace(turn, dialogue=kept if turn.step else None)
    recent = before if before and _fresh(before, message, heard) else None
    times = recent.times + 1 if recent and recent.said == said else 1
    if recent and times > 1 and (said == "courtesy" or _sent_twice(turn.move, recent, message)):
        return Turn(Quiet(), dialogue=before)
    if before and _automatic(message) and message.at - before.at < LONG_PAUSE:
        return Turn(Quiet(), dialogue=before)
    most = MOST_FRUITLESS if said == "home" else MOST
    if before and times > most and (message.at - before.at < PAUSE or times > MOST_EVER):
        return Turn(Quiet(), dialogue=before)
    kept = Dialogue(said, message.at, heard, times, turn.step, turn.offered)
    if times == most and said != "closed.why":
        give_up = Say("help", offers=(Offer("menu:home", "to_menu"),), patch=ContextPatch(floor=None))
        return Turn(give_up, dialogue=replace(kept, step=None, offered=()))
    return replace(turn, dialogue=kept)


def _kind(key: str) -> str:
    return "home" if key in FRUITLESS else "courtesy" if key in COURTESY else key


def _fresh(before: Dialogue, message: Message, heard: int) -> bool:
    return message.at - before.at < (LONG_PAUSE if heard == before.heard else PAUSE)


def _sent_twice(say: Say, recent: Dialogue, message: Message) -> bool:
    return say.key == "home.hello" and message.at - recent.at < DOUBLE_TAP


def _automatic(message: Message) -> bool:
    return isinstance(message.content, Text) and understand(message.content.body).automatic


def _fingerprint(message: Message) -> int:
    match message.content:
        case Text(body=body):
            return zlib.crc32(body.strip().casefold().encode())
        case Media(media=media):
            return zlib.crc32(media.encode())
        case other:
            return zlib.crc32(other.kind.encode())
