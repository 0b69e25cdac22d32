"""The short form: every process dies at its boundaries; nothing is lost, nothing has two effects."""

import asyncio
import time
from pathlib import Path

from tests.faults import faults
from tests.faults.conftest import Ground
from tests.faults.report import told
from tests.faults.stage import stage


async def test_nothing_is_lost_or_done_twice_while_every_process_dies(ground: Ground, tmp_path: Path) -> None:
    # on servers of its own: a system of the same discoms may still run on those of the other tests
    async with stage(tmp_path, ground.kafka.bootstrap, ground.postgres.dsn) as on:
        began = time.monotonic()
        async with on.crowd(people=12, per_second=12):
            await asyncio.sleep(2)
            await faults.boundaries(on, seconds=15, chance=0.2)
        account = await on.account("short form", began)
    print(told(account))
    assert account.clean, told(account)
    assert sum(account.deaths.values()) > 7
    for found in account.findings:
        assert found.accepted > 20 and found.statuses > 20
        assert found.accepted == found.answered + found.withheld
