"""`python -m services.billing demo-data`: consumers to play with, in every discom's database and on the phone page."""

import asyncio
import hashlib
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import orjson

from libs.kit.database import migrate, open_pool
from libs.kit.logs import configure
from libs.kit.process import discoms_of
from libs.kit.settings import Settings, load
from libs.schemas.discom import Discom
from services.billing.backends.database import prepare_upsert, upsert
from services.billing.demo.consumers import CASES, consumers
from services.billing.domain import day_of


class DemoSettings(Settings):
    """What the demo's consumers need: a place for the phone page's list, no Kafka."""

    kafka_bootstrap: str = ""
    simulator_dir: Path | None = None


def main(migrations: Path) -> int:
    """Writes what is missing; returns the process's status."""
    settings = load(DemoSettings)
    if settings.environment == "production":
        raise SystemExit("demo-data makes up consumers: not with ENVIRONMENT=production")
    configure(settings.log_level, service="billing", role="demo-data")
    discoms = discoms_of(settings, "all")
    written = asyncio.run(_fill(settings, discoms, migrations, today := day_of(datetime.now(UTC))))
    if settings.simulator_dir:
        _write(settings.simulator_dir / "samples.json", samples(discoms, today))
    sys.stdout.write(f"demo-data: {written:,} consumers written\n" if written else "demo-data: all there\n")
    return 0


async def _fill(settings: Settings, discoms: Mapping[str, Discom], migrations: Path, today: date) -> int:
    return sum(await asyncio.gather(*(fill(settings, discom, migrations, today) for discom in discoms.values())))


async def fill(settings: Settings, discom: Discom, migrations: Path, today: date) -> int:
    """Writes one discom's consumers unless exactly these are there; returns how many it wrote."""
    accounts = consumers(discom, today)
    digest = hashlib.sha256(repr(accounts).encode()).hexdigest()
    pool = await open_pool(settings, "billing", discom.code, size=1)
    try:
        await migrate(pool, migrations)
        async with pool.acquire() as connection:
            if await connection.fetchval("SELECT true FROM imports WHERE sha256 = $1", digest):
                return 0
            await prepare_upsert(connection)
            async with connection.transaction():
                await upsert(connection, accounts)
                await connection.execute("INSERT INTO imports VALUES ($1, $2, now())", digest, len(accounts))
            # plans made for an empty table would be kept
            await connection.execute("ANALYZE accounts")
        return len(accounts)
    finally:
        await pool.close()


def samples(discoms: Mapping[str, Discom], today: date) -> dict[str, list[dict[str, object]]]:
    """One account of each case per discom, with the mobile that is registered for it, if one is."""
    return {
        code: [
            {"account_id": account.account_id, "what": case.what.model_dump(), "mobile": account.mobile}
            for case, account in zip(CASES, consumers(discom, today), strict=False)
        ]
        for code, discom in discoms.items()
    }


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    half.replace(path)
