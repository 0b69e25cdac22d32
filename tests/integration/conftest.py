"""A discom of its own, with databases and topics, for every test."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest_asyncio
from aiokafka import AIOKafkaProducer

from libs.kit import kafka
from libs.kit.consumer import Handler, Worker
from libs.kit.database import Pool, migrate, open_pool
from libs.kit.delivery import Promises
from libs.kit.settings import Settings
from libs.kit.setup import setup
from libs.schemas.discom import Discom, load
from libs.schemas.topics import INBOUND

ROOT = Path(__file__).parents[2]


@dataclass
class Place:
    """Where a delivery test happens."""

    settings: Settings
    discom: Discom
    pool: Pool
    producer: AIOKafkaProducer

    @property
    def topic(self) -> str:
        return INBOUND["menu"].name(self.discom.code)

    def worker(self, handle: Handler, promises: Promises = Promises()) -> Worker:
        """A worker of menu's kind with this handler."""
        return Worker(
            self.settings, "menu", "worker", self.discom.code, (INBOUND["menu"],), self.pool, self.producer, handle,
            promises=promises,
        )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def place(stack: Settings) -> AsyncIterator[Place]:
    """A fresh discom with its databases and topics."""
    discom = load(ROOT / "deploy/discoms/mvvnl.toml").model_copy(update={"code": f"t{uuid4().hex[:10]}"})
    await setup(stack, [discom])
    pool = await open_pool(stack, "menu", discom.code, size=3)
    await migrate(pool, ROOT / "services/menu/migrations")
    await pool.execute("CREATE TABLE effects (event_id uuid NOT NULL)")
    producer = await kafka.start_producer(stack)
    found = Place(stack, discom, pool, producer)
    yield found
    await found.producer.stop()
    await pool.close()


async def until(count: int, pool: Pool, query: str, seconds: float = 15.0) -> int:
    """The query's number once it has reached `count`, or what it is when the time is up."""
    found = 0
    for _ in range(int(seconds * 20)):
        found = int(await pool.fetchval(query))
        if found >= count:
            break
        await asyncio.sleep(0.05)
    return found


__all__ = ["Place", "until"]
