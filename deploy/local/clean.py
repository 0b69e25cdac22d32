"""Drops all local data. Standard library only, so that it works without .venv."""

import asyncio
import shutil
import sys

from deploy.local.child import stop_leftover
from deploy.local.files import DEMO_LOCK, LOCAL, Lock

KEPT = ("kafka-classpath.json", "maven", "demo.lock")
"""What costs a download, and the lock itself."""


def clean() -> int:
    """Deletes what is under .local, after ending what a killed demo left; refuses while a demo or a stack runs."""
    if not LOCAL.exists():
        print("There is no local data.")
        return 0
    with Lock(DEMO_LOCK) as lock:
        if (holder := lock.acquire()) is not None:
            print(f"The demo runs as process {holder}: stop it first (Ctrl-C, or kill {holder}).", file=sys.stderr)
            return 1
        for pid_file in LOCAL.glob("*/*.pid"):
            asyncio.run(stop_leftover(pid_file))
        for path in LOCAL.iterdir():
            if path.name not in KEPT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    print(f"Dropped the local data in {LOCAL}.")
    return 0
