"""What an operator types is taken as it is meant, or refused with a word on how to write it."""

import argparse

import pytest

from libs.kit.__main__ import _phone


@pytest.mark.parametrize(
    "text", ["919876543210", "+91 98765 43210", "9876543210", "09876543210", "00919876543210", "98765-43210"]
)
def test_a_number_is_one_person_however_it_is_written(text: str) -> None:
    assert _phone(text) == "919876543210"


@pytest.mark.parametrize("text", ["", "0", "98765", "9876543210x", "१२३४५६७८९०", "9" * 16])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        _phone(text)
