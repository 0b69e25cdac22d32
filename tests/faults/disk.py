"""A broker whose data lies on a disk that can be filled."""

import os
import shutil
import subprocess
from pathlib import Path

from deploy.local.kafka import LocalKafka

SIZE = "160m"


def mounted(folder: Path) -> str:
    """Tries a small disk of its own; returns why there can be none, or nothing."""
    if os.geteuid() != 0:
        return "only root may mount one"
    folder.mkdir(parents=True, exist_ok=True)
    done = _mount(folder)
    if done.returncode:
        return done.stderr.strip()
    _unmount(folder)
    return ""


def _mount(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class SmallDiskKafka(LocalKafka):
    """Kafka on a disk of 160 MB."""

    async def start(self) -> None:
        data = self.directory / "data"
        if not data.exists():
            # formatted where there is room, then moved
            await super().start()
            await self.stop()
            kept = data.with_name("kept")
            data.rename(kept)
            data.mkdir()
            done = _mount(data)
            assert done.returncode == 0, done.stderr
            shutil.copytree(kept, data, dirs_exist_ok=True)
        await super().start()

    def fill(self) -> None:
        """Leaves no byte free."""
        try:
            with (self.directory / "data" / "filler").open("wb") as file:
                while True:
                    file.write(bytes(100_000))
                    file.flush()
        except OSError:
            return

    def empty(self) -> None:
        """Makes room again."""
        (self.directory / "data" / "filler").unlink()

    async def __aexit__(self, *error: object) -> None:
        await super().__aexit__(None, None, None)
        _unmount(self.directory / "data")
