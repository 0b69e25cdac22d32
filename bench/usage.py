"""What processes use, from /proc: CPU seconds and memory, by a name that says whose they are."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1
BACKEND = re.compile(r"postgres: (\S+) (\S+) \d+\.\d+\.\d+\.\d+\(")


@dataclass(frozen=True, slots=True)
class Stat:
    """One line of /proc/PID/stat, as far as it matters here."""

    parent: int
    own: float
    """CPU seconds of the process."""
    ended: float
    """CPU seconds of its children that have ended."""

    @classmethod
    def parsed(cls, text: str) -> "Stat":
        """From the file's text. The name in it may hold spaces and brackets."""
        fields = text.rpartition(")")[2].split()
        user, system, ended_user, ended_system = (int(fields[n]) / TICKS for n in (11, 12, 13, 14))
        return cls(int(fields[1]), user + system, ended_user + ended_system)


def stat(pid: int) -> Stat | None:
    """Of one process; None where it is gone."""
    try:
        return Stat.parsed((PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def backend_name(title: str) -> str:
    """A PostgreSQL process by its title: the database it works for, or its part in the server."""
    if found := BACKEND.match(title):
        return f"postgres {found[2]}"
    return "postgres itself"


@dataclass(frozen=True)
class Usage:
    """What was used up to one moment."""

    cpu: Mapping[str, float]
    busy: float
    """CPU seconds that anybody used on this machine."""

    def since(self, before: "Usage") -> "Usage":
        """What was used in between."""
        cpu = {name: max(0.0, total - before.cpu.get(name, 0.0)) for name, total in self.cpu.items()}
        return Usage(cpu, self.busy - before.busy)

    @property
    def ours(self) -> float:
        """CPU seconds of all named processes."""
        return sum(self.cpu.values())


def measure(pids: Mapping[str, int], postgres: int) -> Usage:
    """CPU seconds by process. PostgreSQL's backends are grouped by database; what ended counts for the server."""
    cpu: dict[str, float] = defaultdict(float)
    for name, pid in pids.items():
        if found := stat(pid):
            cpu[name] = found.own
    for pid, found in family(postgres).items():
        cpu[backend_name(title(pid))] += found.own + (found.ended if pid == postgres else 0.0)
    return Usage(cpu, busy())


def family(postgres: int) -> dict[int, Stat]:
    """The server and its children."""
    found = {int(entry.name): stat(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdigit()}
    return {pid: one for pid, one in found.items() if one and postgres in (pid, one.parent)}


def title(pid: int) -> str:
    """The command line as the process shows it."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def busy() -> float:
    """CPU seconds that all of this machine's processes used since it started."""
    fields = (PROC / "stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _, _, interrupts, soft, stolen = (int(value) for value in fields[:8])
    return (user + nice + system + interrupts + soft + stolen) / TICKS


def memory(pids: Mapping[str, int], postgres: int) -> dict[str, float]:
    """Megabytes by process, shared pages shared out (PSS)."""
    found = {name: _pss(pid) for name, pid in pids.items()}
    found["postgres"] = sum(_pss(pid) for pid in family(postgres))
    return {name: round(value, 1) for name, value in found.items()}


def _pss(pid: int) -> float:
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:")), 0.0)
