"""What billing does about a message before the billing system is asked: one row per move."""

import re
from typing import Final

from libs.language import SURE, Understood, is_danger, language_of, number_like, other_account, signal, understand
from libs.schemas.dialogue import FLOOR, Offer, Pass, Quiet, Say, asks, holds_floor, pass_on, pass_signal
from libs.schemas.discom import Discom
from libs.schemas.messages import Choice, ContextPatch, HandOver, Language, Media, Message, Text
from services.billing.domain.turn import Ask, Dialogue, Step, Turn, What

TAP: Final = re.compile(r"billing:(bill|balance|link)(?::(\d+))?")
"""`billing:bill`, of the linked account; `billing:balance:1000000017`, under a bubble about that account."""
MOST_TIMES = 3
"""How often in a row an account ID is asked for; then the consumer is told who helps."""
NO_ERRAND = ("other", "menu", "greeting")
"""Intents that do not outweigh an account ID in the same text."""


def language_for(message: Message) -> Language:
    """The chat's language, else that of the words, else Hindi."""
    if message.context.language:
        return message.context.language
    return (language_of(message.content.body) if isinstance(message.content, Text) else None) or "hi"


def is_signal(message: Message) -> bool:
    """Whether this is handed over at once, whatever billing is waiting for."""
    match message.content:
        case Text(body=body) if not message.handed:
            return signal(body) is not None
        case Media(caption=str() as caption) if not message.handed:
            return is_danger(caption)
    return False


def answer(dialogue: Dialogue | None, linked: str | None, message: Message, discom: Discom) -> Turn:
    """One row per move, read from the top; the first row that fits wins.

    `linked` is the account that the chat is linked to.
    """
    asked = dialogue if dialogue and holds_floor("billing", message) else None
    match message.content:
        case _ if not discom.open:
            return Turn(Pass("menu", "menu"))
        case _ if message.handed:
            return _handed(message.handed, _recent(dialogue, message), linked, message, discom)
        case Choice(id="billing:other"):
            return ask_account("account.ask", None, "billing:bill", message, discom)
        case Choice(id=id) if tap := TAP.fullmatch(id):
            return _tapped(tap, linked, message, discom)
        case Text(body=body) if heard := signal(body):
            return Turn(pass_signal(heard.kind, understand(body, discom.account.digits)))
        case Media(caption=str() as caption) if is_danger(caption):
            return Turn(pass_signal("danger", understand(caption, discom.account.digits)))
        case Text(body=body) if other_account(body):
            return ask_account("account.ask", asked, asked.errand if asked else "billing:bill", message, discom)
        case Text(body=body):
            return _said(understand(body, discom.account.digits), asked, linked, message, discom)
        case _ if asked:
            return _no_answer(asked, message, discom)
        case _:
            return Turn(Pass("menu", "other"))


def _handed(
    handed: HandOver, waiting: Dialogue | None, linked: str | None, message: Message, discom: Discom
) -> Turn:  # fmt: skip
    """What another service understood."""
    match handed:
        case HandOver(intent="bill" | "balance" as what, account_id=str() as number):
            return _ask(what, number)
        case HandOver(intent="bill" | "balance" as what):
            return _wanted(what, linked, None, message, discom)
        case HandOver(account_id=str() as number):
            # sent before the question was read, so that it came by way of the menu
            return _ask("link", number, handed.errand or (waiting.errand if waiting else None))
        case HandOver(intent="link"):
            return ask_account("account.ask", None, handed.errand, message, discom)
        case _:
            return Turn(Pass("menu", "other"))


def _recent(dialogue: Dialogue | None, message: Message) -> Dialogue | None:
    return dialogue if dialogue and message.at < dialogue.asked_at + FLOOR else None


def _tapped(tap: re.Match[str], linked: str | None, message: Message, discom: Discom) -> Turn:
    what, number = tap.groups()
    if number and len(number) in discom.account.digits:
        return _ask("link" if what == "link" else _what(what), number)
    if what == "link":
        return ask_account("account.ask", None, None, message, discom)
    return _wanted(what, linked, None, message, discom)


def _said(found: Understood, asked: Dialogue | None, linked: str | None, message: Message, discom: Discom) -> Turn:
    """What free text means to billing; only what is surely another errand ends its own question."""
    assert isinstance(message.content, Text)
    intent = found.intent if found.confidence >= SURE else "other"
    errand = asked.errand if asked else None
    match intent:
        case _ if found.automatic:
            return Turn(Quiet(), asked) if asked else Turn(Pass("menu", "other"))
        case _ if found.danger or (found.complaint_number and intent in NO_ERRAND):
            return Turn(pass_on(found))
        case "bill" | "balance" if found.account_id:
            return _ask(_what(intent), found.account_id)
        case _ if found.account_id and intent in NO_ERRAND:
            return _ask("link", found.account_id, errand)
        case _ if asked and not found.account_id and (number := number_like(message.content.body)):
            return ask_account("account.wrong_length", asked, errand, message, discom, found=len(number))
        case "bill" | "balance":
            return _wanted(intent, linked, asked, message, discom)
        case "other" if asked:
            return _no_answer(asked, message, discom)
        case "other":
            return Turn(Pass("menu", "other"))
        case _:
            return Turn(pass_on(found))


def _no_answer(asked: Dialogue, message: Message, discom: Discom) -> Turn:
    """The question again; but a complaint that only waits for its account goes on without."""
    if back := back_to_complaints(asked.errand):
        return Turn(back)
    return ask_account("account.ask_again", asked, asked.errand, message, discom)


def back_to_complaints(errand: str | None) -> Pass | None:
    """The way back to an errand of complaints, which goes on whether its account could be linked or not."""
    return Pass("complaints", "errand", errand=errand) if errand and errand.startswith("complaints:") else None


def _wanted(what: str, linked: str | None, asked: Dialogue | None, message: Message, discom: Discom) -> Turn:
    """Bill or balance: of the linked account, or ask for one."""
    if linked:
        return _ask(_what(what), linked)
    return ask_account("account.ask", asked, f"billing:{what}", message, discom)


def _what(word: str) -> What:
    return "balance" if word == "balance" else "bill"


def _ask(what: What, account_id: str, errand: str | None = None) -> Turn:
    if what == "link" and errand in ("billing:bill", "billing:balance"):
        return Turn(Ask(_what(errand.removeprefix("billing:")), account_id))
    return Turn(Ask(what, account_id, errand))


def ask_account(
    key: str, asked: Dialogue | None, errand: str | None, message: Message, discom: Discom, /, **facts: object
) -> Turn:
    """Asks for the account ID and takes the floor. Asked in vain too often, it says who helps."""
    times = asked.times + 1 if asked else 1
    if times > MOST_TIMES:
        return Turn(Say("gave_up", offers=(Offer("menu:home", "to_menu"),)))
    digits = "/".join(map(str, discom.account.digits))
    say = Say(key, facts={"digits": digits, **facts}, patch=ContextPatch(floor=asks("billing", message.at)))
    return Turn(say, Dialogue(Step.ACCOUNT, errand, message.at, times))
