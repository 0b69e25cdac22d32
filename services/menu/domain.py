"""Menu's rules: greet, show the six options, understand free text, links, contacts, language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from libs.language import Understood, area, language_of, option, signal, understand, yes_no
from libs.schemas.dialogue import (
    ERRANDS,
    Move,
    Offer,
    Pass,
    Phrase,
    Say,
    asks,
    holds_floor,
    pass_on,
    pass_signal,
    six_options,
)
from libs.schemas.discom import Discom
from libs.schemas.messages import Area, Choice, ContextPatch, Language, Media, Message, Text

INTENTS: Mapping[str, str] = {
    "links": "menu:links",
    "bill": "billing:bill",
    "balance": "billing:balance",
    "complaint": "complaints:new",
    "track": "complaints:track",
    "contacts": "menu:contacts",
    "menu": "menu:home",
    "greeting": "menu:hello",
    "language-change": "menu:language",
    "human": "menu:human",
    "stop/opt-out": "menu:stop",
    "start/opt-in": "menu:start",
}
"""What an intent means, as the id of the tap that asks for the same."""


class Step(StrEnum):
    """What menu asked last."""

    AREA = "area"


@dataclass(frozen=True, slots=True)
class Turn:
    """What menu does about one message."""

    move: Move
    step: Step | None = None


def language_for(message: Message) -> Language:
    """The chat's language; else that of the words, unless they are a mere greeting; else Hindi."""
    if message.context.language:
        return message.context.language
    if isinstance(message.content, Text) and understand(message.content.body).intent != "greeting":
        return language_of(message.content.body) or "hi"
    return "hi"


def answer(step: Step | None, message: Message, discom: Discom) -> Turn:
    """One row per move, read from the top; the first row that fits wins."""
    if not discom.open:
        return _closed(message, discom)
    match message.content:
        case _ if message.handed:
            return _errand(_handed(message), message, discom)
        case Choice(id=id):
            return _errand(id, message, discom)
        case Text(body=body) if heard := signal(body):
            return _signal(heard.kind, heard.language, body, message, discom)
        case Text(body=body) if step is Step.AREA and holds_floor("menu", message) and (chosen := _area(body)):
            return _links(chosen, message, discom)
        case Text(body=body) if step is Step.AREA and holds_floor("menu", message) and option(body, 9):
            return Turn(_ask_area("links.ask_again", message), Step.AREA)
        case Text(body=body) if number := option(body, len(ERRANDS)):
            return _errand(ERRANDS[number - 1], message, discom)
        case Text(body=body):
            return _understood(understand(body, discom.account.digits), step, message, discom)
        case _ if step is Step.AREA and holds_floor("menu", message):
            return Turn(_ask_area("links.ask_again", message), Step.AREA)
        case Media(media="sticker"):
            return Turn(_home("home.hello" if message.first_contact else "home.choose", message, discom))
        case Media():
            return Turn(_home("home.media", message, discom))
        case _:
            return Turn(_home("home.unclear", message, discom))


def _handed(message: Message) -> str:
    """What another service understood, as the id of the tap that asks for the same."""
    assert message.handed
    body = message.content.body if isinstance(message.content, Text) else ""
    if message.handed.intent == "language-change" and (heard := signal(body)) and heard.language:
        return f"menu:language:{heard.language}"
    return message.handed.errand or INTENTS.get(message.handed.intent, "menu:home")


def _understood(found: Understood, step: Step | None, message: Message, discom: Discom) -> Turn:
    """What free text means to menu."""
    match found:
        case Understood() if pass_on(found).to != "menu":
            return Turn(pass_on(found))
        case Understood(intent=intent) if intent in INTENTS and intent not in ("greeting", "menu"):
            return _errand(INTENTS[intent], message, discom)
        case Understood(account_id=str() as account):
            return Turn(Pass("billing", "link", account_id=account))
        case Understood(intent="greeting" | "menu" as intent):
            return _errand(INTENTS[intent], message, discom)
        case _ if step is Step.AREA and holds_floor("menu", message):
            return Turn(_ask_area("links.ask_again", message), Step.AREA)
        case _ if isinstance(message.content, Text) and (chosen := _bare_area(message.content.body)):
            # written on before our question was read
            return _links(chosen, message, discom)
        case _ if isinstance(message.content, Text) and _is_thanks(message.content.body):
            return Turn(Say("thanks", offers=(Offer("menu:home", "to_menu"),)))
        case _ if isinstance(message.content, Text) and yes_no(message.content.body) is not None:
            return Turn(Say("noted", offers=(Offer("menu:home", "to_menu"),)))
        case _ if len(offers := _likely(found)) > 1:
            return Turn(Say("unsure", offers=offers))
        case _:
            return Turn(_home("home.hello" if message.first_contact else "home.unclear", message, discom))


