"""Billing's rules: link an account, tell the bill and the prepaid balance, protect what is private. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from libs.language import find_account, language_of, number_like, signal, understand
from libs.schemas.dialogue import (
    Moment,
    Money,
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
from libs.schemas.messages import Account, Choice, ContextPatch, Language, Message, Service, Text
from services.billing.backends import BackendAccount

ACCOUNTS_A_DAY = 5
"""Different accounts that a chat may look at without being their registered mobile."""
DOUBTFUL_BASIS = {"IDF", "RDF", "ADF", "CDF", "NA", "NR"}
"""Bill basis codes that are worth a complaint: the meter was called defective, or not read."""
EXPLAINED_BASIS = DOUBTFUL_BASIS | {"MU", "OK", "PROV", "MIN", "UM", "ASS", "CEIL"}

What = Literal["link", "bill", "balance"]


class Step(StrEnum):
    """What billing asked last."""

    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where billing stands with a chat."""

    step: Step
    errand: str | None
    """What the account ID was asked for, as the id of the tap that starts it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The billing system is to be asked about one account."""

    what: What
    account_id: str
    errand: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What billing does about one message."""

    move: Move | Ask
    dialogue: Dialogue | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What billing says once the billing system has answered."""

    move: Move
    outcome: Literal["told", "later", "refused"]
    link: bool = False
    """The chat is linked to the account from now on."""
    dialogue: Dialogue | None = None


def language_for(message: Message) -> Language:
    """The chat's language, else that of the words, else Hindi."""
    if message.context.language:
        return message.context.language
    return (language_of(message.content.body) if isinstance(message.content, Text) else None) or "hi"


def answer(dialogue: Dialogue | None, linked: str | None, message: Message, discom: Discom) -> Turn:
    """One row per move, read from the top; the first row that fits wins.

    `linked` is the account that the chat is linked to.
    """
    asked = dialogue if dialogue and holds_floor("billing", message) else None
    match message.content:
        case _ if message.handed and message.handed.account_id:
            what: What = message.handed.intent if message.handed.intent in ("bill", "balance") else "link"  # type: ignore[assignment]
            waiting = dialogue.errand if dialogue and what == "link" else None
            return _ask(what, message.handed.account_id, message.handed.errand or waiting)
        case _ if message.handed and message.handed.intent in ("bill", "balance"):
            return _wanted(message.handed.intent, linked, message, discom)
        case _ if message.handed:
            return _ask_account("account.ask", message.handed.errand, message, discom)
        case Choice(id="billing:bill" | "billing:balance" as id):
            return _wanted(id.removeprefix("billing:"), linked, message, discom)
        case Choice(id="billing:other"):
            return _ask_account("account.ask", "billing:bill", message, discom)
        case Text(body=body) if heard := signal(body):
            return Turn(pass_signal(heard.kind, understand(body, discom.account.digits)))
        case Text(body=body) if asked and (number := find_account(body, discom.account.digits)):
            wish = understand(body, discom.account.digits).intent
            what = wish if wish in ("bill", "balance") else "link"  # type: ignore[assignment]
            return _ask(what, number, asked.errand)
        case Text(body=body) if asked and (number := number_like(body)) and len(number) > 1:
            return _ask_account("account.wrong_length", asked.errand, message, discom, found=len(number))
        case Text(body=body) if move := _other_errand(body, discom):
            return Turn(move) if isinstance(move, Pass) else _wanted(move, linked, message, discom)
        case _ if asked:
            return _ask_account("account.ask_again", asked.errand, message, discom)
        case _:
            return Turn(Pass("menu", "other"))


def _ask(what: What, account_id: str, errand: str | None) -> Turn:
    if what == "link" and errand in ("billing:bill", "billing:balance"):
        return Turn(Ask("bill" if errand == "billing:bill" else "balance", account_id))
    return Turn(Ask(what, account_id, errand))


def _wanted(what: str, linked: str | None, message: Message, discom: Discom) -> Turn:
    """Bill or balance: of the linked account, or ask for one."""
    if linked:
        return _ask("bill" if what == "bill" else "balance", linked, None)
    return _ask_account("account.ask", f"billing:{what}", message, discom)


