"""What is said about an account, to whom."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from libs.schemas.dialogue import Pass
from libs.schemas.messages import Language
from services.billing.backends import BackendAccount
from services.billing.demo.consumers import consumers
from services.billing.domain import Answer, Ask, later, masked, told
from services.billing.domain.turn import What
from tests.unit.billing.consumer import DISCOM, DISCOMS, MINE, OTHER, account, message, passed, read

DUE, PAST = date(2026, 12, 5), date(2026, 11, 10)
READ_AT = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
OPEN = DISCOM.model_copy(update={"smart_meter_only": False})


def tell(
    what: What,
    found: BackendAccount | None,
    *,
    foreign: bool = False,
    looked_at: tuple[str, ...] = (),
    errand: str | None = None,
    discom: object = DISCOM,
    number: str = MINE,
) -> Answer:
    said = message("x", phone="919000099999" if foreign else "919000010001")
    return told(Ask(what, number, errand), found, looked_at, said, DISCOMS, discom)  # type: ignore[arg-type]


def lines(answer: Answer, language: Language = "hi") -> list[str]:
    return read(answer, language).body.splitlines()


def taps(answer: Answer) -> list[str]:
    return [option.id for option in read(answer).options]


def test_a_bill_to_be_paid_says_month_amount_due_date_and_how_to_pay() -> None:
    answer = tell("bill", account(bill_month=date(2026, 11, 1), due_on=DUE, basis="MU"))
    assert lines(answer) == [
        "*नवंबर 2026 का बिल ₹1,234.50* (खाता …0017)",
        "आखिरी तारीख: *5 दिसंबर 2026*",
        "बिल मीटर की रीडिंग से बना है।",
        "जमा करें: https://www.uppclonline.com",
        "OTP या PIN किसी को न बताएँ।",
    ]
    assert lines(answer, "en")[:2] == [
        "*Bill of November 2026: ₹1,234.50* (account …0017)",
        "Due by: *5 December 2026*",
    ]


def test_an_overdue_bill_says_so_and_the_day_itself_is_in_time() -> None:
    assert "आखिरी तारीख *10 नवंबर 2026* निकल गई है, कृपया जल्द जमा करें।" in lines(tell("bill", account(due_on=PAST)))
    assert "आखिरी तारीख: *25 नवंबर 2026*" in lines(tell("bill", account(due_on=date(2026, 11, 25))))


@pytest.mark.parametrize(
    ("paise", "said"),
    [(0, "*अभी कुछ नहीं देना है* (खाता …0017)।"), (-5000, "*₹50 जमा हैं* (खाता …0017), अभी कुछ नहीं देना है।")],
)
def test_nothing_to_pay_and_a_credit_ask_for_no_money(paise: int, said: str) -> None:
    body = lines(tell("bill", account(amount_paise=paise, due_on=PAST)))
    assert body == [said]


def test_no_bill_yet_offers_the_complaint_about_it() -> None:
    answer = tell("bill", account(amount_paise=None))
    assert lines(answer) == ["खाता …0017 का नया बिल अभी नहीं बना है।"]
    assert taps(answer)[0] == "complaints:new:bill-not-received"


@pytest.mark.parametrize(
    ("fields", "first_two"),
    [
        ({"meter": "prepaid"}, [f"billing:balance:{MINE}", "complaints:new:bill-correction"]),
        ({"meter": "postpaid"}, ["complaints:new:bill-correction", "billing:other"]),
        ({"basis": "RDF"}, ["complaints:new:faulty-meter", "complaints:new:bill-correction"]),
        ({"disconnected_on": PAST}, ["complaints:new:supply", "complaints:new:bill-correction"]),
    ],
)
def test_after_a_bill_the_next_wish_is_one_tap_away(fields: dict[str, object], first_two: list[str]) -> None:
    assert taps(tell("bill", account(**fields))) == [*first_two, "menu:home"]


@pytest.mark.parametrize(
    "basis", ["MU", "OK", "IDF", "RDF", "ADF", "CDF", "NA", "NR", "PROV", "MIN", "UM", "ASS", "CEIL"]
)
def test_every_basis_of_a_bill_is_explained_in_both_languages(basis: str) -> None:
    answer = tell("bill", account(basis=basis))
    assert len(lines(answer)) == len(lines(answer, "en")) == 4
    assert basis not in lines(answer)[1]


def test_an_unknown_basis_is_not_explained() -> None:
    assert len(lines(tell("bill", account(basis="XYZ")))) == 3


def test_another_number_than_the_registered_mobile_sees_amount_and_due_date_only() -> None:
    private = account(
        due_on=DUE,
        arrears_paise=99900,
        last_payment_paise=77700,
        last_payment_on=PAST,
        basis="RDF",
        disconnected_on=PAST,
    )
    answer = tell("bill", private, foreign=True)
    assert lines(answer)[:3] == [
        "*बिल ₹1,234.50* (खाता …0017)",
        "आखिरी तारीख: *5 दिसंबर 2026*",
        "बाकी जानकारी खाते में दर्ज मोबाइल से लिखने पर मिलेगी।",
    ]
    assert not any(word in read(answer).body for word in ("999", "777", "रीडिंग", "कटी"))
    assert answer.foreign and "complaints:new:supply" not in taps(answer)
    own = tell("bill", private)
    assert all(word in read(own).body for word in ("₹999", "₹777", "रीडिंग", "कटी")) and not own.foreign


@pytest.mark.parametrize(("mobile", "phone"), [(None, "919000010001"), ("9000010001", None), ("", "91"), (None, None)])
def test_without_both_numbers_nobody_is_registered(mobile: str | None, phone: str | None) -> None:
    said = message("x", phone=phone)
    assert told(Ask("bill", MINE), account(mobile=mobile), (), said, DISCOMS, DISCOM).foreign


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("सुनीता देवी", "सु••• दे•••"),
        ("Ram Kumar", "R••• K•••"),
        ("क्षमा", "क्•••"),
        ("ज़ैनब", "ज़ै•••"),
        ("  ", "•••"),
    ],
)
def test_a_name_is_masked_with_its_first_signs_whole(name: str, shown: str) -> None:
    assert masked(name) == shown


def test_linking_shows_the_masked_name_and_the_six_options() -> None:
    answer = tell("link", account())
    reply = read(answer)
    assert reply.body.startswith("✅ *सु••• दे•••* का खाता (…0017) जुड़ गया है।")
    assert "1 सेवा लिंक" in reply.body and len(reply.options) == 7
    assert reply.context and reply.context.account == answer.linked and reply.context.area == "urban"
    assert answer.linked and answer.linked.name == "सु••• दे•••"


def test_an_errand_of_complaints_goes_back_whatever_became_of_its_account() -> None:
    errand = "complaints:new:supply"
    back = passed(tell("link", account(), errand=errand))
    assert back.to == "complaints" and back.errand == errand and back.patch.account
    assert later(Ask("link", MINE, errand)).move == Pass("complaints", "errand", errand=errand)
    many = tuple(f"100000010{n}" for n in range(5))
    refused = tell("link", account(mobile=None), looked_at=many, errand=errand)
    assert refused.move == Pass("complaints", "errand", errand=errand) and refused.linked is None


def test_five_accounts_of_others_a_day_and_no_more() -> None:
    many = tuple(f"100000010{n}" for n in range(5))
    assert lines(tell("bill", account(), foreign=True, looked_at=many[:4]))[0].startswith("*बिल")
    assert lines(tell("bill", account(account_id=many[0]), foreign=True, looked_at=many))[0].startswith("*बिल")
    sixth = tell("bill", account(), foreign=True, looked_at=many)
    assert lines(sixth)[0].startswith("आज आप 5 अलग खाते देख चुके हैं।")
    assert sixth.outcome == "refused" and sixth.linked is None and not sixth.foreign
    assert lines(tell("bill", account(), looked_at=many))[0].startswith("*बिल"), "their own is not counted"


@pytest.mark.parametrize(
    ("paise", "first", "recharge"),
    [
        (24050, "*बैलेंस ₹240.50* (खाता …0017)", False),
        (0, "*बैलेंस ₹0* (खाता …0017)", True),
        (-25000, "*बैलेंस माइनस ₹250* (खाता …0017)", True),
    ],
)
def test_a_prepaid_balance_says_of_when_it_is(paise: int, first: str, recharge: bool) -> None:
    answer = tell("balance", account(meter="prepaid", balance_paise=paise, balance_at=READ_AT))
    assert lines(answer)[:2] == [first, "यह 24 नवंबर, 6:30 pm तक का है।"]
    assert any("रिचार्ज" in line for line in lines(answer)) is recharge


def test_a_balance_without_its_time_is_not_told() -> None:
    for missing in ({"balance_paise": 100}, {"balance_at": READ_AT}, {}):
        answer = tell("balance", account(meter="prepaid", **missing))
        assert lines(answer)[0].startswith("खाता …0017 का बैलेंस अभी मीटर से नहीं मिला है।")
        assert taps(answer)[0] == f"billing:balance:{MINE}"


def test_a_postpaid_account_has_a_bill_instead_of_a_balance() -> None:
    answer = tell("balance", account(due_on=DUE))
    assert lines(answer) == [
        "खाता …0017 पोस्टपेड है, इसलिए बैलेंस नहीं होता।",
        "*बिल ₹1,234.50* (खाता …0017)",
        "आखिरी तारीख: *5 दिसंबर 2026*",
    ]
    assert taps(answer)[0] == f"billing:bill:{MINE}"


@pytest.mark.parametrize("what", ["bill", "balance"])
def test_plain_meters_are_refused_bill_and_balance_with_a_promise_while_the_switch_says_so(what: What) -> None:
    answer = tell(what, account(meter="plain"))
    assert "आपका मीटर जल्द जुड़ेगा।" in read(answer).body and answer.outcome == "refused"
    assert "complaints:new" in taps(answer) and answer.linked
    assert tell(what, account(meter="plain"), discom=OPEN).outcome == "told"
    assert tell("link", account(meter="plain")).outcome == "told", "links are never refused"


def test_without_a_smart_meter_there_is_no_balance() -> None:
    answer = tell("balance", account(meter="plain"), discom=OPEN)
    assert lines(answer) == ["खाता …0017 पर स्मार्ट मीटर नहीं है, इसलिए बैलेंस नहीं होता।"]


def test_an_unknown_account_is_asked_for_again_and_the_errand_kept() -> None:
    answer = tell("balance", None, number=OTHER)
    assert lines(answer)[0].startswith("यह अकाउंट आईडी हमें नहीं मिली।")
    assert answer.dialogue and answer.dialogue.errand == "billing:balance" and answer.linked is None


def test_a_complaint_with_an_unknown_account_may_go_on_without() -> None:
    for number in (OTHER, "3000000017"):
        answer = tell("link", None, number=number, errand="complaints:new:supply")
        assert taps(answer) == ["complaints:new:supply"]
        assert answer.dialogue and answer.dialogue.errand == "complaints:new:supply"
    assert taps(tell("link", None)) == []


def test_an_account_of_another_discom_is_named_with_the_number_to_write_to() -> None:
    said = lines(tell("bill", None, number="3000000017"))[0]
    assert "पश्चिमांचल विद्युत" in said and "7859804803" in said and "10 अंकों" in said


def test_later_offers_the_same_again() -> None:
    answer = later(Ask("balance", OTHER))
    assert lines(answer) == ["खाते की जानकारी अभी नहीं मिल रही है। कृपया कुछ मिनट बाद फिर देखें।"]
    assert taps(answer) == [f"billing:balance:{OTHER}", "menu:home"]


def test_every_account_of_the_demo_can_be_told_to_anybody_in_both_languages_within_whatsapps_limits() -> None:
    whats: tuple[What, ...] = ("link", "bill", "balance")
    discoms = (DISCOM, OPEN)
    for found in consumers(DISCOM, date(2026, 11, 25))[:75]:
        for what, phone, discom in product(whats, ("919000099999", f"91{found.mobile}"), discoms):
            said = message("x", phone=phone)
            answer = told(Ask(what, found.account_id), found, (), said, DISCOMS, discom)
            for language in ("hi", "en"):
                reply = read(answer, language)
                assert len(reply.body) <= 1024 and "{" not in reply.body
                assert found.name not in reply.body and (found.mobile or "none") not in reply.body
                assert len(reply.options) <= (3 if reply.list_button is None else 10)
                assert len({option.title for option in reply.options}) == len(reply.options)
                assert reply.options[-1].id.startswith("menu:"), "the way to the menu is always there"
