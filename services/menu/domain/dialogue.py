"""What menu does about a message: one row per move, read from the top; the first row that fits wins. Pure."""

from dataclasses import replace

from libs.language import (
    SURE,
    Understood,
    area,
    is_danger,
    is_thanks,
    option,
    other_account,
    signal,
    understand,
    yes_no,
)
from libs.schemas.dialogue import (
    ERRANDS,
    TAPS,
    Pass,
    Quiet,
    Say,
    holds_floor,
    pass_on,
    pass_signal,
)
from libs.schemas.discom import Discom
from libs.schemas.messages import Area, Choice, ContextPatch, Language, Media, Message, Text
from services.menu.domain.bubbles import (
    TO_MENU,
    ask_area,
    ask_which,
    closed,
    contacts,
    home,
    known_area,
    links,
    notices,
)
from services.menu.domain.pace import paced
from services.menu.domain.turn import Dialogue, Step, Turn, language_for


def answer(before: Dialogue | None, message: Message, discom: Discom) -> Turn:
    """What menu does about one message, and what it keeps of it."""
    return paced(_answer(before, message, discom), before, message)


def _answer(before: Dialogue | None, message: Message, discom: Discom) -> Turn:
    asked = before if before and before.step and holds_floor("menu", message) else None
    handed = message.handed
    match message.content:
        case _ if not discom.open:
            return closed(message, discom)
        case _ if handed and handed.intent != "other":
            return _errand(_handed(message), message, discom)
        case Choice() if handed:
            return Turn(home("home.choose", message, discom))
        case Choice(id=id):
            return _errand(id, message, discom)
        case Text(body=body) if heard := signal(body):
            return _signal(heard.kind, heard.language, body, message, discom)
        case Media(caption=str() as caption) if is_danger(caption):
            return _understood(understand(caption, discom.account.digits), asked, message, discom)
        case Text(body=body) if asked and asked.step is Step.UNSURE and (picked := option(body, len(asked.offered))):
            return _errand(asked.offered[picked - 1], message, discom)
        case Text(body=body) if asked and asked.step is Step.AREA and (chosen := _area(body)):
            return links(chosen, message, discom)
        case Text(body=body) if asked and asked.step is Step.AREA and option(body, 9):
            return Turn(ask_area("links.ask_again", message), Step.AREA)
        case Text(body=body) if number := option(body, len(ERRANDS)):
            return _errand(ERRANDS[number - 1], message, discom)
        case Text(body=body) if other_account(body):
            return _errand("billing:other", message, discom)
        case Text(body=body):
            return _understood(understand(body, discom.account.digits), asked, message, discom)
        case _ if asked and asked.step is Step.AREA:
            return Turn(ask_area("links.ask_again", message), Step.AREA)
        case Media(media="sticker"):
            return Turn(home("home.hello", message, discom) if message.first_contact else Quiet())
        case Media(caption=str() as caption) if caption.strip():
            return _understood(understand(caption, discom.account.digits), asked, message, discom)
        case Media():
            return Turn(home("home.media", message, discom))
        case _:
            return Turn(home("home.unclear", message, discom))


def _handed(message: Message) -> str:
    """What another service understood, as the id of the tap that asks for the same."""
    assert message.handed
    body = message.content.body if isinstance(message.content, Text) else ""
    if message.handed.intent == "language-change" and (heard := signal(body)) and heard.language:
        return f"menu:language:{heard.language}"
    return message.handed.errand or TAPS.get(message.handed.intent, "menu:home")


