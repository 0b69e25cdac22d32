"""Menu's wiring: messages in, decisions of `domain`, replies out."""

from pathlib import Path

from libs.kit.batch import Batch
from libs.kit.dialogue import carry_out
from libs.kit.texts import Texts
from libs.schemas.dialogue import Say
from libs.schemas.discom import Discom
from libs.schemas.messages import Merge, Message
from services.menu import store
from services.menu.domain import Dialogue, answer, language_for

TEXTS = Texts(Path(__file__).parent / "texts")


class Menu:
    """Menu's handler for one discom."""

    def __init__(self, discom: Discom) -> None:
        self._discom = discom

    async def handle(self, batch: Batch) -> None:
        """Answers a batch: one query for all dialogues, pure decisions, one write."""
        for record in batch:
            if isinstance(record.event.data, Merge):
                await store.merge(batch.connection, record.event.data)
        messages = [(record, record.event.data) for record in batch if isinstance(record.event.data, Message)]
        before = await store.dialogues(batch.connection, {message.chat_id for _, message in messages})
        after: dict[str, tuple[Dialogue | None, int]] = {}
        for record, message in messages:
            known = after[message.chat_id][0] if message.chat_id in after else before.get(message.chat_id)
            turn = answer(known, message, self._discom)
            chosen = turn.move.patch.language if isinstance(turn.move, Say) else None
            carry_out(batch, record, TEXTS, chosen or language_for(message), "menu", turn.move)
            after[message.chat_id] = (turn.dialogue, message.turn)
        kept = {chat: (dialogue, number) for chat, (dialogue, number) in after.items() if dialogue}
        await store.save(batch.connection, kept, (after.keys() - kept.keys()) & before.keys())