def _likely(found: Understood) -> tuple[Offer, ...]:
    """The two or three likeliest meanings; a greeting leads to the menu, so both are one."""
    taps: dict[str, Offer] = {}
    for intent in ("menu" if intent == "greeting" else intent for intent in found.likely):
        tap = INTENTS.get(intent) or f"complaints:new:{intent.removeprefix('complaint-')}"
        taps.setdefault(tap, Offer(tap, f"likely.{intent}"))
    return tuple(taps.values())[:3]


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
        case ["billing", _]:
            return Turn(Pass("billing", id.partition(":")[2]))
        case ["complaints", "new", *_]:
            return Turn(Pass("complaints", "complaint"))
        case ["complaints", _]:
            return Turn(Pass("complaints", "track"))
        case ["menu", "links"] if known := _known_area(message):
            return _links(known, message, discom)
        case ["menu", "links"]:
            return Turn(_ask_area("links.ask", message), Step.AREA)
        case ["menu", "links", "urban" | "rural" as chosen]:
            return _links("urban" if chosen == "urban" else "rural", message, discom)
        case ["menu", "contacts"]:
            return Turn(_contacts("contacts.all", message, discom))
        case ["menu", "human"]:
            return Turn(_contacts("contacts.human", message, discom))
        case ["menu", "language", "hi" | "en" as language]:
            patch = ContextPatch(floor=None, language="hi" if language == "hi" else "en")
            return Turn(_home("home.language", message, discom, patch))
        case ["menu", "language"]:
            other: Language = "en" if language_for(message) == "hi" else "hi"
            return Turn(_home("home.language", message, discom, ContextPatch(floor=None, language=other)))
        case ["menu", "stop"]:
            return Turn(_notices("stop", stopped=True))
        case ["menu", "start"]:
            return Turn(_notices("start", stopped=False))
        case ["menu", "hello"]:
            return Turn(_home("home.hello", message, discom))
        case _:
            return Turn(_home("home.choose", message, discom))


def _notices(key: str, stopped: bool) -> Say:
    return Say(key, offers=(Offer("menu:home", "to_menu"),), patch=ContextPatch(floor=None, stopped=stopped))


def _home(key: str, message: Message, discom: Discom, patch: ContextPatch = ContextPatch(floor=None)) -> Say:
    """The six options."""
    language = patch.language or language_for(message)
    return Say(
        key,
        facts={"discom": discom.short_name.in_(language), "options": Phrase("options")},
        offers=six_options(language),
        list_button="option.open",
        patch=patch,
    )


def _known_area(message: Message) -> Area | None:
    return message.context.area or (message.context.account.area if message.context.account else None)


def _area(body: str) -> Area | None:
    chosen = option(body, 2)
    return area(body) or ("urban" if chosen == 1 else "rural" if chosen == 2 else None)


def _bare_area(body: str) -> Area | None:
    return area(body) if len(body.split()) == 1 else None


def _ask_area(key: str, message: Message) -> Say:
    return Say(
        key,
        offers=(Offer("menu:links:urban", "area.urban"), Offer("menu:links:rural", "area.rural")),
        patch=ContextPatch(floor=asks("menu", message.at)),
    )


def _links(chosen: Area, message: Message, discom: Discom) -> Turn:
    language = language_for(message)
    lines = "\n".join(f"• {link.title.in_(language)}\n{link.url}" for link in discom.links.of(chosen))
    return Turn(
        Say(
            "links.all",
            facts={"links": lines},
            offers=(Offer("menu:home", "to_menu"),),
            patch=ContextPatch(floor=None, area=chosen),
        )
    )


def _contacts(key: str, message: Message, discom: Discom) -> Say:
    language, contacts = language_for(message), discom.contacts
    lines = [f"☎ {contacts.helpline}"]
    lines += [f"☎ {contacts.toll_free}"] if contacts.toll_free else []
    lines += [f"✉ {contacts.email}"] if contacts.email else []
    lines += [f"🌐 {contacts.web}"] if contacts.web else []
    return Say(
        key,
        facts={
            "discom": discom.name.in_(language),
            "lines": "\n".join(lines),
            "office": contacts.office.in_(language),
            "number": discom.number,
        },
        offers=(Offer("menu:home", "to_menu"),),
    )


def _closed(message: Message, discom: Discom) -> Turn:
    assert discom.closed
    language = language_for(message)
    patch = ContextPatch(floor=None)
    if isinstance(message.content, Text) and (heard := signal(message.content.body)):
        if heard.kind == "danger":
            return Turn(Say("closed.danger"))
        if heard.kind == "language":
            language = heard.language or ("en" if language == "hi" else "hi")
            patch = ContextPatch(floor=None, language=language)
    contacts = discom.contacts
    return Turn(
        Say(
            "closed.why",
            facts={
                "discom": discom.short_name.in_(language),
                "reason": discom.closed.reason.in_(language),
                "helpline": contacts.helpline,
                "toll_free": contacts.toll_free or contacts.helpline,
                "web": contacts.web or "",
            },
            patch=patch,
        )
    )


def _is_thanks(body: str) -> bool:
    words = body.casefold()
    return len(words) < 40 and any(word in words for word in ("thank", "dhanya", "shukri", "धन्यवाद", "शुक्रिया", "थैंक"))
