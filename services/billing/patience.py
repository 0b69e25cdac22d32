"""Tells whoever waits for the billing system longer than a moment that the message was read and is worked on.

Once per message, and only ever before its answer: written in a fenced transaction while the message is still open.
Killed anywhere, the next owner says it again under the same id, or not at all.
"""

import asyncio
import time
from collections.abc import Collection, Iterable

from libs.kit.consumer import Worker
from libs.kit.database import is_transient
from libs.kit.delivery import Fenced
from libs.kit.logs import Seldom
from libs.schemas.messages import Typing
from libs.schemas.topics import REPLIES
from services.billing.asker import HOPE
from services.billing.backlog import Backlog
from services.billing.store import Waiting

MOMENT = 1.0
"""Seconds without an answer that nobody minds."""
LOOK_SECONDS = 0.25
MOST = 50
"""Chats told in one look. Where many wait because so many do, telling them all would make it worse."""
ORDINAL = 2000
"""Of this event among what follows from a message: the answer's must not depend on whether it was told."""


class Patience:
    """Lives beside one worker and its asker."""

    def __init__(self, worker: Worker, backlog: Backlog, discom: str) -> None:
        self._worker, self._backlog, self._discom = worker, backlog, discom
        self._told: set[int] = set()
        self._seldom = Seldom()

    async def run(self) -> None:
        """Looks around for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            waiting = self._backlog.open
            self._told &= {item.id for item in waiting}
            found = due(waiting, time.monotonic(), self._told, self._worker.owns)
            if not found:
                continue
            self._told |= {item.id for item in found}
            try:
                await self._tell(found)
            except Exception as error:
                if not isinstance(error, Fenced) and not is_transient(error):
                    raise
                self._seldom.warning("patience.waits", error=type(error).__name__, discom=self._discom)

    async def _tell(self, found: Collection[Waiting]) -> None:
        async with self._worker.follow_up({item.record.source for item in found}) as batch:
            still_open = {item.id for item in self._backlog.open}
            for item in found:
                if item.id not in still_open:
                    continue  # answered while we waited for our turn
                message = item.message
                typing = Typing(
                    discom=message.discom,
                    chat_id=message.chat_id,
                    turn=message.turn,
                    at=message.at,
                    service="billing",
                )
                item.record.followers = ORDINAL
                batch.emit(item.record, REPLIES, "typing.requested", message.chat_id, typing)


def due(
    waiting: Iterable[Waiting], now: float, told: Collection[int], owned: Collection[tuple[str, int]]
) -> list[Waiting]:
    """Whom to tell now: the first open message of a chat, once, if it waits too long and is not given up soon."""
    first: dict[str, Waiting] = {}
    for item in waiting:
        first.setdefault(item.chat_id, item)
    late = [item for item in first.values() if MOMENT <= now - item.since < HOPE and item.id not in told]
    return [item for item in late if item.record.source in owned][:MOST]
