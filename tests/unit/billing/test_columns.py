"""How a line of an accounts file becomes an account, or the reason why not."""

from datetime import UTC, date, datetime

import pytest

from services.billing.backends import BackendAccount
from services.billing.importer.columns import BadFile, BadLine, account, layout
from tests.unit.billing.consumer import DISCOMS

HEADER = "account_id,name,area,meter,mobile,amount,due_on,balance,balance_at".split(",")  # noqa: SIM905
LINE = [
    "1000000017",
    "सुनीता देवी",
    "urban",
    "prepaid",
    "9000010001",
    "1,234.50",
    "05-12-2026",
    "-20",
    "2026-11-24 18:30",
]


def line(**changes: str) -> tuple[str, BackendAccount]:
    cells = dict(zip(HEADER, LINE, strict=True)) | changes
    return account(layout(list(cells)), list(cells.values()), DISCOMS, None)


def test_a_line_becomes_an_account_in_paise_and_utc() -> None:
    code, found = line()
    assert code == "mvvnl"
    assert found == BackendAccount(
        "1000000017", "सुनीता देवी", "9000010001", "urban", "prepaid", due_on=date(2026, 12, 5), amount_paise=123450,
        balance_paise=-2000, balance_at=datetime(2026, 11, 24, 13, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"account_id": "1000-000 017"}, "account_id", "1000000017"),
        ({"mobile": "+91 90000 10001"}, "mobile", "9000010001"),
        ({"mobile": "09000010001"}, "mobile", "9000010001"),
        ({"mobile": ""}, "mobile", None),
        ({"amount": ""}, "amount_paise", None),
        ({"amount": "-50"}, "amount_paise", -5000),
        ({"amount": "₹ 0.05"}, "amount_paise", 5),
        ({"area": "Rural"}, "area", "rural"),
        ({"meter": " POSTPAID "}, "meter", "postpaid"),
        ({"due_on": "2026-12-05"}, "due_on", date(2026, 12, 5)),
        ({"due_on": "5/12/2026"}, "due_on", date(2026, 12, 5)),
        ({"bill_month": "2026-11"}, "bill_month", date(2026, 11, 1)),
        ({"basis": "rdf"}, "basis", "RDF"),
        ({"arrears": ""}, "arrears_paise", 0),
        ({"balance_at": "24-11-2026 18:30"}, "balance_at", datetime(2026, 11, 24, 13, tzinfo=UTC)),
        ({"balance_at": "2026-11-24T13:00:00+00:00"}, "balance_at", datetime(2026, 11, 24, 13, tzinfo=UTC)),
    ],
)
def test_cells_are_read_as_people_write_them(changes: dict[str, str], field: str, value: object) -> None:
    assert getattr(line(**changes)[1], field) == value


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"account_id": "12345"}, "account_id: mvvnl has 10 digits"),
        ({"account_id": "1000000O17"}, "account_id: mvvnl has 10 digits"),
        ({"account_id": ""}, "account_id: is empty"),
        ({"name": ""}, "name: is empty"),
        ({"name": "a\x00b"}, "name: is not a name"),
        ({"name": "\udce0\udca4"}, "is not UTF-8"),
        ({"area": "city"}, "area: allowed: urban, rural"),
        ({"meter": "smart"}, "meter: allowed: prepaid, postpaid, plain"),
        ({"mobile": "12345"}, "mobile: is not a mobile"),
        ({"amount": "many"}, "amount: is not an amount in rupees"),
        ({"amount": "1.234"}, "amount: is not an amount in rupees"),
        ({"amount": "NaN"}, "amount: is not an amount in rupees"),
        ({"amount": "1e30"}, "amount: is not an amount in rupees"),
        ({"arrears": "-5"}, "arrears: is negative"),
        ({"due_on": "31-02-2026"}, "due_on: is not a date"),
        ({"balance_at": ""}, "balance and balance_at go together"),
        ({"basis": "XYZ"}, "basis: allowed: ADF"),
        ({"discom": "mumbai"}, "discom: allowed: dvvnl"),
    ],
)
def test_what_cannot_be_used_says_why(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        line(**changes)
    assert str(caught.value).startswith(reason)


def test_a_line_of_another_length_than_the_header_is_bad() -> None:
    with pytest.raises(BadLine, match="has 3 cells, the header has 9"):
        account(layout(HEADER), LINE[:3], DISCOMS, None)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("account_id,name,area", "column meter is missing"),
        ("account_id,name,area,meter,amout", "unknown column 'amout'; allowed: discom, account_id"),
        ("account_id,name,area,meter,name", "column name stands there twice"),
        ("account_id,name,area,meter,balance", "columns balance and balance_at go together"),
        ("", "unknown column ''"),
    ],
)
def test_a_header_that_cannot_be_used_stops_the_import_and_says_what_is_allowed(header: str, reason: str) -> None:
    with pytest.raises(BadFile) as caught:
        layout(header.split(","))
    assert str(caught.value).startswith(reason)


def test_a_repaired_file_of_bad_lines_may_be_imported_as_it_is() -> None:
    header = layout(["line", "reason", *HEADER])
    assert account(header, ["7", "mobile: is not a mobile", *LINE], DISCOMS, None)[1].account_id == LINE[0]
    assert "line" not in header.fields


def test_whose_account_it_is_says_the_command_then_the_column_then_the_first_digits() -> None:
    assert account(layout(HEADER), LINE, DISCOMS, "pvvnl")[0] == "pvvnl"
    assert line(discom="PVVNL")[0] == "pvvnl"
    assert line(account_id="3000000017")[0] == "pvvnl"
    with pytest.raises(BadLine, match="not named, and not known"):
        line(account_id="9000000017")
    with pytest.raises(BadLine, match="is mvvnl, while --discom says pvvnl"):
        account(layout(["discom", *HEADER]), ["mvvnl", *LINE], DISCOMS, "pvvnl")
