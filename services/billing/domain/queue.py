"""What becomes of a chat's open messages once the billing system was asked: in their order, each once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from libs.schemas.dialogue import Say
from libs.schemas.discom import Discom
from libs.schemas.events import AccountLinked, BillShown
from libs.schemas.messages import Message
from services.billing.backends import BackendAccount
from services.billing.domain.dialogue import answer
from services.billing.domain.outcome import later, told
from services.billing.domain.privacy import day_of
from services.billing.domain.turn import Answer, Ask, Dialogue

Fact = AccountLinked | BillShown


@dataclass(frozen=True, slots=True)
class Open:
    """A message that is not answered yet."""

    message: Message
    ask: Ask | None
    """What is to be asked about it; None for a message that waits behind an earlier one, undecided."""
    late: bool
    """The consumer has waited long enough."""


@dataclass(frozen=True, slots=True)
class Done:
    """A message that is answered now."""

    answer: Answer | None
    """None where the same was said a moment before: one "later" is enough."""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """What becomes of a chat's open messages."""

    done: tuple[Done, ...]
    """For the first of them, in order; the others stay open."""
    ask: Ask | None
    """What is to be asked about the first that stays open."""
    dialogue: Dialogue | None
    linked: str | None
    looked_at: Mapping[date, frozenset[str]]
    """Accounts of others by day, those of earlier turns included."""


def go_on(
    queue: Sequence[Open],
    dialogue: Dialogue | None,
    linked: str | None,
    looked_at: Mapping[date, frozenset[str]],
    accounts: Mapping[str, BackendAccount | None] | None,
    discoms: Mapping[str, Discom],
    discom: Discom,
) -> Progress:
    """Goes on with one chat until something is to be asked first.

    `accounts` holds what was asked for, with None for what the billing system does not know; it is None while the
    billing system does not answer. Then whoever has waited long enough hears "later", once, and what the chat asked
    meanwhile with it.
    """
    done: list[Done] = []
    said_later: int | None = None
    for item in queue:
        ask = item.ask
        if ask is None:
            turn = answer(dialogue, linked, item.message, discom)
            if not isinstance(turn.move, Ask):
                dialogue = turn.dialogue
                done.append(Done(Answer(turn.move, "told", dialogue=turn.dialogue)))
                continue
            ask = turn.move
        day = day_of(item.message.at)
        if item.late or (accounts is None and said_later is not None):
            given = later(ask)
            if isinstance(given.move, Say):
                if said_later is not None:
                    done[said_later] = replace(done[said_later], answer=None)
                said_later = len(done)
        elif accounts is not None and ask.account_id in accounts:
            given = told(ask, accounts[ask.account_id], looked_at.get(day, ()), item.message, discoms, discom)
        else:
            return Progress(tuple(done), ask, dialogue, linked, looked_at)
        done.append(Done(given, _facts(ask, given, linked, item.message)))
        dialogue = given.dialogue
        linked = given.linked.account_id if given.linked else linked
        if given.foreign:
            looked_at = {**looked_at, day: looked_at.get(day, frozenset()) | {ask.account_id}}
    return Progress(tuple(done), None, dialogue, linked, looked_at)


def _facts(ask: Ask, given: Answer, linked: str | None, message: Message) -> tuple[Fact, ...]:
    discom, chat_id, at = message.discom, message.chat_id, message.at
    facts: list[Fact] = []
    if given.linked and given.linked.account_id != linked:
        facts.append(
            AccountLinked(discom=discom, chat_id=chat_id, at=at, area=given.linked.area, meter=given.linked.meter)
        )
    if ask.what != "link":
        facts.append(BillShown(discom=discom, chat_id=chat_id, at=at, what=ask.what, outcome=given.outcome))
    return tuple(facts)
