"""Made-up consumers, the same on every machine on the same day, covering every case that billing answers. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from libs.schemas.discom import Discom, Words
from services.billing.backends import BackendAccount
from services.billing.domain.privacy import IST

COUNT: Final = 2000
"""Consumers per discom."""
MADE_UP: Final = "90000"
"""Every mobile begins so: a number that could be one, and that nobody takes for a real one."""

GIVEN_HI: Final = [
    "राम",
    "सीता",
    "मोहन",
    "गीता",
    "श्याम",
    "सुनीता",
    "अनिल",
    "कविता",
    "राजेश",
    "मीना",
    "आशा",
    "विजय",
    "रेखा",
]
FAMILY_HI: Final = ["कुमार", "देवी", "सिंह", "वर्मा", "यादव", "गुप्ता", "मिश्रा", "खान", "पटेल", "शर्मा", "मौर्य"]
GIVEN_EN: Final = ["Ram", "Sita", "Mohan", "Gita", "Shyam", "Sunita", "Anil", "Kavita", "Rajesh", "Meena", "Imran"]
FAMILY_EN: Final = ["Kumar", "Devi", "Singh", "Verma", "Yadav", "Gupta", "Mishra", "Khan", "Patel", "Sharma", "Ansari"]
BASES: Final = ("MU", "OK", "PROV", "MIN", "ASS", "CEIL")
DOUBTFUL: Final = ("RDF", "IDF", "ADF", "CDF", "NA", "NR")


@dataclass(frozen=True, slots=True)
class Draw:
    """What varies from one consumer of a case to the next."""

    n: int
    today: date

    @property
    def round(self) -> int:
        """How many consumers of the same case came before."""
        return self.n // len(CASES)

    def paise(self, least: int, most: int) -> int:
        """An amount between these rupees, some with paise."""
        return (least + self.n * 7919 % (most - least)) * 100 + (50 if self.n % 4 == 1 else 0)

    def days(self, least: int, most: int) -> int:
        return least + self.n * 31 % (most - least + 1)

    def bill(self, due_in: int, **more: Any) -> dict[str, Any]:
        """A bill of this month that falls due in so many days."""
        return {
            "bill_month": self.today.replace(day=1),
            "due_on": self.today + timedelta(days=due_in),
            "amount_paise": self.paise(180, 4400),
            "last_payment_paise": self.paise(200, 3000),
            "last_payment_on": self.today - timedelta(days=self.days(25, 55)),
            "basis": BASES[self.round % len(BASES)],
            **more,
        }

    def balance(self, paise: int) -> dict[str, Any]:
        """A balance as the meter gave it last night: it lags by a day."""
        midnight = datetime.combine(self.today, time(), IST)
        return {"meter": "prepaid", "balance_paise": paise, "balance_at": midnight - timedelta(minutes=30)}


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of account."""

    what: Words
    fields: Callable[[Draw], Mapping[str, Any]]
    registered: bool = True
    """The account has a registered mobile."""


def _prepaid_cut(draw: Draw) -> dict[str, Any]:
    cut = draw.today - timedelta(days=draw.days(1, 6))
    return draw.bill(10) | draw.balance(-draw.paise(300, 2500)) | {"disconnected_on": cut}


def _postpaid_cut(draw: Draw) -> dict[str, Any]:
    arrears = draw.paise(2000, 9000)
    cut = draw.today - timedelta(days=draw.days(1, 9))
    amount = arrears + draw.paise(300, 1500)
    return draw.bill(-20, meter="postpaid", arrears_paise=arrears, amount_paise=amount, disconnected_on=cut)


def _overdue(draw: Draw) -> dict[str, Any]:
    arrears = draw.paise(500, 5000)
    overdue = -draw.days(1, 20)
    return draw.bill(overdue, meter="postpaid", arrears_paise=arrears, amount_paise=arrears + draw.paise(200, 2000))


