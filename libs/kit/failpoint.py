"""Places where a test may kill the process: `FAILPOINT=after_commit:0.01,before_call:1` dies there by that chance.

The names are those of the boundaries in the delivery loop, the webhook and the sender. Production refuses to start
with one set (`libs.kit.settings`).
"""

import os
import random
import signal


def _parse(text: str) -> dict[str, float]:
    pairs = (part.partition(":") for part in text.split(",") if part.strip())
    return {name.strip(): float(chance or 1) for name, _, chance in pairs}


_armed = _parse(os.environ.get("FAILPOINT", ""))


def failpoint(name: str) -> None:
    """Dies by SIGKILL, as a machine that loses power would, if this name is armed and chance wants it."""
    if _armed and random.random() < _armed.get(name, 0.0):
        os.kill(os.getpid(), signal.SIGKILL)
