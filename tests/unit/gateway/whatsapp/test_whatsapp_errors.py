"""Every error of WhatsApp's table is decided as the table says, and everything else sensibly."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.whatsapp import Failure, backoff, decide, failure_of

TABLE = json.loads(Path("libs/schemas/meta/errors.json").read_text())
CODES = [error for error in TABLE["errors"] if isinstance(error["code"], int)]
DAY = 24 * 3600


def answer(code: object, **more: object) -> bytes:
    error = {"message": "(#1) …", "type": "OAuthException", "code": code, "fbtrace_id": "x", **more}
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize("error", CODES, ids=lambda error: str(error["code"]))
def test_a_code_of_the_table_decides_whatever_the_status(error: dict[str, object]) -> None:
    for status in (400, 401, 429, 500):
        failure = decide(status, answer(error["code"], is_transient=True), {})
        assert (failure.action, failure.code, failure.scope) == (error["action"], error["code"], error.get("scope"))
    assert failure_of(int(str(error["code"]))) == failure
    assert failure.action in TABLE["actions"]


@pytest.mark.parametrize(("code", "action"), [(200, "token"), (250, "token"), (299, "token"), (300, "fix")])
def test_ranges_of_the_table_hold_at_both_ends(code: int, action: str) -> None:
    assert decide(400, answer(code), {}).action == action


def test_a_code_as_text_counts_too() -> None:
    assert decide(400, answer("131056"), {}) == Failure("retry_recipient", 131056, None, "recipient")


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (500, b"", "retry"),
        (502, b"<html>Bad gateway</html>", "retry"),
        (503, b"null", "retry"),
        (504, b'{"error": "timeout"}', "retry"),
        (500, answer(99999), "retry"),
        (429, b"", "retry"),
        (408, b"", "retry"),
        (302, b"", "retry"),
        (404, b"<html>", "retry"),
        (204, b"", "retry"),
        (401, b"", "token"),
        (403, b"<html>", "token"),
        (400, b"", "fix"),
        (413, b"", "fix"),
        (400, answer(99999), "fix"),
        (404, answer(99999), "fix"),
        (400, answer(99999, is_transient=True), "retry"),
        (400, answer(None), "fix"),
        (400, answer(True), "fix"),
    ],
)
def test_without_a_known_code_the_status_decides(status: int, body: bytes, action: str) -> None:
    assert decide(status, body, {}).action == action


@pytest.mark.parametrize("code", [2**31, -(2**31) - 1, 10**14, "4294967296"])
def test_a_code_that_no_table_can_hold_is_none(code: object) -> None:
    assert decide(400, answer(code), {}) == Failure("fix", None, None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "17"}, 17),
        ({"retry-after": " 17 "}, 17),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "99999999"}, DAY),
        ({"Retry-After": "Wed, 25 Nov 2026 10:00:30 GMT", "Date": "Wed, 25 Nov 2026 10:00:00 GMT"}, 30),
        ({"Retry-After": "Wed, 25 Nov 2026 10:00:30 GMT"}, None),
        ({"Retry-After": "Wed, 25 Nov 2026 09:00:00 GMT", "Date": "Wed, 25 Nov 2026 10:00:00 GMT"}, None),
        ({"X-Business-Use-Case-Usage": '{"1":[{"type":"whatsapp","estimated_time_to_regain_access":19}]}'}, 19 * 60),
        (
            {
                "x-business-use-case-usage": json.dumps(
                    {
                        "1": [{"estimated_time_to_regain_access": 0}, {"estimated_time_to_regain_access": 2}],
                        "2": [{"estimated_time_to_regain_access": "3"}, None],
                        "3": "?",
                    }
                ),
                "Retry-After": "7",
            },
            180,
        ),
        ({"X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":0}]}'}, None),
        ({"X-Business-Use-Case-Usage": "["}, None),
        ({"X-Business-Use-Case-Usage": "[1]"}, None),
    ],
)
def test_the_wait_that_headers_ask_for_is_told_where_there_will_be_a_next_time(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert decide(429, answer(130429), headers).retry_after == seconds
    assert decide(400, answer(131026), headers).retry_after is None


def test_what_must_wait_a_day_waits_a_day() -> None:
    assert decide(400, answer(131049), {"Retry-After": "5"}).retry_after == DAY


@given(st.integers(100, 599), st.binary(max_size=200), st.dictionaries(st.text(), st.text(), max_size=3))
def test_no_answer_is_too_odd_to_decide(status: int, body: bytes, headers: dict[str, str]) -> None:
    names = ("Retry-After", "Date", "X-Business-Use-Case-Usage")
    odd = dict(zip(names, headers.values(), strict=False))
    assert decide(status, body, headers | odd).action in TABLE["actions"]


def test_backoff_is_metas_formula_with_a_cap_and_never_less() -> None:
    assert [backoff(attempt, 0.0) for attempt in range(-1, 6)] == [1, 1, 4, 16, 64, 64, 64]
    assert backoff(10**9, 0.999) < 96
    assert [backoff(1, chance) for chance in (0.0, 0.5)] == [4.0, 5.0]
