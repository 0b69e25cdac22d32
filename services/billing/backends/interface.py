"""What billing asks a discom's billing system, and what it gets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from libs.schemas.messages import Area


class Unavailable(Exception):
    """The billing system does not answer; the consumer hears "later", never a guess."""


@dataclass(frozen=True, slots=True)
class BackendAccount:
    """One account as the billing system knows it. Money in paise; a negative amount is a credit."""

    account_id: str
    name: str
    mobile: str | None
    """Registered mobile, 10 digits."""
    area: Area
    meter: Literal["prepaid", "postpaid", "plain"]
    bill_month: date | None = None
    due_on: date | None = None
    amount_paise: int | None = None
    """What is to be paid by the due date, arrears included, less what was paid; None where there is no bill yet."""
    arrears_paise: int = 0
    last_payment_paise: int | None = None
    last_payment_on: date | None = None
    basis: str | None = None
    """How the reading came about: MU, OK, IDF, RDF … (bill basis codes)."""
    balance_paise: int | None = None
    """Prepaid balance; None while the meter's data is missing."""
    balance_at: datetime | None = None
    """When the balance was read; it lags by a day or more."""
    disconnected_on: date | None = None
    """Since when the supply is cut for what is unpaid."""


class Backend(Protocol):
    """A billing system. Called outside any transaction, with many accounts at once."""

    async def accounts(self, ids: Collection[str]) -> Mapping[str, BackendAccount]:
        """The accounts that exist among these. Raises `Unavailable`."""
        ...
