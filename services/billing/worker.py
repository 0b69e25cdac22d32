"""Billing's wiring: messages in, decisions of `domain`; what needs the billing system is left to `asker`."""

from pathlib import Path

from libs.kit.batch import Batch
from libs.kit.dialogue import carry_out
from libs.kit.texts import Texts
from libs.schemas.discom import Discom
from libs.schemas.messages import Merge, Message
from services.billing import store
from services.billing.backlog import Backlog
from services.billing.domain import Ask, Dialogue, answer, day_of, is_signal, language_for
from services.billing.store import Standing, Waiting

TEXTS = Texts(Path(__file__).parent / "texts")


class Billing:
    """Billing's handler for one discom."""

    def __init__(self, discom: Discom, backlog: Backlog) -> None:
        self._discom = discom
        self._backlog = backlog

    async def handle(self, batch: Batch) -> None:
        """Answers what needs no billing system and stores the rest: one query, pure decisions, one write."""
        for record in batch:
            if isinstance(record.event.data, Merge):
                await store.merge(batch.connection, record.event.data)
        messages = [(record, record.event.data) for record in batch if isinstance(record.event.data, Message)]
        if not messages:
            return
        days = {(message.chat_id, day_of(message.at)) for _, message in messages}
        standings = await store.standings(batch.connection, days)
        before = {chat: standing.dialogue for chat, standing in standings.items()}
        waits = {chat for chat, standing in standings.items() if standing.open}
        waiting: list[Waiting] = []
        for record, message in messages:
            standing = standings[message.chat_id]
            if message.chat_id in waits and not is_signal(message):
                waiting.append(Waiting(record, message.chat_id, None))
                continue
            turn = answer(standing.dialogue, standing.linked, message, self._discom)
            standing.dialogue = turn.dialogue
            if isinstance(turn.move, Ask):
                waits.add(message.chat_id)
                waiting.append(Waiting(record, message.chat_id, turn.move))
            else:
                carry_out(batch, record, TEXTS, language_for(message), "billing", turn.move)
        self._backlog.stored(await store.heard(batch.connection, changed(before, standings), waiting))


def changed(before: dict[str, Dialogue | None], after: dict[str, Standing]) -> dict[str, Dialogue | None]:
    """Where dialogues stand now, of the chats where that is not where they stood."""
    return {chat: standing.dialogue for chat, standing in after.items() if standing.dialogue != before[chat]}
