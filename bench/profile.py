"""Where the CPU of each process goes: py-spy's samples while a load is on, and the largest costs in them."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from deploy.local.files import LocalError

SPY = Path(sys.executable).with_name("py-spy")
HERTZ = 97
"""Of no rhythm that timers have."""
OURS = ("libs/", "services/")
LOOP = frozenset(("uvloop",))
FRAMEWORK = ("(libs/kit/process.py", "/__main__.py")
"""What every stack begins with: it says nothing about where the time goes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """A function of ours with all that it calls, or a library; and its share of the process's CPU."""

    where: str
    share: float


def hindrance() -> str:
    """Why py-spy cannot look into processes here, and what to do; empty where it can. Tried on this one."""
    command = [str(SPY), "dump", "--nonblocking", "--pid", str(os.getpid())]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except FileNotFoundError:
        return f"There is no {SPY}: `make bench` installs it for its own Python. Or measure without PROFILE=yes."
    except subprocess.TimeoutExpired:
        return "py-spy gives no answer here: measure without PROFILE=yes."
    if tried.returncode == 0:
        return ""
    return (
        f"py-spy may not look into processes here ({' '.join(tried.stderr.split())}). Allow it until the next start "
        "of the machine with `sudo sysctl kernel.yama.ptrace_scope=0`, in a container with `--cap-add SYS_PTRACE`, "
        "or measure without PROFILE=yes."
    )


async def record(pids: Mapping[str, int], seconds: float, directory: Path) -> dict[str, Path]:
    """Samples these processes side by side; returns where their stacks are."""
    os.makedirs(directory, exist_ok=True)  # noqa: PTH103 - pathlib's is refused in coroutines
    files = {name: directory / f"{name}.stacks" for name in pids}
    await asyncio.gather(*(_record(pid, seconds, files[name]) for name, pid in pids.items()))
    return files


async def _record(pid: int, seconds: float, file: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        SPY, "record", "--pid", str(pid), "--duration", str(round(seconds)), "--rate", str(HERTZ),
        "--format", "raw", "--output", file, "--nonblocking",
        # who only waits for a core, which others may use, holds no GIL
        "--gil",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, words = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode != 0:
        raise LocalError(f"py-spy cannot look into process {pid}: {words.decode(errors='replace').strip()}")


def stacks(text: str) -> list[tuple[list[str], int]]:
    """Frames from the outermost to the innermost, with how often they were seen."""
    found = []
    for line in text.splitlines():
        frames, _, number = line.rpartition(" ")
        if number.isdigit():
            found.append((frames.split(";"), int(number)))
    return found


def largest(samples: Sequence[tuple[list[str], int]], count: int = 3) -> list[Cost]:
    """Where most CPU goes: the innermost function of ours with all that it calls, or the library that works alone."""
    total = sum(number for _, number in samples) or 1
    spent: Counter[str] = Counter()
    for frames, number in samples:
        spent[_innermost(frames)] += number
    return [Cost(where, round(number / total, 3)) for where, number in spent.most_common(count)]


def _innermost(frames: Iterable[str]) -> str:
    listed = [frame for frame in frames if not any(part in frame for part in FRAMEWORK)]
    ours = [frame for frame in listed if any(f"({folder}" in frame for folder in OURS)]
    if ours:
        return _without_line(ours[-1])
    libraries = [name for frame in listed if (name := _package(frame)) in _packages() - LOOP]
    return libraries[-1] if libraries else "the event loop"


def _without_line(frame: str) -> str:
    name, _, place = frame.partition(" (")
    return f"{name} ({place.rpartition(':')[0]})"


@cache
def _packages() -> frozenset[str]:
    return frozenset(metadata.packages_distributions())


def _package(frame: str) -> str:
    return frame.partition(" (")[2].partition("/")[0]


def costs_of(files: Mapping[str, Path]) -> dict[str, list[Cost]]:
    """The three largest costs of each process."""
    return {name: largest(stacks(file.read_text(encoding="utf-8"))) for name, file in files.items()}
