"""Read receipts with `typing…`: for whoever waits for an answer that takes a moment. Best effort, beside the bubbles.

One call each, no row in the ledger, never repeated, no token of the number's rate: a receipt is no message. It gives
way to everything: to a hold, to bubbles that wait for the rate, to the chat's own bubble, which also breaks it off.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from services.gateway.metrics import RECEIPTS
from services.gateway.sender.gate import Gate
from services.gateway.sender.holds import Holds
from services.gateway.sender.provider import Provider
from services.gateway.whatsapp import receipt

MOST = 16
"""Calls at once, of the 256 connections that bubbles have."""
LATE = timedelta(seconds=30)
"""Who wrote longer ago has been answered, or has looked away."""


class Receipts:
    """The receipts under way, at most one per chat."""

    def __init__(self, provider: Provider, gate: Gate, holds: Holds, discom: str) -> None:
        self._provider = provider
        self._gate = gate
        self._holds = holds
        self._discom = discom
        self._calls: dict[str, asyncio.Task[None]] = {}

    def show(self, chat_id: str, wamid: str, at: datetime) -> None:
        """Shows a chat that its message of that time is being worked on, unless something else has to go first."""
        if datetime.now(UTC) - at > LATE:
            why = "late"
        elif self._holds.number:
            why = "held"
        elif chat_id in self._calls or len(self._calls) >= MOST or not self._gate.calm:
            why = "busy"
        else:
            self._calls[chat_id] = task = asyncio.create_task(self._call(wamid))
            task.add_done_callback(lambda _: self._over(chat_id, task))
            return
        self.skip(why)

    def skip(self, why: str) -> None:
        """Counts one that is not shown."""
        RECEIPTS.labels(self._discom, why).inc()

    def give_way(self, chat_id: str) -> None:
        """The chat's bubble goes out now: `typing…` must not come after it."""
        if task := self._calls.get(chat_id):
            task.cancel()

    def stop(self) -> None:
        """Breaks off what is under way."""
        for task in self._calls.values():
            task.cancel()

    async def _call(self, wamid: str) -> None:
        RECEIPTS.labels(self._discom, await self._provider.mark_read(receipt(wamid))).inc()

    def _over(self, chat_id: str, task: "asyncio.Task[None]") -> None:
        if self._calls.get(chat_id) is task:
            del self._calls[chat_id]
        if task.cancelled():
            self.skip("overtaken")