def _ask_account(key: str, errand: str | None, message: Message, discom: Discom, **facts: object) -> Turn:
    digits = "/".join(map(str, discom.account.digits))
    say = Say(key, facts={"digits": digits, **facts}, patch=ContextPatch(floor=asks("billing", message.at)))
    return Turn(say, Dialogue(Step.ACCOUNT, errand))


def _other_errand(body: str, discom: Discom) -> Pass | str | None:
    """Another errand in words: `bill` or `balance` are billing's own, the others are handed over."""
    found = understand(body, discom.account.digits)
    if found.intent in ("bill", "balance") and not found.danger:
        return found.intent
    if found.intent == "other" and not found.complaint_number and not found.danger:
        return None
    return pass_on(found)


def told(
    ask: Ask, account: BackendAccount | None, looked_at: Collection[str], message: Message, discoms: Mapping[str, Discom], discom: Discom
) -> Answer:  # fmt: skip
    """What to say about an account once the billing system has answered; `account` is None where it knows none.

    `looked_at` holds the accounts that this chat looked at today without being their registered mobile.
    """
    if account is None:
        turn = _unknown(ask, message, discoms, discom)
        return Answer(turn.move, "refused", dialogue=turn.dialogue)  # type: ignore[arg-type]
    registered = _is_registered(account, message)
    if not registered and len({*looked_at, account.account_id}) > ACCOUNTS_A_DAY:
        return Answer(Say("account.too_many", facts={"limit": ACCOUNTS_A_DAY}, offers=(_to_menu(),)), "refused")
    summary = Account(
        account_id=account.account_id, name=masked(account.name), area=account.area, meter=account.meter
    )  # fmt: skip
    patch = ContextPatch(floor=None, account=summary, area=account.area)
    if ask.what == "link":
        if ask.errand:
            owner = ask.errand.partition(":")[0]
            to: Service = "complaints" if owner == "complaints" else "menu"
            return Answer(Pass(to, "errand", errand=ask.errand, patch=patch), "told", link=True)
        return Answer(_linked(summary, message, patch), "told", link=True)
    if account.meter == "plain" and discom.smart_meter_only:
        facts = {"what": Phrase(f"what.{ask.what}"), "account": ending(account.account_id)}
        return Answer(Say("plain_meter", facts, (_to_menu(),), patch=patch), "refused", link=True)
    if ask.what == "bill":
        return Answer(_bill(account, registered, patch), "told", link=True)
    return Answer(_balance(account, registered, patch), "told", link=True)


def later(ask: Ask) -> Answer:
    """What to say while the billing system does not answer: nothing that could be wrong."""
    errand = f"billing:{ask.what}" if ask.what != "link" else "billing:bill"
    offers = (Offer(errand, "try_again"), _to_menu())
    return Answer(Say("later", offers=offers), "later")


def _unknown(ask: Ask, message: Message, discoms: Mapping[str, Discom], discom: Discom) -> Turn:
    errand = ask.errand or (f"billing:{ask.what}" if ask.what != "link" else None)
    starts = ask.account_id.startswith
    if not any(starts(prefix) for prefix in discom.account.prefixes):
        for other in discoms.values():
            if other.code != discom.code and any(starts(prefix) for prefix in other.account.prefixes):
                language = language_for(message)
                turn = _ask_account("account.elsewhere", errand, message, discom)
                assert isinstance(turn.move, Say)
                facts = {"discom": other.short_name.in_(language), "number": other.number}
                return Turn(Say("account.elsewhere", facts, patch=turn.move.patch), turn.dialogue)
    return _ask_account("account.unknown", errand, message, discom)


def _linked(account: Account, message: Message, patch: ContextPatch) -> Say:
    return Say(
        "linked",
        facts={"name": account.name, "account": ending(account.account_id), "options": Phrase("options")},
        offers=six_options(language_for(message)),
        list_button="option.open",
        patch=patch,
    )


