"""What billing says once the billing system has answered, and what it says while there is no answer."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

from libs.schemas.dialogue import Offer, Pass, Phrase, Say, six_options
from libs.schemas.discom import Discom
from libs.schemas.messages import Account, ContextPatch, Message
from services.billing.backends import BackendAccount
from services.billing.domain.balance import balance
from services.billing.domain.bill import bill, to_menu
from services.billing.domain.dialogue import ask_account, back_to_complaints, language_for
from services.billing.domain.privacy import ACCOUNTS_A_DAY, day_of, ending, is_registered, masked
from services.billing.domain.turn import Answer, Ask, Turn


def told(
    ask: Ask,
    account: BackendAccount | None,
    looked_at: Collection[str],
    message: Message,
    discoms: Mapping[str, Discom],
    discom: Discom,
) -> Answer:
    """What to say about an account; `account` is None where the billing system knows none.

    `looked_at` holds the accounts that this chat looked at today without being their registered mobile.
    """
    if account is None:
        turn = _unknown(ask, message, discoms, discom)
        assert not isinstance(turn.move, Ask)
        return Answer(turn.move, "refused", dialogue=turn.dialogue)
    registered = is_registered(account, message)
    back = back_to_complaints(ask.errand)
    if not registered and len({*looked_at, account.account_id}) > ACCOUNTS_A_DAY:
        if back:
            return Answer(back, "refused")
        return Answer(Say("account.too_many", facts={"limit": ACCOUNTS_A_DAY}, offers=(to_menu(),)), "refused")
    summary = Account(
        account_id=account.account_id, name=masked(account.name), area=account.area, meter=account.meter
    )  # fmt: skip
    patch = ContextPatch(floor=None, account=summary, area=account.area)
    outcome: Literal["told", "refused"] = "told"
    move: Say | Pass
    today = day_of(message.at)
    match ask.what:
        case "link" if back:
            move = replace(back, account_id=account.account_id, patch=patch)
        case "link":
            move = _linked(summary, message, patch)
        case _ if account.meter == "plain" and discom.smart_meter_only:
            outcome = "refused"
            facts = {"what": Phrase(f"what.{ask.what}"), "account": ending(account.account_id)}
            move = Say("plain_meter", facts, (Offer("complaints:new", "complain"), to_menu()), patch=patch)
        case "bill":
            move = bill(account, registered, today, patch)
        case "balance":
            move = balance(account, registered, today, patch)
    return Answer(move, outcome, linked=summary, foreign=not registered)


def later(ask: Ask) -> Answer:
    """What to say while the billing system does not answer: nothing that could be wrong."""
    again = Offer(f"billing:{ask.what}:{ask.account_id}", "try_again")
    return Answer(back_to_complaints(ask.errand) or Say("later", offers=(again, to_menu())), "later")


def _unknown(ask: Ask, message: Message, discoms: Mapping[str, Discom], discom: Discom) -> Turn:
    """Asks for another ID, naming the discom that the account seems to belong to; a complaint may go on without."""
    errand = ask.errand or (f"billing:{ask.what}" if ask.what != "link" else None)
    turn = ask_account("account.unknown", None, errand, message, discom)
    if not ask.account_id.startswith(discom.account.prefixes):
        for other in discoms.values():
            if other.code != discom.code and ask.account_id.startswith(other.account.prefixes):
                facts = {"discom": other.short_name.in_(language_for(message)), "number": other.number}
                turn = ask_account("account.elsewhere", None, errand, message, discom, **facts)
                break
    if errand and back_to_complaints(errand) and isinstance(turn.move, Say):
        return replace(turn, move=replace(turn.move, offers=(Offer(errand, "account.without"),)))
    return turn


def _linked(account: Account, message: Message, patch: ContextPatch) -> Say:
    return Say(
        "linked",
        facts={"name": account.name, "account": ending(account.account_id), "options": Phrase("options")},
        offers=six_options(language_for(message)),
        list_button="option.open",
        patch=patch,
    )
