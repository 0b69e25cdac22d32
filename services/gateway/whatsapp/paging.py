"""Lists of more than ten options: nine rows and one that leads to the rest, with all that is needed in its id."""

import re
from dataclasses import dataclass

from libs.schemas.messages import Option, Reply
from services.gateway.whatsapp.limits import ROWS

OPEN_LIST = "☰"
"""Label of a list whose writer gave none; the gateway knows no language."""
_MORE = re.compile(r"gateway:more:([1-9]\d{0,5}):(.+)")


@dataclass(frozen=True, slots=True)
class More:
    """What the row asks for: the options from `start` on of the bubble with this callback."""

    start: int
    callback: str


def page(options: tuple[Option, ...], callback: str) -> tuple[Option, ...]:
    """At most ten rows; where there are more options, the tenth says how many."""
    if len(options) <= ROWS:
        return options
    shown = ROWS - 1
    return (*options[:shown], Option(id=f"gateway:more:{shown}:{callback}", title=f"▸ +{len(options) - shown}"))


def more(id: str) -> More | None:
    """What the tap on a row of ours asks for; None for the id of a service."""
    found = _MORE.fullmatch(id)
    return More(int(found[1]), found[2]) if found else None


def rest(reply: Reply, start: int) -> Reply:
    """The bubble with the options from `start` on, as a list however few; all of them where there are no more."""
    left = reply.options[start:] or reply.options
    return reply.model_copy(update={"options": left, "list_button": reply.list_button or OPEN_LIST})