CASES: Final = (
    Case(
        Words(hi="प्रीपेड, बैलेंस है", en="Prepaid, balance left"),
        lambda draw: draw.bill(draw.days(2, 12)) | draw.balance(draw.paise(40, 1900)),
    ),
    Case(
        Words(hi="पोस्टपेड, बिल देना है", en="Postpaid, bill to be paid"),
        lambda draw: draw.bill(draw.days(2, 12), meter="postpaid"),
    ),
    Case(
        Words(hi="प्रीपेड, बैलेंस माइनस", en="Prepaid, balance below zero"),
        lambda draw: draw.bill(draw.days(2, 12)) | draw.balance(-draw.paise(10, 900)),
    ),
    Case(Words(hi="पोस्टपेड, तारीख निकल गई, पुराना बकाया", en="Postpaid, overdue, with arrears"), _overdue),
    Case(
        Words(hi="पोस्टपेड, बिल जमा है", en="Postpaid, paid"),
        lambda draw: draw.bill(draw.days(2, 12), meter="postpaid", amount_paise=0),
    ),
    Case(
        Words(hi="पोस्टपेड, ज़्यादा जमा है", en="Postpaid, in credit"),
        lambda draw: draw.bill(draw.days(2, 12), meter="postpaid", amount_paise=-draw.paise(20, 800)),
    ),
    Case(
        Words(hi="पोस्टपेड, बिल अभी नहीं बना", en="Postpaid, no bill yet"),
        lambda _: {"meter": "postpaid"},
    ),
    Case(
        Words(hi="पोस्टपेड, मीटर की रीडिंग पर शक", en="Postpaid, doubtful reading"),
        lambda draw: draw.bill(draw.days(2, 12), meter="postpaid", basis=DOUBTFUL[draw.round % len(DOUBTFUL)]),
    ),
    Case(
        Words(hi="प्रीपेड, बैलेंस अभी नहीं मिला", en="Prepaid, balance not available now"),
        lambda draw: draw.bill(draw.days(2, 12), meter="prepaid"),
    ),
    Case(Words(hi="प्रीपेड, बकाया पर बिजली कटी", en="Prepaid, cut off for dues"), _prepaid_cut),
    Case(Words(hi="पोस्टपेड, बकाया पर बिजली कटी", en="Postpaid, cut off for dues"), _postpaid_cut),
    Case(
        Words(hi="साधारण मीटर (स्मार्ट नहीं)", en="Plain meter, not smart"),
        lambda draw: draw.bill(draw.days(-9, 12), meter="plain", basis=(*BASES, "UM")[draw.round % 7]),
    ),
    Case(
        Words(hi="प्रीपेड, मोबाइल दर्ज नहीं", en="Prepaid, no registered mobile"),
        lambda draw: draw.bill(draw.days(2, 12)) | draw.balance(draw.paise(40, 1900)),
        registered=False,
    ),
    Case(
        Words(hi="पोस्टपेड, मोबाइल दर्ज नहीं", en="Postpaid, no registered mobile"),
        lambda draw: draw.bill(draw.days(2, 12), meter="postpaid"),
        registered=False,
    ),
    Case(
        Words(hi="साधारण मीटर, बिल नहीं बना", en="Plain meter, no bill yet"),
        lambda _: {"meter": "plain"},
    ),
)
"""The first consumers of a discom are one of each, which the phone page offers."""


def consumers(discom: Discom, today: date) -> list[BackendAccount]:
    """The consumers of one discom."""
    return [_consumer(discom, n, today) for n in range(COUNT)]


def _consumer(discom: Discom, n: int, today: date) -> BackendAccount:
    case = CASES[n % len(CASES)]
    prefix = next(iter(discom.account.prefixes), "")
    rest = discom.account.digits[0] - len(prefix)
    # apart from one another, so that a slip of the finger meets no other account
    account_id = f"{prefix}{n * 48_611 + 17:0{rest}d}"
    given, family = (GIVEN_EN, FAMILY_EN) if n % 4 == 3 else (GIVEN_HI, FAMILY_HI)
    return BackendAccount(
        account_id=account_id,
        name=f"{given[n % len(given)]} {family[n % len(family)]}",
        mobile=f"{MADE_UP}{prefix[:1] or '0'}{n:04d}" if case.registered else None,
        area="urban" if n % 2 == 0 else "rural",
        **case.fields(Draw(n, today)),
    )
