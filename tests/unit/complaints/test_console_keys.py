"""The key that signs the officers' sessions: made once, kept, and never one that can be guessed."""

from pathlib import Path

import pytest

from libs.kit.settings import SettingsError
from services.complaints.console.officers import Officers
from services.complaints.console.sessions import Sessions


def test_a_key_is_made_once_and_signs_after_a_restart(tmp_path: Path) -> None:
    cookie = Sessions(tmp_path).write(Sessions(tmp_path).start(0.0, "mvvnl.officer"))
    session = Sessions(tmp_path).read(cookie, 1.0)
    assert session and session.login == "mvvnl.officer"
    assert [path.name for path in tmp_path.iterdir()] == ["session-key"]


@pytest.mark.parametrize("text", ["", "\n", "short"])
def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "session-key").write_text(text)
    with pytest.raises(SettingsError, match="session-key"):
        Sessions(tmp_path)


def test_a_password_that_was_not_written_to_its_end_is_none(tmp_path: Path) -> None:
    (tmp_path / ".mvvnl.officer").touch()  # killed while it was written
    Officers(tmp_path, ["mvvnl"], make_missing=True)
    assert (tmp_path / "mvvnl.officer").read_text().strip()
