"""How a line of an accounts file becomes an account, or the reason why it does not. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from libs.schemas.discom import Discom
from services.billing.backends import BackendAccount
from services.billing.domain.bill import EXPLAINED_BASIS
from services.billing.domain.privacy import IST
from services.billing.importer.bad_lines import NOTES


class BadFile(ValueError):
    """A header that cannot be used; says what is allowed."""


class BadLine(ValueError):
    """Why a line is not imported, in words for whoever repairs it."""


def _name(text: str) -> str:
    if len(text) > 200 or not text.isprintable():
        raise BadLine("is not a name of up to 200 characters")
    return text


def _mobile(text: str) -> str:
    digits = re.sub(r"[ \-]", "", text)
    digits = re.sub(r"^(\+?91|0)(?=\d{10}$)", "", digits)
    if not re.fullmatch(r"[6-9][0-9]{9}", digits):
        raise BadLine("is not a mobile: 10 digits, the first of them 6 to 9")
    return digits


def _one_of(*allowed: str) -> Callable[[str], str]:
    by_lower = {word.casefold(): word for word in allowed}

    def read(text: str) -> str:
        if text.casefold() not in by_lower:
            raise BadLine(f"allowed: {', '.join(allowed)}")
        return by_lower[text.casefold()]

    return read


def _paise(text: str) -> int:
    try:
        paise = Decimal(text.replace(",", "").removeprefix("₹").strip()) * 100
    except InvalidOperation:
        paise = Decimal("NaN")
    if not paise.is_finite() or paise != paise.to_integral_value() or abs(paise) >= 10**14:
        raise BadLine("is not an amount in rupees, like 1234.50")
    return int(paise)


def _arrears(text: str) -> int:
    if (paise := _paise(text)) < 0:
        raise BadLine("is negative: a credit belongs into amount")
    return paise


def _date(text: str) -> date:
    return _parsed(text, ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"), "is not a date, like 2026-11-24 or 24-11-2026").date()


def _month(text: str) -> date:
    formats = ("%Y-%m", "%m-%Y", "%m/%Y", "%Y-%m-%d", "%d-%m-%Y")
    return _parsed(text, formats, "is not a month, like 2026-11").date().replace(day=1)


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = _parsed(text, ("%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S"), "is not a time, like 2026-11-24 18:30")
    return (at if at.tzinfo else at.replace(tzinfo=IST)).astimezone(UTC)


def _parsed(text: str, formats: Sequence[str], problem: str) -> datetime:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the callers say which zone
        except ValueError:
            continue
    raise BadLine(problem)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file."""

    field: str
    """Of `BackendAccount`."""
    read: Callable[[str], Any]
    about: str
    required: bool = False


COLUMNS: Final = {
    "account_id": Column("account_id", str, "as printed on the bill", required=True),
    "name": Column("name", _name, "of the consumer", required=True),
    "area": Column("area", _one_of("urban", "rural"), "urban or rural", required=True),
    "meter": Column("meter", _one_of("prepaid", "postpaid", "plain"), "prepaid, postpaid, plain", required=True),
    "mobile": Column("mobile", _mobile, "registered mobile, 10 digits"),
    "bill_month": Column("bill_month", _month, "2026-11"),
    "due_on": Column("due_on", _date, "2026-11-24 or 24-11-2026"),
    "amount": Column("amount_paise", _paise, "to be paid, in rupees; negative is a credit, empty: no bill yet"),
    "arrears": Column("arrears_paise", _arrears, "in rupees, part of amount"),
    "last_payment": Column("last_payment_paise", _paise, "in rupees"),
    "last_payment_on": Column("last_payment_on", _date, "a date"),
    "basis": Column("basis", _one_of(*sorted(EXPLAINED_BASIS)), ", ".join(sorted(EXPLAINED_BASIS))),
    "balance": Column("balance_paise", _paise, "prepaid, in rupees; empty: not known now"),
    "balance_at": Column("balance_at", _time, "when it was read, 2026-11-24 18:30, in India's time"),
    "disconnected_on": Column("disconnected_on", _date, "since when the supply is cut for dues"),
}
TOGETHER: Final = (("balance", "balance_at"), ("last_payment", "last_payment_on"))
"""Neither is told without the other."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one file, in its order."""

    names: tuple[str, ...]

    @property
    def fields(self) -> list[str]:
        """The fields of an account that this file sets."""
        return [COLUMNS[name].field for name in self.names if name in COLUMNS]


def layout(header: Sequence[str]) -> Layout:
    """What a header says. Raises `BadFile`."""
    names = tuple(re.sub(r"\s+", "_", cell.strip().lower()) for cell in header)
    allowed = ["discom", *COLUMNS]
    if unknown := [name for name in names if name not in allowed and name not in NOTES]:
        raise BadFile(f"unknown column {', '.join(map(repr, unknown))}; allowed: {', '.join(allowed)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadFile(f"column {', '.join(twice)} stands there twice")
    if missing := [name for name, column in COLUMNS.items() if column.required and name not in names]:
        raise BadFile(f"column {', '.join(missing)} is missing; required: account_id, name, area, meter")
    for pair in TOGETHER:
        if len(set(pair) & set(names)) == 1:
            raise BadFile(f"columns {' and '.join(pair)} go together")
    return Layout(names)


def account(
    layout: Layout, cells: Sequence[str], discoms: Mapping[str, Discom], given: str | None
) -> tuple[str, BackendAccount]:
    """The discom's code and the account of one line. Raises `BadLine`."""
    if len(cells) != len(layout.names):
        raise BadLine(f"has {len(cells)} cells, the header has {len(layout.names)}")
    values: dict[str, Any] = {"mobile": None}
    row = {name: cell.strip() for name, cell in zip(layout.names, cells, strict=True)}
    if any("\udc80" <= c <= "\udcff" for cell in cells for c in cell):
        raise BadLine("is not UTF-8")
    for name, cell in row.items():
        column = COLUMNS.get(name)
        if column is None:
            continue
        if not cell and column.required:
            raise BadLine(f"{name}: is empty")
        try:
            value = column.read(cell) if cell else None
        except BadLine as reason:
            raise BadLine(f"{name}: {reason}") from None
        if value is not None:
            values[column.field] = value
    for one, other in TOGETHER:
        if bool(row.get(one)) != bool(row.get(other)):
            raise BadLine(f"{one} and {other} go together")
    number = values["account_id"] = re.sub(r"[ \-]", "", values["account_id"])
    code = _discom(row.get("discom"), number, discoms, given)
    if not re.fullmatch(r"[0-9]+", number) or len(number) not in discoms[code].account.digits:
        raise BadLine(f"account_id: {code} has {'/'.join(map(str, discoms[code].account.digits))} digits")
    return code, BackendAccount(**values)


def _discom(named: str | None, number: str, discoms: Mapping[str, Discom], given: str | None) -> str:
    """Whose account it is: as the command says, else the column, else the one discom whose accounts begin so."""
    if named and named.lower() not in discoms:
        raise BadLine(f"discom: allowed: {', '.join(discoms)}")
    if given and named and named.lower() != given:
        raise BadLine(f"discom: is {named.lower()}, while --discom says {given}")
    if code := given or (named and named.lower()):
        return code
    owners = [code for code, discom in discoms.items() if number.startswith(discom.account.prefixes)]
    if len(owners) != 1:
        raise BadLine("discom: not named, and not known from the account ID; use --discom or a column discom")
    return owners[0]
