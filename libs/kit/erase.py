"""Erases one person: every service's `erase.sql` in every discom's database, and what the topics still hold of anybody.

A record of Kafka cannot be taken out alone. What every reader has read serves nothing but a look back, so all of it
goes, of everybody: `delete_records` up to the offsets that the readers have committed.
"""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from libs.kit import kafka
from libs.kit.database import Pool, open_pool
from libs.kit.settings import Settings
from libs.kit.setup import SERVICES
from libs.schemas.topics import ALL, FACTS, Topic

SERVICES_DIR = Path(__file__).parents[2] / "services"
PEOPLE = """
WITH RECURSIVE mine AS (
    SELECT chat_id, alias_of FROM chats WHERE phone = $1
    UNION SELECT c.chat_id, c.alias_of FROM chats c JOIN mine m ON c.alias_of = m.chat_id OR c.chat_id = m.alias_of
) SELECT chat_id FROM mine
"""
FORMER = "SELECT DISTINCT chat_id FROM complaints WHERE phone = $1"
"""Chats of before the number changed hands, and what was registered while an erasure went on."""
KIT = (
    "DELETE FROM outbox WHERE key = ANY(SELECT c::text FROM unnest($1::uuid[]) AS c)",
    """DELETE FROM parked WHERE key = ANY(SELECT convert_to(c::text, 'UTF8') FROM unnest($1::uuid[]) AS c)
        OR position(convert_to($2, 'UTF8') IN value) > 0""",
)
"""Messages on their way and messages put aside, in every database."""
PERSONAL = tuple(topic for topic in ALL if topic not in FACTS.values())
"""Facts hold chat ids only, which nobody can lead back to a person any more."""


async def erase(settings: Settings, discoms: Collection[str], phone: str) -> tuple[dict[str, int], dict[str, int]]:
    """Erases; what went from where: rows of each database, offsets of each topic. May be repeated."""
    rows: dict[str, int] = {}
    records: dict[str, int] = {}
    for code in discoms:
        pools = {service: await open_pool(settings, service, code, size=1) for service in SERVICES}
        try:
            found = [*await pools["gateway"].fetch(PEOPLE, phone), *await pools["complaints"].fetch(FORMER, phone)]
            chats = list({row["chat_id"] for row in found})
            # the gateway last: as long as it knows the person, the command can be repeated
            for service in sorted(SERVICES, key=lambda name: name == "gateway"):
                rows[f"{code}_{service}"] = await _erase_in(pools[service], service, chats, phone)
        finally:
            for pool in pools.values():
                await pool.close()
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    await admin.start()
    try:
        for topic in PERSONAL:
            for name in {topic.name(code) for code in discoms}:
                records[name] = await _forget(settings, admin, topic, name, discoms, phone)
    finally:
        await admin.close()
    return rows, records


async def _erase_in(pool: Pool, service: str, chats: list[UUID], phone: str) -> int:
    """One transaction; how many rows were changed."""
    statements = (SERVICES_DIR / service / "erase.sql").read_text(encoding="utf-8").split(";")
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        for statement in KIT:
            given = (chats, phone) if "$2" in statement else (chats,)
            count += _rows(await connection.execute(statement, *given))
        for statement in filter(str.strip, statements):
            count += _rows(await connection.execute(statement, chats))
    return count


def _rows(status: str) -> int:
    return int(status.rpartition(" ")[2])


async def _forget(
    settings: Settings, admin: AIOKafkaAdminClient, topic: Topic, name: str, discoms: Collection[str], phone: str
) -> int:
    """Deletes what every reader has read; of what nobody reads, everything up to the last record about the person."""
    if topic.readers:
        groups = {group for code in discoms if topic.name(code) == name for group in topic.groups(code)}
        upto = await _read_by_all(admin, groups, name)
    else:
        upto = await _last_about(settings, topic, name, phone)
    if upto:
        await admin.delete_records({tp: RecordsToDelete(offset) for tp, offset in upto.items()})
    return sum(upto.values())


async def _read_by_all(admin: AIOKafkaAdminClient, groups: Collection[str], topic: str) -> dict[TopicPartition, int]:
    """Up to where every group has committed; nothing of a partition that one of them has not begun."""
    found: dict[TopicPartition, list[int]] = {}
    for group in groups:
        for tp, committed in (await admin.list_consumer_group_offsets(group)).items():
            if tp.topic == topic and committed.offset > 0:
                found.setdefault(tp, []).append(committed.offset)
    return {tp: min(offsets) for tp, offsets in found.items() if len(offsets) == len(groups)}


async def _last_about(settings: Settings, topic: Topic, name: str, phone: str) -> dict[TopicPartition, int]:
    assert isinstance(topic.partitions, int)
    consumer = await kafka.start_consumer(settings, "erase")
    found: dict[TopicPartition, int] = {}
    try:
        partitions = [TopicPartition(name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    if phone.encode() in (record.value or b""):
                        found[tp] = record.offset + 1
    finally:
        await consumer.stop()
    return found