def _understood(found: Understood, asked: Dialogue | None, message: Message, discom: Discom) -> Turn:
    """What free text means to menu."""
    intents, sure = _likely(found), found.confidence >= SURE or found.danger or found.complaint_number
    match found:
        case _ if not sure and not found.account_id and len(intents) > 1 and not _is_noted(message):
            return ask_which(intents, message)
        case Understood() if pass_on(found).to != "menu":
            return Turn(pass_on(found))
        case Understood(intent=intent) if intent in TAPS and intent not in ("greeting", "menu"):
            return _with_wishes(_errand(TAPS[intent], message, discom), found)
        case Understood(account_id=str() as account):
            return Turn(Pass("billing", "link", account_id=account))
        case Understood(intent="greeting" | "menu" as intent):
            return _errand(TAPS[intent], message, discom)
        case _ if asked and asked.step is Step.AREA:
            return Turn(ask_area("links.ask_again", message), Step.AREA)
        case _ if isinstance(message.content, Text) and (chosen := _bare_area(message.content.body)):
            # written on before our question was read
            return links(chosen, message, discom)
        case _ if isinstance(message.content, Text) and is_thanks(message.content.body):
            return Turn(Say("thanks", offers=(TO_MENU,)))
        case _ if isinstance(message.content, Text) and yes_no(message.content.body) is not None:
            return Turn(Say("noted", offers=(TO_MENU,)))
        case _:
            return Turn(home("home.hello" if message.first_contact else "home.unclear", message, discom))


def _is_noted(message: Message) -> bool:
    """Whether the words are a yes, a no, thanks, or a mere town or village: they need no guess at what is meant."""
    body = message.content.body if isinstance(message.content, Text) else ""
    return is_thanks(body) or yes_no(body) is not None or _bare_area(body) is not None


def _likely(found: Understood) -> tuple[str, ...]:
    """The two or three likeliest meanings; a greeting leads to the menu, so both are one."""
    return tuple(dict.fromkeys("menu" if intent == "greeting" else intent for intent in found.likely))[:3]


def _with_wishes(turn: Turn, found: Understood) -> Turn:
    """The answer to the first wish of a text, with the others offered beside it."""
    move = replace(turn.move, also=found.also) if isinstance(turn.move, Say | Pass) else turn.move
    return replace(turn, move=move)


def _signal(kind: str, asked: Language | None, body: str, message: Message, discom: Discom) -> Turn:
    match kind:
        case "danger":
            return Turn(pass_signal(kind, understand(body, discom.account.digits)))
        case "language" if asked:
            return _errand(f"menu:language:{asked}", message, discom)
        case "language":
            return _errand("menu:language", message, discom)
        case "menu":
            return _errand("menu:home", message, discom)
        case _:
            return _errand({"stop": "menu:stop", "start": "menu:start"}.get(kind, "menu:human"), message, discom)


def _errand(id: str, message: Message, discom: Discom) -> Turn:
    """What a tap asks for; an id of a version long gone leads to the options."""
    match id.split(":"):
        case ["billing", "other"]:
            return Turn(Pass("billing", "link", errand="billing:bill"))
        case ["billing", _]:
            return Turn(Pass("billing", id.partition(":")[2]))
        case ["complaints", "new", category]:
            return Turn(Pass("complaints", f"complaint-{category}"))
        case ["complaints", "new"]:
            return Turn(Pass("complaints", "complaint"))
        case ["complaints", _]:
            return Turn(Pass("complaints", "track"))
        case ["menu", "links"] if known := known_area(message):
            return links(known, message, discom)
        case ["menu", "links"]:
            return Turn(ask_area("links.ask", message), Step.AREA)
        case ["menu", "links", "urban" | "rural" as chosen]:
            return links("urban" if chosen == "urban" else "rural", message, discom)
        case ["menu", "contacts"]:
            return Turn(contacts("contacts.all", message, discom))
        case ["menu", "human"]:
            return Turn(contacts("contacts.human", message, discom))
        case ["menu", "language", "hi" | "en" as language]:
            patch = ContextPatch(floor=None, language="hi" if language == "hi" else "en")
            return Turn(home("home.language", message, discom, patch))
        case ["menu", "language"]:
            other: Language = "en" if language_for(message) == "hi" else "hi"
            return Turn(home("home.language", message, discom, ContextPatch(floor=None, language=other)))
        case ["menu", "stop"]:
            return Turn(notices("stop", stopped=True))
        case ["menu", "start"]:
            return Turn(notices("start", stopped=False))
        case ["menu", "hello"]:
            return Turn(home("home.hello", message, discom))
        case _:
            return Turn(home("home.choose", message, discom))


def _area(body: str) -> Area | None:
    chosen = option(body, 2)
    return area(body) or ("urban" if chosen == 1 else "rural" if chosen == 2 else None)


def _bare_area(body: str) -> Area | None:
    return area(body) if len(body.split()) == 1 else None
