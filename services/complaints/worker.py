"""Complaints' wiring: messages in, decisions of `domain`, replies and facts out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

from libs.kit.batch import Batch, Record
from libs.kit.dialogue import carry_out
from libs.kit.texts import Texts
from libs.language import find_complaint_number
from libs.schemas.discom import Discom
from libs.schemas.messages import Choice, Merge, Message, Text
from libs.schemas.topics import FACTS
from services.complaints import store
from services.complaints.domain import Change, Chat, Complaint, Draft, Heard, answer, day_of, number_of
from services.complaints.facts import fact_of

TEXTS = Texts(Path(__file__).parent / "texts")


@dataclass(slots=True)
class Effects:
    """What a batch leaves behind, collected so that it is written in few statements."""

    chats: dict[str, Chat]
    drafts: dict[UUID, tuple[str, Draft]]
    new: dict[str, Complaint]
    changed: dict[str, Complaint]
    lines: list[store.Line]

    def take_in(self, record: Record, message: Message, change: Change) -> None:
        complaint = change.after
        (self.new if change.before is None or complaint.number in self.new else self.changed)[complaint.number] = (
            complaint
        )
        self.lines.append(store.Line(uuid5(record.event.id, "history"), message.at, complaint, change.entry))


class Complaints:
    """Complaints' handler for one discom."""

    def __init__(self, discom: Discom) -> None:
        self._discom = discom

    async def handle(self, batch: Batch) -> None:
        """Answers a batch: the state of all its chats in one go, pure decisions, few writes."""
        for record in batch:
            if isinstance(record.event.data, Merge):
                await store.merge(batch.connection, record.event.data)
        messages = [(record, record.event.data) for record in batch if isinstance(record.event.data, Message)]
        if not messages:
            return
        numbers, keys = _named([message for _, message in messages])
        chats = await store.chats(batch.connection, {m.chat_id for _, m in messages}, numbers, keys)
        effects = Effects(dict(chats), {}, {}, {}, [])
        serials = Serials(self._discom)
        if any(may_register(message) for _, message in messages):
            await serials.open(batch, {day_of(message.at) for _, message in messages})
        for record, message in messages:
            self._answer(batch, record, message, serials, effects)
        await self._write(batch, chats, effects)
        await serials.close(batch)

    def _answer(self, batch: Batch, record: Record, message: Message, serials: "Serials", effects: Effects) -> None:
        heard = Heard(
            message=message,
            chat=effects.chats[message.chat_id],
            key=uuid5(record.event.id, "complaint"),
            number=serials.next(day_of(message.at)),
            partition=record.partition,
            discom=self._discom,
        )
        turn = answer(heard)
        effects.chats[message.chat_id] = heard.chat.after(turn)
        carry_out(batch, record, TEXTS, heard.language, "complaints", turn.move)
        if turn.draft:
            effects.drafts[turn.draft.key] = (message.chat_id, turn.draft)
        if turn.change:
            if turn.change.before is None:
                serials.use(day_of(message.at))
                effects.drafts.pop(turn.change.after.key, None)
            effects.take_in(record, message, turn.change)
            if fact := fact_of(batch.discom, turn.change, message.at):
                batch.emit(record, FACTS["complaints"], fact.type, turn.change.after.number, fact.data)

    async def _write(self, batch: Batch, before: dict[str, Chat], effects: Effects) -> None:
        connection = batch.connection
        if effects.drafts:
            await store.save_drafts(connection, effects.drafts, batch.records[0].event.time)
        if effects.new:
            await store.register(connection, list(effects.new.values()))
        if effects.changed:
            await store.update(connection, list(effects.changed.values()))
        if effects.lines:
            await store.remember(connection, effects.lines)
        asked = {id: chat.dialogue for id, chat in effects.chats.items() if chat.dialogue}
        over = {id for id, chat in before.items() if chat.dialogue and id not in asked}
        await store.save_dialogues(connection, asked, over)


class Serials:
    """Numbers of a batch. The day's row stays locked from `open` to the commit, so none is given twice or left out."""

    def __init__(self, discom: Discom) -> None:
        self._rule = discom.complaints
        self._next: dict[date, int] = {}

    async def open(self, batch: Batch, days: set[date]) -> None:
        self._next = await store.take_serials(batch.connection, days, self._rule.serial_from)

    def next(self, day: date) -> str:
        """The number that a complaint of that day would get."""
        return number_of(self._rule.letters, day, self._next[day]) if day in self._next else ""

    def use(self, day: date) -> None:
        self._next[day] += 1

    async def close(self, batch: Batch) -> None:
        if self._next:
            await store.keep_serials(batch.connection, self._next)


def may_register(message: Message) -> bool:
    """Whether this message could make a complaint: what confirms one, tells the last thing missing, or danger."""
    if message.handed:
        return message.handed.danger or message.handed.intent.startswith(("danger", "complaint", "errand"))
    if isinstance(message.content, Choice):
        return message.content.id.startswith(("complaints:confirm:", "complaints:new", "complaints:another:"))
    return True


def _named(messages: Sequence[Message]) -> tuple[set[str], set[UUID]]:
    """Complaint numbers and draft keys that messages name, in a tap or in what another service understood."""
    numbers: set[str] = set()
    keys: set[UUID] = set()
    for message in messages:
        if message.handed and message.handed.complaint_number:
            numbers.add(message.handed.complaint_number)
        if isinstance(message.content, Text) and (number := find_complaint_number(message.content.body)):
            numbers.add(number)
        ids = [message.content.id] if isinstance(message.content, Choice) else []
        ids += [message.handed.errand] if message.handed and message.handed.errand else []
        for part in (part for id in ids for part in id.split(":")[2:]):
            try:
                keys.add(UUID(part))
            except ValueError:
                numbers.add(part)
    return numbers, keys
