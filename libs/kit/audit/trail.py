"""What Kafka holds of one discom's messages: every event where it came first, and what contradicts it later."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from libs.kit import kafka
from libs.kit.settings import Settings
from libs.schemas.events import NAMESPACE
from libs.schemas.topics import ALL, FACTS, INBOUND, NOTICES, RECEIVED, REPLIES, STATUSES

TOO_OLD = timedelta(hours=24)
"""What reaches us later than this after it was written is kept and counted, not answered."""
NO_ANSWER_DUE = {"reaction", "system", "edit", "revoke", "request_welcome"}
RANK = {"sent": 1, "failed": 2, "delivered": 3, "read": 4, "played": 4}
COORDINATOR_TRIES = 20
STAMPED = {RECEIVED.pattern, STATUSES.pattern}
"""Topics whose repeats differ: each delivery by WhatsApp carries its own time of arrival."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event where it came first."""

    id: UUID
    type: str
    root: UUID
    """The message that it follows from: the trace's id."""
    key: str
    partition: int
    offset: int
    day: date
    """Of the root message, as the inbox knows it."""
    at: datetime
    """When Kafka got it."""
    source: str
    """The service that wrote it."""
    turn: int = 0
    due: bool = True
    """Whether the consumer waits for an answer."""


@dataclass
class Trail:
    """All events of a discom since some time, by topic pattern."""

    discom: str
    since: datetime
    events: dict[str, dict[UUID, Seen]] = field(default_factory=lambda: {topic.pattern: {} for topic in ALL})
    contradictions: dict[UUID, str] = field(default_factory=dict)
    """Events that came again and said something else: their writer decided twice."""
    statuses: dict[str, str] = field(default_factory=dict)
    """The furthest status of each send, by callback."""
    withdrawn: set[UUID] = field(default_factory=set)
    """Messages that their writers took back, in time or too late."""
    unreadable: int = 0
    _digests: dict[tuple[str, UUID], int] = field(default_factory=dict)

    @property
    def received(self) -> Mapping[UUID, Seen]:
        return self.events[RECEIVED.pattern]

    @property
    def replies(self) -> Mapping[UUID, Seen]:
        return {id: seen for id, seen in self.events[REPLIES.pattern].items() if seen.type == "reply.requested"}

    @property
    def withheld(self) -> list[Seen]:
        """The word of a service that it does not answer a message, on purpose."""
        return [seen for seen in self.events[REPLIES.pattern].values() if seen.type == "reply.withheld"]

    @property
    def reply_topics(self) -> set[str]:
        return {topic.name(self.discom) for topic in (REPLIES, NOTICES)}

    @property
    def notices(self) -> Mapping[UUID, Seen]:
        return self.events[NOTICES.pattern]

    def inbound(self, service: str) -> Mapping[UUID, Seen]:
        """What a service was to answer."""
        return self.events[INBOUND[service].pattern]

    def messages(self) -> list[Seen]:
        """Messages as the router passed them on, whichever service got them; its answer to those that it kept."""
        inbound = (event for service in INBOUND for event in self.inbound(service).values())
        passed_on = [event for event in inbound if event.type == "message.received"]
        return passed_on + [reply for reply in self.replies.values() if reply.source == "gateway"]

    def facts(self, type: str) -> list[Seen]:
        """Facts of a type, in the order they were published."""
        events = (event for topic in FACTS.values() for event in self.events[topic.pattern].values())
        return [event for event in events if event.type == type]

    def take(self, pattern: str, record: Any) -> None:
        """Takes one record in."""
        try:
            named = {name: value.decode() for name, value in record.headers}
            id, root = UUID(named["ce_id"]), UUID(named["traceparent"][3:35])
            day = datetime.fromisoformat(named["ce_time"]).date()
            value = orjson.loads(record.value)
        except (KeyError, ValueError, TypeError):
            self.unreadable += 1
            return
        if pattern == STATUSES.pattern:
            self._status(value)
        if pattern == RECEIVED.pattern:
            self._withdrawal(value)
        known = self.events[pattern]
        digest = 0 if pattern in STAMPED else hash(record.value)
        if id in known:
            if digest != self._digests[pattern, id]:
                self.contradictions[id] = f"{record.topic} holds it with different contents"
            return
        self._digests[pattern, id] = digest
        known[id] = Seen(
            id=id,
            type=named["ce_type"],
            root=root,
            key=(record.key or b"").decode(),
            partition=record.partition,
            offset=record.offset,
            day=day,
            at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
            source=named["ce_source"].partition("/")[2],
            turn=value.get("turn", 0),
            due=_due(named, value) if pattern == RECEIVED.pattern else True,
        )

    def _status(self, value: dict[str, Any]) -> None:
        for status in value["value"].get("statuses") or ():
            callback, word = status.get("biz_opaque_callback_data"), status.get("status")
            if isinstance(callback, str) and RANK.get(word, 0) > RANK.get(self.statuses.get(callback, ""), 0):
                self.statuses[callback] = word

    def _withdrawal(self, value: dict[str, Any]) -> None:
        message = _message(value)
        taken_back = message.get("revoke") if message.get("type") == "revoke" else None
        if isinstance(taken_back, dict) and (original := taken_back.get("original_message_id")):
            self.withdrawn.add(uuid5(NAMESPACE, f"{value['phone_number_id']}{original}"))


