"""What this machine is, and whether it is free enough for figures to mean anything."""

import os
import platform
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from bench.usage import CORES, PROC, busy, stat, title
from deploy.local.network import HOST, is_free

LOOK_SECONDS = 2.0
FOREIGN = 0.1
"""Cores that others may use meanwhile."""
MEMORY_MB = 4_000
DISK_MB = 20_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that keeps a benchmark from starting; `grave` where no wish of the user can help."""

    text: str
    grave: bool


def troubles(directory: Path, wanted: int = 3) -> list[Trouble]:
    """All that is wrong here, looked at for two seconds."""
    found = []
    if load := _foreign():
        found.append(Trouble(f"This machine is under load: {load}. Figures would be worth little.", grave=False))
    if (free := available_mb()) < MEMORY_MB:
        found.append(Trouble(f"{free:,.0f} MB of memory are available, {MEMORY_MB:,} are needed.", grave=True))
    directory.mkdir(parents=True, exist_ok=True)
    if (room := shutil.disk_usage(directory).free / 1e6) < DISK_MB:
        text = f"{room:,.0f} MB are free on the disk of {directory}, up to {DISK_MB:,} are needed."
        found.append(Trouble(text, grave=True))
    free_ports = sum(1 for port in range(19081, 19981) if is_free(port))
    if free_ports < wanted:
        found.append(Trouble(f"No ports are free on {HOST} between 19081 and 19980.", grave=True))
    return found


def _foreign() -> str:
    """Who uses more than a tenth of a core now; empty where nobody does."""
    before, start = _by_process(), busy()
    time.sleep(LOOK_SECONDS)
    used = (busy() - start) / LOOK_SECONDS
    if used <= FOREIGN:
        return ""
    spent = {pid: seconds - before.get(pid, 0.0) for pid, seconds in _by_process().items()}
    first = sorted(spent, key=lambda pid: -spent[pid])[:3]
    names = [f"{Path(title(pid).split(' ')[0] or '?').name} (pid {pid})" for pid in first if spent[pid] > 0]
    return f"{used:.1f} of {CORES} cores are in use, most by {', '.join(names) or 'processes that have ended'}"


def _by_process() -> dict[int, float]:
    own = os.getpid()
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and int(entry.name) != own]
    return {pid: found.own for pid in pids if (found := stat(pid))}


def available_mb() -> float:
    """Memory that can be had without swapping."""
    text = (PROC / "meminfo").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1000 for line in text.splitlines() if line.startswith("MemAvailable:"))


def description() -> dict[str, str | int]:
    """What a reader must know to compare: cores, processor, memory, versions."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in (PROC / "cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    total = next(
        int(line.split()[1]) // 1_000_000
        for line in (PROC / "meminfo").read_text(encoding="ascii").splitlines()
        if line.startswith("MemTotal:")
    )
    return {
        "cores": CORES,
        "processor": processor,
        "memory_gb": total,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
