"""The demo's consumers: made up, the same everywhere, and every case among them."""

import re
from datetime import date

import pytest

from services.billing.backends import BackendAccount
from services.billing.demo import samples
from services.billing.demo.consumers import CASES, COUNT, consumers
from services.billing.domain.bill import EXPLAINED_BASIS
from tests.unit.billing.consumer import DISCOM, DISCOMS

TODAY = date(2026, 11, 25)
FOUND = consumers(DISCOM, TODAY)


def test_they_are_the_same_every_time_and_none_is_there_twice() -> None:
    assert consumers(DISCOM, TODAY) == FOUND
    assert len({account.account_id for account in FOUND}) == COUNT == 2000
    mobiles = [account.mobile for account in FOUND if account.mobile]
    assert len(set(mobiles)) == len(mobiles)


@pytest.mark.parametrize("code", DISCOMS)
def test_account_ids_and_mobiles_have_the_shape_of_true_ones(code: str) -> None:
    discom = DISCOMS[code]
    for account in consumers(discom, TODAY):
        assert len(account.account_id) in discom.account.digits
        assert account.account_id.startswith(discom.account.prefixes)
        assert account.mobile is None or re.fullmatch(r"90000\d{5}", account.mobile)


def test_every_basis_and_both_areas_and_scripts_are_there() -> None:
    assert {account.basis for account in FOUND} == EXPLAINED_BASIS | {None}
    for case in range(len(CASES)):
        assert {account.area for account in FOUND[case :: len(CASES)]} == {"urban", "rural"}
        assert {account.name[0] < "\u0900" for account in FOUND[case :: len(CASES)]} == {True, False}


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 2, 28), date(2028, 2, 29), date(2026, 12, 31)])
def test_dates_are_those_of_the_day_it_is_run(today: date) -> None:
    for account in consumers(DISCOM, today):
        assert account.bill_month in (None, today.replace(day=1))
        assert account.balance_at is None or 0 < (today - account.balance_at.date()).days <= 1
        assert account.last_payment_on is None or account.last_payment_on < today


def test_the_phone_page_is_offered_one_account_of_each_case() -> None:
    found = samples(DISCOMS, TODAY)
    assert list(found) == list(DISCOMS)
    for offered in found.values():
        assert 10 <= len(offered) <= 15
        assert len({str(one["what"]) for one in offered}) == len(offered)
    first: BackendAccount = FOUND[0]
    assert found["mvvnl"][0] == {
        "account_id": first.account_id,
        "what": {"hi": "प्रीपेड, बैलेंस है", "en": "Prepaid, balance left"},
        "mobile": first.mobile,
    }
