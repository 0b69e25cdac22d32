"""Signals and danger: heard in any dialogue, and never where a text merely names them."""

import pytest

from libs.language import signal
from libs.language.danger import danger
from libs.language.lexicon import said
from libs.language.meaning import Signal
from libs.language.script import clean
from tests.unit.language.lines import lines

SIGNALS = lines("signals.jsonl")
DANGERS = lines("danger.jsonl")


@pytest.mark.parametrize("line", SIGNALS, ids=[line["text"] for line in SIGNALS])
def test_a_signal_is_heard_and_a_description_is_none(line: dict[str, object]) -> None:
    heard = signal(str(line["text"]))
    assert (heard.kind if heard else None) == line["signal"]
    assert (heard.language if heard else None) == line.get("language")


@pytest.mark.parametrize("line", DANGERS, ids=[line["text"] for line in DANGERS])
def test_danger_is_told_from_a_fault(line: dict[str, object]) -> None:
    text = str(line["text"])
    assert (danger(said(clean(text))) is not None) == line["danger"]
    assert (signal(text) == Signal("danger")) == line["danger"]