def _message(value: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = (value["value"].get("messages") or [{}])[0]
    return message


def _due(named: Mapping[str, str], value: dict[str, Any]) -> bool:
    message = _message(value)
    late = datetime.fromisoformat(value["received_at"]) - datetime.fromisoformat(named["ce_time"]) > TOO_OLD
    permission = message.get("interactive", {}).get("type") == "call_permission_reply"
    silent = permission or message.get("group_id") or message.get("type") in {*NO_ANSWER_DUE, None}
    return not silent and not late


class Reader:
    """Reads the topics of one discom from some time on; `catch_up` reads on to where they end now."""

    def __init__(self, settings: Settings, trail: Trail) -> None:
        self._settings = settings
        self._trail = trail
        self._consumer: AIOKafkaConsumer | None = None
        self._patterns = {topic.name(trail.discom): topic.pattern for topic in ALL if topic.per_discom}

    async def open(self) -> None:
        """Finds where the time began on every partition. Raises `SystemExit` where topics are missing."""
        admin = AIOKafkaAdminClient(**kafka.connection(self._settings))
        await admin.start()
        try:
            described = await admin.describe_topics(list(self._patterns))
        finally:
            await admin.close()
        if missing := [topic["topic"] for topic in described if topic["error_code"]]:
            raise SystemExit(f"Kafka has no topic {', '.join(missing)}: run `python -m libs.kit setup`.")
        partitions = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in topic["partitions"]
        ]
        self._consumer = consumer = await kafka.start_consumer(self._settings, None)
        consumer.assign(partitions)
        began = await consumer.offsets_for_times({tp: int(self._trail.since.timestamp() * 1000) for tp in partitions})
        ends = await consumer.end_offsets(partitions)
        for tp in partitions:
            consumer.seek(tp, found.offset if (found := began[tp]) else ends[tp])

    async def catch_up(self) -> None:
        """Reads all that is there now."""
        assert self._consumer
        consumer = self._consumer
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    self._trail.take(self._patterns[tp.topic], record)

    async def waiting(self) -> int:
        """Records that their readers have not ticked off yet."""
        assert self._consumer
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        admin = AIOKafkaAdminClient(**kafka.connection(self._settings))
        await admin.start()
        try:
            count = 0
            for group, names in _groups(self._trail.discom).items():
                done = await _offsets(admin, group)
                count += sum(
                    end - max(0, done[tp].offset) if tp in done else end
                    for tp, end in ends.items()
                    if tp.topic in names
                )
            return count
        finally:
            await admin.close()

    async def close(self) -> None:
        if self._consumer:
            await self._consumer.stop()


async def _offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, Any]:
    """How far a group has come. Who coordinates it may have to be found anew after a broker's trouble."""
    tries = 0
    while True:
        try:
            found: dict[TopicPartition, Any] = await admin.list_consumer_group_offsets(group)
            return found
        except KafkaError:
            if (tries := tries + 1) == COORDINATOR_TRIES:
                raise
            await asyncio.sleep(1)


def _groups(discom: str) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for topic in ALL:
        for reader in topic.readers if topic.per_discom else ():
            service, _, role = reader.partition(" ")
            if service != "insights":
                groups.setdefault(f"{discom}.{service}.{role or 'worker'}", set()).add(topic.name(discom))
    return groups
