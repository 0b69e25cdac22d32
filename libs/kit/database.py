"""One database per service and discom: pool, migrations, what counts as a passing trouble."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
import orjson

from libs.kit.logs import Seldom
from libs.kit.settings import Settings

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.pool.PoolConnectionProxy

MIGRATION_LOCK = 710_001
LOOK_UPS = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
PARKED_DAYS = 30
QUERIES = 10_000_000
"""After so many a connection is replaced. asyncpg's 50,000 are two minutes' work; a new one has all plans to make."""
KIT_MIGRATIONS = Path(__file__).parent / "migrations"

TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)


def is_transient(error: BaseException) -> bool:
    """Whether it goes away by itself: a database that restarts, a deadlock, a full disk.

    asyncpg files wrong arguments (`DataError`) under its interface errors, too; those stay wrong for ever.
    """
    return isinstance(error, TRANSIENT) and not isinstance(error, ValueError)


T = TypeVar("T")


class MigrationError(SystemExit):
    """A migration cannot be applied; the message says which and why."""


class _Link(asyncpg.Connection):
    """A connection that the pool takes back as it is: whoever changes its session, changes it back.

    The usual clean-up is a round trip of four statements after each use, a tenth of a small batch's cost.
    """

    def get_reset_query(self) -> str:
        return ""


@asynccontextmanager
async def advisory_lock(connection: Connection, key: int) -> AsyncIterator[bool]:
    """Whether this session got the lock; it lasts until the block or the connection ends."""
    held: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", key)
    try:
        yield held
    finally:
        # a connection that is gone has given it up already
        if held and not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", key)


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # json columns as Python values; orjson both ways
    await connection.set_type_codec("jsonb", encoder=_dumps, decoder=orjson.loads, schema="pg_catalog")


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


async def open_pool(settings: Settings, service: str, discom: str, size: int = 2, look_ups: bool = False) -> Pool:
    """A small pool on `<discom>_<service>` with that database's own login. Waits until PostgreSQL answers.

    `look_ups`: every statement finds its rows by an index; a plan made while a table was empty must not read it whole.
    """
    name = f"{discom}_{service}"

    async def connect() -> Pool:
        return await asyncpg.create_pool(
            settings.dsn(name, name),
            min_size=1,
            max_size=size,
            max_queries=QUERIES,
            connection_class=_Link,
            init=_prepare,
            command_timeout=30,
            timeout=5,
            server_settings={
                "application_name": f"bijli-setu {service}",
                # frees what a stopped process holds, so that its successor need not wait for it
                "idle_in_transaction_session_timeout": "5s",
                "jit": "off",
                **(LOOK_UPS if look_ups else {}),
            },
        )

    return await until_it_works(connect, f"{service}.database_waits", discom=discom)


async def until_it_works(attempt: Callable[[], Awaitable[T]], moment: str, **fields: str) -> T:
    """Repeats over passing troubles, with growing pauses up to 5 s, saying so now and then."""
    seldom, pause = Seldom(), 0.1
    while True:
        try:
            return await attempt()
        except TRANSIENT as error:
            if not is_transient(error):
                raise
            seldom.warning(moment, error=type(error).__name__, **fields)
            await asyncio.sleep(pause)
            pause = min(5.0, pause * 2)


async def migrate(pool: Pool, directory: Path) -> None:
    """Applies what is missing of the kit's and the service's numbered migrations, one process at a time.

    A database that restarts meanwhile is waited for: other discoms of the process must not die with it.
    """
    await until_it_works(lambda: _migrate(pool, directory), "migrations.wait")


async def _migrate(pool: Pool, directory: Path) -> None:
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        try:
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text NOT NULL,"
                " applied_at timestamptz NOT NULL DEFAULT now())"
            )
            rows = await connection.fetch("SELECT name, checksum FROM migrations")
            applied: dict[str, str] = {row["name"]: row["checksum"] for row in rows}
            for scope, folder in (("kit", KIT_MIGRATIONS), ("service", directory)):
                for file in sorted(folder.glob("*.sql")):
                    await _apply(connection, f"{scope}/{file.name}", file.read_text(encoding="utf-8"), applied)
            await keep_days(connection)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)


async def _apply(connection: Connection, name: str, sql: str, applied: dict[str, str]) -> None:
    checksum = hashlib.sha256(sql.encode()).hexdigest()[:16]
    if name in applied:
        if applied[name] != checksum:
            raise MigrationError(f"migration {name} was changed after it had been applied; write a new one instead")
        return
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute("INSERT INTO migrations (name, checksum) VALUES ($1, $2)", name, checksum)


async def tidy(pool: Pool) -> None:
    """`keep_days`, unless another process is at it: two that make or drop the same partitions hinder one another."""
    async with pool.acquire() as connection, advisory_lock(connection, MIGRATION_LOCK) as held:
        if held:
            await keep_days(connection)


async def keep_days(connection: Connection) -> None:
    """Makes the partitions of the days around today, and drops those past keeping, of every table that has a comment
    `keep N days` and is partitioned by its column `day`. What belongs to no such day is in `<table>_other`. What was
    parked, a few rows, leaves after 30 days.
    """
    today: date = await connection.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    tables = await connection.fetch(
        """SELECT c.relname AS name, obj_description(c.oid) AS comment,
            ARRAY(SELECT p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
                  WHERE i.inhparent = c.oid) AS parts
        FROM pg_class c JOIN pg_partitioned_table t ON t.partrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace
        ORDER BY c.relname"""
    )
    for row in tables:
        if kept := re.fullmatch(r"keep (\d+) days", row["comment"] or ""):
            await _keep(connection, row["name"], set(row["parts"]), today, int(kept[1]))
    await connection.execute("DELETE FROM parked WHERE parked_at < $1", today - timedelta(days=PARKED_DAYS))


async def _keep(connection: Connection, table: str, existing: set[str], today: date, days: int) -> None:
    first, last = today - timedelta(days=days - 1), today + timedelta(days=2)
    wanted = {
        f"{table}_{first + timedelta(days=n):%Y%m%d}": first + timedelta(days=n) for n in range((last - first).days + 1)
    }
    for part, day in wanted.items():
        if part not in existing:
            # a clock ahead of ours may have put rows of that day into the default partition, which then keeps them
            with suppress(asyncpg.CheckViolationError):
                span = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
                await connection.execute(f"CREATE TABLE {part} PARTITION OF {table} FOR VALUES {span}")
    for part in existing - wanted.keys() - {f"{table}_other"}:
        await connection.execute(f"DROP TABLE {part}")
    await connection.execute(f"DELETE FROM {table}_other WHERE day < $1", first)
