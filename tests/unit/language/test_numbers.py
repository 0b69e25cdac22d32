"""Account IDs and complaint numbers, as people type and speak them."""

import pytest

from libs.language import find_account, find_complaint_number, number_like, understand

ACCOUNTS = [
    ("mera account 12345 67890 hai", "1234567890"),
    ("1234-567-890", "1234567890"),
    ("१२३४५६७८९०", "1234567890"),
    ("nine eight double seven six five four three two one", "9877654321"),
    ("नौ आठ सात छह पांच चार तीन दो एक शून्य", "9876543210"),
    ("account 1234567890 mobile 9876543210", "1234567890"),
    ("1234567890 का बिल, मोबाइल 9876543210", "1234567890"),
    ("9876543210 mobile hai aur account 1234567890 hai", "1234567890"),
    ("bill no 657123456789 account 1234567890", "1234567890"),
    ("10 ghante se light nahi 1234567890", "1234567890"),
    ("mera mobile 9876543210 hai", None),
    ("SOS 9876543210", None),
    ("+91 9876543210", None),
    ("1234567890 2345678901", None),
    ("12345", None),
    ("123456789012", None),
    ("22/11/2026 ko complaint ki thi", None),
]
COMPLAINTS = [
    ("PV22112600123", "PV22112600123"),
    ("pv-22112600123 ka kya hua", "PV22112600123"),
    ("pv22112600123ka kya hua", "PV22112600123"),
    ("PV२२११२६००१२३", "PV22112600123"),
    ("पीवी 22112600123", "PV22112600123"),
    ("complaint no. mv 2211 2600 123 account 1234567890", "MV22112600123"),
    ("KE22112600123", "KE22112600123"),
    ("account ke 22112600123", None),
    ("no 1234567890", None),
    ("PV12345", None),
]


@pytest.mark.parametrize(("text", "account"), ACCOUNTS)
def test_an_account_id_is_found(text: str, account: str | None) -> None:
    assert find_account(text) == account


@pytest.mark.parametrize(("text", "number"), COMPLAINTS)
def test_a_complaint_number_is_found(text: str, number: str | None) -> None:
    assert find_complaint_number(text) == number


def test_the_length_of_an_account_id_is_the_discoms() -> None:
    assert find_account("123456789012", digits=(10, 12)) == "123456789012"
    assert understand("123456789012 ka bill", (12,)).account_id == "123456789012"


def test_a_number_that_is_neither_is_told() -> None:
    assert number_like("mera account 12345 hai") == "12345"
    assert number_like("light nahi hai 12345") is None


def test_both_numbers_of_one_text_are_found() -> None:
    found = understand("PV22112600123 account 1234567890 kab theek hogi")
    assert (found.intent, found.complaint_number, found.account_id) == ("track", "PV22112600123", "1234567890")
