"""The prepaid balance in words, never without the time it was read; for other meters what takes its place."""

from datetime import date, datetime

from libs.schemas.dialogue import Moment, Money, Offer, Phrase, Say
from libs.schemas.messages import ContextPatch
from services.billing.backends import BackendAccount
from services.billing.domain.bill import no_power, other_account, to_menu, to_pay
from services.billing.domain.privacy import ending


def balance(account: BackendAccount, registered: bool, today: date, patch: ContextPatch) -> Say:
    """What is left, what is to be paid instead, or why nothing can be said now."""
    account_is = {"account": ending(account.account_id)}
    see_bill = Offer(f"billing:bill:{account.account_id}", "balance.bill")
    match account.meter, account.balance_paise, account.balance_at:
        case "plain", _, _:
            return Say("balance.no_smart_meter", account_is, (see_bill, to_menu()), patch=patch)
        case "postpaid", _, _:
            lines = [Phrase("balance.postpaid", account_is)]
            lines += to_pay(account, today) if account.amount_paise is not None else []
            return Say("lines", {"lines": tuple(lines)}, (see_bill, other_account(), to_menu()), patch=patch)
        case "prepaid", int() as paise, datetime() as at:
            key = "balance.negative" if paise < 0 else "balance.positive"
            lines = [
                Phrase(key, {**account_is, "balance": Money(abs(paise))}),
                Phrase("balance.as_on", {"at": Moment(at)}),
            ]
            cut = account.disconnected_on if registered else None
            lines += [Phrase("bill.disconnected", {"on": cut})] if cut else []
            lines += [Phrase("balance.recharge")] if paise <= 0 or cut else []
            beside = no_power() if paise < 0 or cut else other_account()
            return Say("lines", {"lines": tuple(lines)}, (see_bill, beside, to_menu()), patch=patch)
        case _:
            again = Offer(f"billing:balance:{account.account_id}", "try_again")
            return Say("balance.not_now", account_is, (again, see_bill, to_menu()), patch=patch)
