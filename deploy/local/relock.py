"""Writes requirements*.lock anew from pyproject.toml: with hashes, for every platform, without index addresses.

Run by `make lock`; `--upgrade` also moves what pyproject.toml does not pin. Uses uv, fetched where missing.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ("-q", "--universal", "--python-version=3.11", "--generate-hashes", "--no-emit-index-url", "--no-header")
# lock: the extras it holds, and the lock whose versions it shares
LOCKS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "requirements.lock": ((), None),
    "requirements-local.lock": (("local",), "requirements.lock"),
    "requirements-dev.lock": (("local", "dev"), "requirements-local.lock"),
    "requirements-insights.lock": (("insights",), None),
}


def main() -> None:
    """Compiles the locks in their order."""
    with tempfile.TemporaryDirectory() as scratch:
        uv = shutil.which("uv")
        if not uv:
            subprocess.run([sys.executable, "-m", "venv", scratch], check=True)
            subprocess.run([f"{scratch}/bin/python", "-m", "pip", "install", "-q", "uv"], check=True)
            uv = f"{scratch}/bin/uv"
        for lock, (extras, shared) in LOCKS.items():
            chosen = [f"--extra={extra}" for extra in extras] + ([f"--constraint={shared}"] if shared else [])
            compile_ = [
                uv,
                "pip",
                "compile",
                *OPTIONS,
                *chosen,
                *sys.argv[1:],
                "pyproject.toml",
                f"--output-file={lock}",
            ]
            subprocess.run(compile_, cwd=ROOT, check=True)
            print(lock, flush=True)


if __name__ == "__main__":
    main()
