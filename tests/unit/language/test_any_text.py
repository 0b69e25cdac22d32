"""Whatever is typed: no exception, no long wait, small at start."""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.language import (
    SURE,
    area,
    as_json,
    find_account,
    find_complaint_number,
    language_of,
    number_like,
    option,
    yes_no,
)
from libs.language.classifier import model
from libs.language.signals import signal
from libs.language.training import fingerprint
from libs.language.understanding import understand

PIECES = (
    "bijli nahi aa rahi bill kitna balance meter kharab complaint ki thi taar toot gaya current lag gaya aur . ? , \n "
    "बिजली नहीं करंट लग गया PV22112600123 1234567890 १२३ 0 menu stop hindi NOPOWER \u200d \u202e \ufe0f 👍🏽"
)
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(exclude_categories=())),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=30).map(" ".join),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=30).map("".join),
)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_is_understood_somehow(text: str) -> None:
    found = understand(text)
    assert 0 <= found.confidence <= 1
    assert len(found.likely) <= 3
    assert found.intent not in found.also
    assert not found.likely or found.confidence < SURE
    for read in (signal, as_json, area, language_of, yes_no, find_account, find_complaint_number, number_like):
        read(text)
    option(text, 6)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_a_text_means_the_same_every_time(text: str) -> None:
    assert understand(text) == understand(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n" * 4096, "\u200d" * 4096, "\u202e" * 4096, "👍" * 4096, "9" * 500, "1 " * 2048, "a" * 4096,
        "aur " * 1024, "bill. " * 680, "बिजली नहीं " * 370, "PV 123456 " * 400, "nine " * 800, "1. x\n" * 800,
        "account hai " * 340, "\ud800", "hi. " * 1000, "\u0900" * 4096, "a\u0301" * 2000, "<>&\"'\x00" * 600,
    ],
    ids=range(21),
)  # fmt: skip
def test_the_worst_texts_are_answered_soon(text: str) -> None:
    assert spent(lambda: (understand(text), signal(text))) < 0.1


def test_four_times_the_text_takes_no_sixteen_times_as_long() -> None:
    for unit in ("bijli nahi aa rahi. ", "1 2 3 4 ", "\u200d \n", "1. a\n"):
        short, long = unit * (1000 // len(unit)), unit * (4000 // len(unit))
        assert spent(partial(understand, long)) < 16 * spent(partial(understand, short)) + 0.02


def test_a_usual_text_takes_less_than_a_thousandth_of_a_second() -> None:
    texts = [
        "bijli nahi aa rahi hai subah se",
        "mera bill kitna hai 1234567890",
        "meri shikayat ka kya hua",
        "hello",
    ] * 25
    assert spent(lambda: [understand(text) for text in texts]) / len(texts) < 0.001


def test_it_starts_small_and_fast() -> None:
    measure = (
        "import resource, time; before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
        "import libs.language; libs.language.understand('bill kitna hai'); "
        "print(time.process_time(), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)"
    )
    seconds, megabytes = map(float, subprocess.check_output([sys.executable, "-c", measure]).split())
    assert seconds < 1.0
    assert megabytes < 60


def test_the_model_was_learnt_from_these_examples() -> None:
    """After a change of examples, asides or lexicon: `python -m libs.language.training`."""
    assert model().learnt_from == fingerprint()


def spent(work: Callable[[], object]) -> float:
    """The least processor time of three runs: what others do on this machine does not count."""
    runs: list[float] = []
    for _ in range(3):
        start = time.process_time()
        work()
        runs.append(time.process_time() - start)
    return min(runs)
