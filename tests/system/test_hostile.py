"""Whatever is signed by Meta gets 200, and whoever writes afterwards is answered.

`-m long` posts 100,000 bodies instead of 1,000. The seed is printed; `HOSTILE_SEED` repeats a run.
"""

import asyncio
import os
import random
import time
from collections import Counter
from io import BytesIO
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from deploy.local.system import System
from libs.kit.settings import Settings
from libs.schemas.discom import load_all
from tests import meta
from tests.phone import phones_of
from tests.system.conftest import Meta, connected
from tests.system.hostile import bodies

SEED = int(os.environ.get("HOSTILE_SEED", "0")) or random.randrange(1, 2**31)
AT_ONCE = 4
DISCOMS = ("mvvnl", "pvvnl", "puvvnl", "dvvnl")


@pytest.mark.parametrize("count", [1_000, pytest.param(100_000, marks=pytest.mark.long)])
async def test_no_body_that_meta_may_sign_gets_anything_but_200_and_the_next_person_is_answered(
    system: System, stack: Settings, meta_side: Meta, count: int
) -> None:
    environment = system.environment()
    discoms = load_all(Path(environment["DISCOMS_DIR"]))
    numbers = [discom.phone_number_id for discom in discoms.values()]
    secret, answers = environment["WHATSAPP_APP_SECRET"], Counter[int]()
    found = bodies(SEED, count, numbers, time.time())
    began = time.monotonic()

    async def post() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as http:
            for raw in found:
                async with http.post(meta_side.url, data=BytesIO(raw), headers=meta.signed(secret, raw)) as response:
                    answers[response.status] += 1

    pids = {name: child.pid for name, child in system.children.items()}
    async with asyncio.timeout(60 + count / 50):
        await asyncio.gather(*(post() for _ in range(AT_ONCE)))
    print(f"\n{count} bodies of seed {SEED} in {time.monotonic() - began:.1f} s: {dict(answers)}")
    assert answers == {200: count}, f"HOSTILE_SEED={SEED}"
    for n, code in enumerate(DISCOMS):
        await _answered(system, stack, meta_side, code, f"9196{count:06}{n:02}")
    assert {name: child.pid for name, child in system.children.items()} == pids, "a process has died of it"
    for code in discoms:
        async with connected(stack, f"{code}_gateway") as database:
            assert await database.fetchval("SELECT count(*) FROM parked") == 0, f"{code}: HOSTILE_SEED={SEED}"
            while await database.fetchval("SELECT count(*) FROM holds"):
                await lift(database)
                await asyncio.sleep(2)


async def lift(database: asyncpg.Connection) -> None:
    """Some bodies said, signed by Meta, that our numbers are barred or faster: not so."""
    await database.execute("DELETE FROM holds")
    await database.execute("DELETE FROM throughput")


async def _answered(system: System, stack: Settings, meta_side: Meta, code: str, wa_id: str) -> None:
    """Somebody writes and is answered."""
    phone = phones_of(system, meta_side.http, wa_id, code)
    assert await meta_side.post(meta.body(code, meta.text(wa_id, "hi"))) == 200
    async with connected(stack, f"{code}_gateway") as database, asyncio.timeout(180):
        while not await phone.bubbles():
            await lift(database)
            await asyncio.sleep(0.5)