def _bill(account: BackendAccount, registered: bool, patch: ContextPatch) -> Say:
    facts = {"account": ending(account.account_id)}
    if account.amount_paise is None:
        return Say(
            "bill.none",
            facts,
            (Offer("complaints:new:bill-not-received", "bill.complain_missing"), _to_menu()),
            patch=patch,
        )
    credit = account.amount_paise < 0
    lines = [Phrase("bill.credit" if credit else "bill.amount", {**facts, "amount": Money(abs(account.amount_paise))})]
    if account.due_on and account.amount_paise > 0:
        lines.append(Phrase("bill.due", {"due": account.due_on}))
    offers: list[Offer] = []
    if registered:
        lines += _details(account)
        if account.basis in DOUBTFUL_BASIS:
            offers.append(Offer("complaints:new:faulty-meter", "bill.complain_meter"))
            offers.append(Offer("complaints:new:bill-correction", "bill.complain_bill"))
    else:
        lines.append(Phrase("bill.private"))
    if account.amount_paise > 0:
        lines.append(Phrase("bill.pay"))
    if account.meter == "prepaid" and not offers:
        offers.append(Offer("billing:balance", "bill.balance"))
    return Say("lines", {"lines": tuple(lines)}, (*offers, _to_menu()), patch=patch)


def _details(account: BackendAccount) -> list[Phrase]:
    lines = []
    if account.arrears_paise > 0:
        lines.append(Phrase("bill.arrears", {"arrears": Money(account.arrears_paise)}))
    if account.last_payment_paise is not None and account.last_payment_on:
        lines.append(
            Phrase("bill.last_payment", {"paid": Money(account.last_payment_paise), "on": account.last_payment_on})
        )
    if account.basis in EXPLAINED_BASIS:
        lines.append(Phrase(f"basis.{account.basis}"))
    return lines


def _balance(account: BackendAccount, registered: bool, patch: ContextPatch) -> Say:
    facts: dict[str, object] = {"account": ending(account.account_id)}
    match account.meter, account.balance_paise, account.balance_at:
        case "plain", _, _:
            return Say(
                "balance.no_smart_meter", facts, (Offer("billing:bill", "balance.bill"), _to_menu()), patch=patch
            )
        case "postpaid", _, _:
            lines = [Phrase("balance.postpaid", facts)]
            if account.amount_paise is not None and account.amount_paise > 0:
                lines.append(Phrase("balance.outstanding", {"amount": Money(account.amount_paise)}))
                lines += [Phrase("bill.due", {"due": account.due_on})] if account.due_on else []
            return Say(
                "lines", {"lines": tuple(lines)}, (Offer("billing:bill", "balance.bill"), _to_menu()), patch=patch
            )
        case "prepaid", int() as paise, at if at is not None:
            key = "balance.negative" if paise < 0 else "balance.positive"
            lines = [Phrase(key, {**facts, "balance": Money(abs(paise))}), Phrase("balance.as_on", {"at": Moment(at)})]
            lines += [Phrase("balance.recharge")] if paise < 0 else []
            lines += [] if registered else [Phrase("bill.private")]
            return Say(
                "lines", {"lines": tuple(lines)}, (Offer("billing:bill", "balance.bill"), _to_menu()), patch=patch
            )
        case _:
            return Say("balance.not_now", facts, (Offer("billing:balance", "try_again"), _to_menu()), patch=patch)


def _is_registered(account: BackendAccount, message: Message) -> bool:
    """Whether the account's registered mobile is the one that writes: WhatsApp has proven that number."""
    phone = message.sender.phone
    return bool(account.mobile and phone and phone == f"91{account.mobile}")


def _to_menu() -> Offer:
    return Offer("menu:home", "to_menu")


def masked(name: str) -> str:
    """A name fit for anybody: the first character of each word (with its vowel signs), then stars."""
    return " ".join(f"{_head(word)}***" for word in name.split()) or "***"


def _head(word: str) -> str:
    end = 1
    while end < len(word) and _is_sign(word[end]):
        end += 1
    return word[:end]


def _is_sign(character: str) -> bool:
    # Devanagari signs that belong to the letter before: candrabindu to visarga, nukta, vowel signs, virama
    code = ord(character)
    return 0x0900 <= code <= 0x0903 or code == 0x093C or 0x093A <= code <= 0x094F or code in (0x0962, 0x0963)


def ending(account_id: str) -> str:
    """The last four digits, enough for its owner to know which account is meant."""
    return account_id[-4:]
