"""A failpoint that would never strike stops the start; one that strikes leaves no time for anything."""

import signal
import subprocess
import sys

import pytest

from libs.kit import failpoint
from libs.kit.settings import Settings, SettingsError, load


@pytest.mark.parametrize(
    ("text", "chances"),
    [
        ("", {}),
        ("after_commit", {"after_commit": 1.0}),
        ("after_commit:0.01, sender_before_call:1,", {"after_commit": 0.01, "sender_before_call": 1.0}),
    ],
)
def test_names_come_with_their_chances(text: str, chances: dict[str, float]) -> None:
    assert failpoint.parse(text) == chances


def test_an_unknown_name_stops_the_start_with_the_names_there_are(production: pytest.MonkeyPatch) -> None:
    production.setenv("ENVIRONMENT", "test")
    production.setenv("FAILPOINT", "after_comit:0.01")
    with pytest.raises(SettingsError) as caught:
        load(Settings)
    assert "'after_comit'" in str(caught.value) and all(name in str(caught.value) for name in failpoint.NAMES)


@pytest.mark.parametrize("chance", ["often", "2", "-0.1", "nan"])
def test_a_chance_that_is_none_is_refused(chance: str) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        failpoint.parse(f"after_commit:{chance}")


def test_an_armed_failpoint_kills_without_goodbye_and_leaves_its_name() -> None:
    program = (
        "import atexit; from libs.kit import failpoint; atexit.register(print, 'goodbye');"
        "failpoint.arm('after_commit'); failpoint.failpoint('after_poll'); failpoint.failpoint('after_commit')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (done.stdout, done.stderr) == ("", "failpoint after_commit\n")
