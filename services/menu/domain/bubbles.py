"""What menu says: which text with which facts and what to tap. Pure; the words are in `texts/`."""

from libs.language import is_danger, signal
from libs.schemas.dialogue import Offer, Phrase, Say, asks, six_options, wish_offer
from libs.schemas.discom import Discom
from libs.schemas.messages import Area, ContextPatch, Media, Message, Text
from services.menu.domain.turn import Step, Turn, language_for

TO_MENU = Offer("menu:home", "to_menu")


def notices(key: str, stopped: bool) -> Say:
    """Notices are off, or on again."""
    return Say(key, offers=(TO_MENU,), patch=ContextPatch(floor=None, stopped=stopped))


def home(key: str, message: Message, discom: Discom, patch: ContextPatch = ContextPatch(floor=None)) -> Say:
    """The six options."""
    language = patch.language or language_for(message)
    return Say(
        key,
        facts={"discom": discom.short_name.in_(language), "options": Phrase("options")},
        offers=six_options(language),
        list_button="option.open",
        patch=patch,
    )


def known_area(message: Message) -> Area | None:
    """Town or village, where the chat knows it."""
    return message.context.area or (message.context.account.area if message.context.account else None)


def ask_which(intents: tuple[str, ...], message: Message) -> Turn:
    """The likeliest meanings of a text to choose from, also by number."""
    offers = tuple(map(wish_offer, intents))
    lines = tuple(Phrase("unsure.line", {"n": n, "wish": Phrase(offer.key)}) for n, offer in enumerate(offers, 1))
    say = Say("unsure.which", {"lines": lines}, offers, patch=ContextPatch(floor=asks("menu", message.at)))
    return Turn(say, Step.UNSURE, tuple(offer.id for offer in offers))


def ask_area(key: str, message: Message) -> Say:
    """Town or village?"""
    return Say(
        key,
        offers=(Offer("menu:links:urban", "area.urban"), Offer("menu:links:rural", "area.rural")),
        patch=ContextPatch(floor=asks("menu", message.at)),
    )


def links(chosen: Area, message: Message, discom: Discom) -> Turn:
    """The service links of a town or of a village."""
    language = language_for(message)
    lines = "\n".join(f"• {link.title.in_(language)}\n{link.url}" for link in discom.links.of(chosen))
    return Turn(
        Say(
            "links.all",
            facts={"links": lines},
            offers=(TO_MENU,),
            patch=ContextPatch(floor=None, area=chosen),
        )
    )


def contacts(key: str, message: Message, discom: Discom) -> Say:
    """Helpline, office and web of the discom."""
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
        offers=(TO_MENU,),
    )


def closed(message: Message, discom: Discom) -> Turn:
    """Why this discom is not here yet, and what to use meanwhile; danger first."""
    assert discom.closed
    language = language_for(message)
    patch = ContextPatch(floor=None)
    match message.content:
        case Text(body=words) | Media(caption=str(words)) if is_danger(words):
            return Turn(Say("closed.danger", urgent=True))
        case Text(body=words) if (heard := signal(words)) and heard.kind == "language":
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
