"""What is said before anything starts, and when somebody has enough."""

import os
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import profile
from bench.conduct import Options


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is wrong with the machine."""
    monkeypatch.setattr(bench, "DIRECTORY", tmp_path)
    monkeypatch.setattr(bench, "troubles", lambda _: [])


def spy(tmp_path: Path, script: str) -> Path:
    file = tmp_path / "py-spy"
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def test_a_profile_that_is_refused_is_told_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(profile, "SPY", spy(tmp_path, "echo 'Permission Denied' >&2; exit 1"))
    assert bench._fit(Options())
    assert not bench._fit(Options(profiled=True, anyway=True))
    text = capsys.readouterr().out
    assert "Permission Denied" in text
    assert "sysctl kernel.yama.ptrace_scope=0" in text


def test_a_profiler_that_is_missing_is_told_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(profile, "SPY", tmp_path / "py-spy")
    assert not bench._fit(Options(profiled=True))
    assert "`make bench` installs it" in capsys.readouterr().out


def test_a_profiler_that_may_look_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "SPY", spy(tmp_path, f'test "$4" = {os.getpid()}'))
    assert bench._fit(Options(profiled=True))


@pytest.mark.parametrize("moment", ["_fit", "write"])
def test_ctrl_c_before_the_start_and_after_the_end_is_answered_in_a_line(
    moment: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> bool:
        raise KeyboardInterrupt

    async def done(_: Options) -> int:
        return 0

    monkeypatch.setattr(bench, "_until_told", done)
    monkeypatch.setattr(bench, moment, interrupted)
    monkeypatch.setattr("sys.argv", ["bench"])
    assert bench.main() == 130
    assert capsys.readouterr().err.strip().startswith("Interrupted.")
