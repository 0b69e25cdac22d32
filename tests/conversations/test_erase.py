"""One person is erased: afterwards no table and no topic of any discom holds the number, and others are untouched."""

import asyncio
import sys
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg

from deploy.local.files import ROOT
from deploy.local.system import System
from libs.kit import kafka
from libs.kit.audit.trail import Reader, Trail
from libs.kit.settings import Settings
from libs.kit.setup import SERVICES
from libs.schemas.topics import ALL
from tests.conversations.conftest import DISCOMS, Chats
from tests.phone import Phone

ACCOUNT = "1000145850"


async def test_after_erasure_nothing_of_the_person_is_found(chats: Chats, system: System, stack: Settings) -> None:
    number = f"9198{uuid4().int % 10**8:08}"
    gone, other = chats(phone=number).phone, chats().phone
    for words in (f"{ACCOUNT} ka bill", f"light nahi hai Gomti Nagar {ACCOUNT}", "1", "1"):
        await gone.says(words)
        await gone.next_bubbles()
    await other.says("1")
    await other.next_bubbles()
    assert await _rows(system, number), "the scan finds what is there"
    await _until_read(stack)
    await _park_what_another_program_wrote(system)
    assert await _erase(system, number) == 0
    assert await _rows(system, number) == []
    assert await _records(stack, number) == []
    assert await _erase(system, number) == 1, "it says when there is nobody to erase"
    assert await _rows(system, other.wa_id), "nobody else is erased"
    await _still_answers(other)


async def test_a_complaint_of_before_the_number_changed_hands_is_erased_too(
    chats: Chats, system: System, stack: Settings
) -> None:
    number = f"9198{uuid4().int % 10**8:08}"
    person = chats(phone=number).phone
    for words in (f"light nahi hai Gomti Nagar {ACCOUNT}", "1"):
        await person.says(words)
        await person.next_bubbles()
    gateway = await asyncpg.connect(system.postgres.rpartition("/")[0] + f"/{DISCOMS[0]}_gateway")
    await gateway.execute("UPDATE chats SET phone = NULL, user_id = NULL, left_at = now() WHERE phone = $1", number)
    await gateway.close()
    await _until_read(stack)
    assert await _rows(system, number) == [f"{DISCOMS[0]}_complaints.complaints"]
    assert await _erase(system, number) == 0
    assert await _rows(system, number) == []


async def _still_answers(phone: Phone) -> None:
    await phone.says("0")
    await phone.next_bubbles()


async def _park_what_another_program_wrote(system: System) -> None:
    """Its key is no text, and must keep nobody from being erased."""
    connection = await asyncpg.connect(system.postgres.rpartition("/")[0] + f"/{DISCOMS[0]}_menu")
    await connection.execute(
        """INSERT INTO parked (id, topic, partition, "offset", key, headers, error)
        VALUES (gen_random_uuid(), 'm.menu.inbound.v1', 0, 0, '\\xff01', '{}', 'unreadable: KeyError')"""
    )
    await connection.close()


async def _erase(system: System, number: str) -> int:
    """The command, as a person would run it."""
    command = [sys.executable, "-m", "libs.kit", "erase", "--phone", number]
    process = await asyncio.create_subprocess_exec(*command, env=system.environment(), cwd=ROOT)
    return await process.wait()


async def _rows(system: System, number: str) -> list[str]:
    """Tables that hold the number, as text or as bytes."""
    found = []
    for name in (f"{code}_{service}" for code in DISCOMS for service in SERVICES):
        connection = await asyncpg.connect(system.postgres.rpartition("/")[0] + f"/{name}")
        try:
            tables = await connection.fetch(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
            for (table,) in tables:
                query = f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE $1 OR t::text LIKE $2"
                if await connection.fetchval(query, f"%{number}%", f"%{number.encode().hex()}%"):
                    found.append(f"{name}.{table}")
        finally:
            await connection.close()
    return found


async def _until_read(stack: Settings) -> None:
    """Only what every reader has committed is deleted."""
    for code in DISCOMS:
        reader = Reader(stack, Trail(code, datetime.now(UTC)))
        await reader.open()
        try:
            async with asyncio.timeout(60):
                while await reader.waiting():
                    await asyncio.sleep(0.2)
        finally:
            await reader.close()


async def _records(stack: Settings, number: str) -> list[str]:
    """Topics that hold the number."""
    consumer = await kafka.start_consumer(stack, f"tests.{uuid4()}")
    consumer.subscribe(list({topic.name(code) for topic in ALL for code in DISCOMS}))
    found = set()
    try:
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=100)
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                found |= {tp.topic for record in records if number.encode() in (record.value or b"")}
    finally:
        await consumer.stop()
    return sorted(found)
