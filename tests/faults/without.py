"""Runs a service with one of its promises taken away, so that a test can show that the audit notices.

python -m tests.faults.without inbox services.menu worker --discoms all

The product has no such switches: they are put into its classes here, before its main begins.
"""

import asyncio
import datetime
import os
import runpy
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any


def _promise(name: str) -> None:
    """Inbox, sweep or epoch of every worker is off."""
    from libs.kit.consumer import Worker

    made = Worker.__post_init__

    def less(self: Worker) -> None:
        self.promises = replace(self.promises, **{name: False})
        made(self)

    Worker.__post_init__ = less  # type: ignore[method-assign]


def _early() -> None:
    """The webhook says 200 as soon as it has the body."""
    from services.gateway.webhook import Webhook

    take = Webhook._take
    running = set()

    async def early(self: Webhook, body: bytes, signed: str | None) -> int:
        task = asyncio.create_task(take(self, body, signed))
        running.add(task)
        task.add_done_callback(running.discard)
        return 200

    Webhook._take = early  # type: ignore[method-assign]


def _unclaimed() -> None:
    """The sender calls WhatsApp while the ledger still says queued."""
    from services.gateway.sender.dispatcher import Dispatcher
    from services.gateway.sender.ledger import Ledger

    async def claim(_: Ledger, __: object) -> bool:
        return True

    Ledger.claim = claim  # type: ignore[method-assign, assignment]
    Dispatcher.idle = lambda self, chat_id: False  # type: ignore[method-assign]


def _pause() -> None:
    """Stops itself once, with a message in hand and nothing done about it, until it is woken; sweeps less often."""
    from libs.kit import consumer
    from libs.kit.consumer import Worker

    consumer.SWEEP_SECONDS = 5.0
    process = Worker._process
    stopped: list[bool] = []

    async def pausing(self: Worker, polled: Any) -> None:
        types = {value for raw in polled.values() for item in raw for _, value in item.headers}
        if not stopped and b"message.received" in types:
            stopped.append(True)
            os.kill(os.getpid(), signal.SIGSTOP)
        await process(self, polled)

    Worker._process = pausing  # type: ignore[method-assign]


def _clock(seconds: float) -> None:
    """The process's clock is wrong by so much. Its stopwatches (monotonic) stay right, as the kernel's do."""
    ahead = datetime.timedelta(seconds=seconds)
    right, real = time.time, datetime.datetime

    class _Plain(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

    class Shifted(real, metaclass=_Plain):  # type: ignore[misc, valid-type]
        """Makes plain datetimes, as the libraries that write them take no others."""

        def __new__(cls, *args: Any, **more: Any) -> Any:
            return real(*args, **more)

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return real.now(tz) + ahead

    datetime.datetime = Shifted  # type: ignore[misc]
    time.time = lambda: right() + seconds


WITHOUT: dict[str, Callable[[], None]] = {
    "inbox": lambda: _promise("inbox"),
    "sweep": lambda: _promise("sweep"),
    "epoch": lambda: _promise("epoch"),
    "kafka-before-ack": _early,
    "ledger": _unclaimed,
    "haste": _pause,
    "nothing": lambda: None,
}


def main() -> None:
    """Takes the named things away and runs the service's main."""
    names, module = sys.argv[1].split(","), sys.argv[2]
    for name in names:
        if name.startswith("clock="):
            _clock(float(name.removeprefix("clock=")))
        else:
            WITHOUT[name]()
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
