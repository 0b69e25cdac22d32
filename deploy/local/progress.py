"""What the launcher tells the person who waits."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress

Say = Callable[[str], None]


def quiet(_: str) -> None:
    """Tells nothing: for tests."""


class Progress:
    """Prints lines with the seconds since its start. A terminal that went away must not stop an orderly end."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, text: str) -> None:
        self.plain(f"{time.monotonic() - self._start:6.1f} s  {text}")

    def plain(self, text: str) -> None:
        """A line without the time."""
        with suppress(OSError, ValueError):
            print(text, file=sys.stdout, flush=True)
