"""What `sudo make` left behind is told, with the command that gives it back."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.files import ROOT

# root reads whatever it likes, but for this
AS_ANYBODY = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []


@pytest.mark.parametrize(
    "command, lock",
    [
        (["deploy/local/bootstrap.py", "local"], "venv.lock"),
        (["-m", "deploy.local", "demo"], "demo.lock"),
        (["-m", "deploy.local", "clean"], "demo.lock"),
    ],
)
def test_files_of_another_user_are_named_with_what_to_do(tmp_path: Path, command: list[str], lock: str) -> None:
    shutil.copytree(ROOT / "deploy" / "local", tmp_path / "deploy" / "local")
    locked = tmp_path / ".local" / lock
    locked.parent.mkdir()
    locked.touch()
    locked.chmod(0)

    done = subprocess.run(
        [*AS_ANYBODY, sys.executable, *command], cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    assert (done.stdout + done.stderr).strip() == (
        f"{locked} is another user's. Take it back: sudo chown -R {os.geteuid()} '{tmp_path}'"
    )
