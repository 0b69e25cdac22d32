"""The bill in words: what is to be paid, by when, how it came about, and one tap to what people do next."""

from datetime import date

from libs.schemas.dialogue import Money, Month, Offer, Phrase, Say
from libs.schemas.messages import ContextPatch
from services.billing.backends import BackendAccount
from services.billing.domain.privacy import ending

DOUBTFUL_BASIS = {"IDF", "RDF", "ADF", "CDF", "NA", "NR"}
"""Bill basis codes that are worth a complaint: the meter was called defective, or not read."""
EXPLAINED_BASIS = DOUBTFUL_BASIS | {"MU", "OK", "PROV", "MIN", "UM", "ASS", "CEIL"}


def bill(account: BackendAccount, registered: bool, today: date, patch: ContextPatch) -> Say:
    """Amount and due date for everybody; arrears, last payment, basis and disconnection for the registered mobile."""
    if account.amount_paise is None:
        lines = [Phrase("bill.none", {"account": ending(account.account_id)})]
        offers = [Offer("complaints:new:bill-not-received", "bill.complain_missing"), other_account()]
    else:
        lines = to_pay(account, today)
        offers = _next_steps(account, registered)
    lines += details(account) if registered else [Phrase("bill.private")]
    lines += [Phrase("bill.pay")] if account.amount_paise is not None and account.amount_paise > 0 else []
    return Say("lines", {"lines": tuple(lines)}, (*offers, to_menu()), patch=patch)


def to_pay(account: BackendAccount, today: date) -> list[Phrase]:
    """The amount and the due date, which anybody may see."""
    assert account.amount_paise is not None
    facts: dict[str, object] = {"account": ending(account.account_id), "amount": Money(abs(account.amount_paise))}
    if account.amount_paise < 0:
        return [Phrase("bill.credit", facts)]
    if account.amount_paise == 0:
        return [Phrase("bill.nothing", facts)]
    if account.bill_month:
        lines = [Phrase("bill.of_month", {**facts, "month": Month(account.bill_month)})]
    else:
        lines = [Phrase("bill.amount", facts)]
    if account.due_on:
        lines.append(Phrase("bill.overdue" if account.due_on < today else "bill.due", {"due": account.due_on}))
    return lines


def details(account: BackendAccount) -> list[Phrase]:
    """What only the registered mobile sees."""
    lines = []
    if account.arrears_paise > 0:
        lines.append(Phrase("bill.arrears", {"arrears": Money(account.arrears_paise)}))
    if account.last_payment_paise is not None and account.last_payment_on:
        paid = {"paid": Money(account.last_payment_paise), "on": account.last_payment_on}
        lines.append(Phrase("bill.last_payment", paid))
    if account.basis in EXPLAINED_BASIS:
        lines.append(Phrase(f"basis.{account.basis}"))
    if account.disconnected_on:
        lines.append(Phrase("bill.disconnected", {"on": account.disconnected_on}))
    return lines


def _next_steps(account: BackendAccount, registered: bool) -> list[Offer]:
    """Two taps at most; the third leads to the menu. A bubble holds three."""
    wrong = Offer("complaints:new:bill-correction", "bill.complain_bill")
    if registered and account.disconnected_on:
        return [no_power(), wrong]
    if registered and account.basis in DOUBTFUL_BASIS:
        return [Offer("complaints:new:faulty-meter", "bill.complain_meter"), wrong]
    if account.meter == "prepaid":
        return [Offer(f"billing:balance:{account.account_id}", "bill.balance"), wrong]
    return [wrong, other_account()]


def no_power() -> Offer:
    """Paid or recharged, and still no power: the commonest trouble of all."""
    return Offer("complaints:new:supply", "bill.no_power")


def other_account() -> Offer:
    """The same for another account."""
    return Offer("billing:other", "bill.other_account")


def to_menu() -> Offer:
    """The way to the menu."""
    return Offer("menu:home", "to_menu")
