"""One child process: apart from the terminal, recorded in a file, stopped for certain, never outliving its launcher."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.files import LocalError, last_lines, write_private

LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class User:
    """Whom a child of root becomes."""

    uid: int
    gid: int
    pass_closed_folders: bool
    """Whether it must get through folders that are closed to it."""


@dataclass
class Child:
    """A program that runs, or ran. Linux ties its death to the thread that starts it: use one that lives as long."""

    name: str
    argv: Sequence[str]
    pid_file: Path
    log: Path | None = None
    """Where its output goes; to ours where there is none."""
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    user: User | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    """Seconds from the stop signal to SIGKILL."""
    death_signal: signal.Signals = signal.SIGKILL
    """What it gets when the launcher dies."""
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _offset: int = field(default=0, init=False)

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""
        return self._process.pid if self._process and self.running else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int | None:
        """How it ended: the exit status, or minus the signal; None while it runs or before its start."""
        return self._process.poll() if self._process else None

    @property
    def reason(self) -> str:
        """How it ended, in words."""
        match self.code:
            case None:
                return "runs" if self._process else "was not started"
            case code if code < 0:
                with suppress(ValueError):
                    return f"was ended by {signal.Signals(-code).name}"
                return f"was ended by signal {-code}"
            case code:
                return f"ended with status {code}"

    @property
    def output(self) -> str:
        """The last lines it wrote since its start."""
        return last_lines(self.log, self._offset) if self.log else ""

    def start(self) -> None:
        """Starts it in a session of its own, so that Ctrl-C reaches the launcher alone, which stops things in order."""
        options = {
            "parent": os.getpid(),
            "death_signal": self.death_signal.value,
            "uid": self.user.uid if self.user else None,
            "gid": self.user.gid if self.user else None,
            "pass_closed_folders": self.user.pass_closed_folders if self.user else False,
        }
        log = None
        if self.log:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._offset = os.fstat(log).st_size
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCH), json.dumps(options), *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=self.folder,
                start_new_session=True,
            )
        finally:
            if log is not None:
                os.close(log)
        write_private(self.pid_file, json.dumps({"pid": self._process.pid, "argv": list(self.argv)}))

    async def ended(self) -> int:
        """Waits for its end and returns how, as `code`."""
        await until(lambda: not self.running)
        return self.code or 0

    async def finish(self) -> None:
        """Starts it and waits for its success. Stopped when we are cancelled."""
        self.start()
        try:
            if await self.ended() != 0:
                raise LocalError(f"{self.name} {self.reason}:\n{self.output}".rstrip(":\n"))
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Asks it to end, and ends it when it does not. May be repeated; a second Ctrl-C does not cut it short."""
        await whole(self._stop())

    async def _stop(self) -> None:
        if self._process is None:
            return
        if self.running:
            self._process.send_signal(self.stop_signal)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.patience):
                    await self.ended()
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self.ended()
        self.pid_file.unlink(missing_ok=True)

    async def kill(self) -> None:
        """SIGKILL, as a crash would: for fault tests."""
        if self._process and self.running:
            self._process.kill()
            await self.ended()

    async def stop_leftover(self) -> None:
        """Ends the process that an earlier launcher recorded here and left."""
        await stop_leftover(self.pid_file, self.stop_signal)


async def whole(work: Coroutine[None, None, None]) -> None:
    """Does the work to its end even when the caller is cancelled meanwhile; passes the cancellation on afterwards."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled:
        raise cancelled


async def until(condition: Callable[[], bool], every: float = 0.05) -> None:
    """Returns when the condition holds. For what nobody announces, such as the end of a stranger's child."""
    while not condition():
        await asyncio.sleep(every)


async def stop_leftover(pid_file: Path, stop_signal: signal.Signals = signal.SIGTERM) -> None:
    """Ends the recorded process if it is still the recorded program; another that got its pid since is left alone."""
    pid, argv = _recorded(pid_file)

    def gone() -> bool:
        return command_line(pid)[-len(argv) :] != argv

    for number in (stop_signal, signal.SIGKILL):
        if not gone():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await until(gone)
    _forget(pid_file)


def _recorded(pid_file: Path) -> tuple[int, list[str]]:
    try:
        record = json.loads(pid_file.read_text(encoding="utf-8"))
        return int(record["pid"]), list(record["argv"])
    except (OSError, ValueError, KeyError):
        return 0, ["nothing was recorded"]


def _forget(pid_file: Path) -> None:
    pid_file.unlink(missing_ok=True)


def command_line(pid: int) -> list[str]:
    """The arguments of a running process; empty where there is none, or the system does not tell."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []
