"""Which discoms a process serves, and what the environment may say about each."""

from pathlib import Path

import pytest

from libs.kit.process import discoms_of
from libs.kit.settings import Settings, load

SHIPPED = Path(__file__).parents[3] / "deploy" / "discoms"


@pytest.fixture
def settings(production: pytest.MonkeyPatch) -> Settings:
    production.setenv("DISCOMS_DIR", str(SHIPPED))
    return load(Settings)


def refusal(settings: Settings, wanted: str = "all") -> str:
    with pytest.raises(SystemExit) as caught:
        discoms_of(settings, wanted)
    return str(caught.value)


def test_the_environment_sets_the_number_that_meta_assigned(settings: Settings, production: pytest.MonkeyPatch) -> None:
    production.setenv("MVVNL_PHONE_NUMBER_ID", "106540352242922")
    production.setenv("MVVNL_MESSAGES_PER_SECOND", "1000")
    discoms = discoms_of(settings, "mvvnl,pvvnl")
    assert list(discoms) == ["mvvnl", "pvvnl"]
    assert (discoms["mvvnl"].phone_number_id, discoms["mvvnl"].messages_per_second) == ("106540352242922", 1000)
    assert discoms["pvvnl"].messages_per_second == 80


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MVVNL_PHONE_NUMBER_ID", "PN-106540"),
        ("MVVNL_MESSAGES_PER_SECOND", "many"),
        ("MVVNL_MESSAGES_PER_SECOND", "-5"),
    ],
)
def test_nonsense_is_told_in_one_line_by_name_and_without_the_value(
    settings: Settings, production: pytest.MonkeyPatch, name: str, value: str
) -> None:
    production.setenv(name, value)
    [line] = refusal(settings).splitlines()
    assert line.startswith(f"{name}: ") and value not in line


def test_one_number_for_two_discoms_stops_the_start_also_where_only_one_of_them_is_served(
    settings: Settings, production: pytest.MonkeyPatch
) -> None:
    production.setenv("MVVNL_PHONE_NUMBER_ID", "106540352242922")
    production.setenv("PVVNL_PHONE_NUMBER_ID", "106540352242922")
    assert refusal(settings, "puvvnl") == "PVVNL_PHONE_NUMBER_ID: is that of mvvnl already"


def test_an_unknown_discom_is_answered_with_those_there_are(settings: Settings) -> None:
    assert refusal(settings, "bses") == "--discoms: bses is not known; allowed: all, dvvnl, kesco, mvvnl, puvvnl, pvvnl"
