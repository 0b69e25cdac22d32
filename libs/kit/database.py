"""One database per service and discom: pool, migrations, what counts as a passing trouble."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
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

INBOX_DAYS = 9
"""WhatsApp repeats for 7 days; a day older than this holds nothing that could come again."""
MIGRATION_LOCK = 710_001
KIT_MIGRATIONS = Path(__file__).parent / "migrations"

TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
)


def is_transient(error: BaseException) -> bool:
    """Whether it goes away by itself: a database that restarts, a deadlock, a full disk.

    asyncpg files wrong arguments (`DataError`) under its interface errors, too; those stay wrong for ever.
    """
    return isinstance(error, TRANSIENT) and not isinstance(error, ValueError)


T = TypeVar("T")


class MigrationError(SystemExit):
    """A migration cannot be applied; the message says which and why."""


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # json columns as Python values; orjson both ways
    await connection.set_type_codec("jsonb", encoder=_dumps, decoder=orjson.loads, schema="pg_catalog")


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


async def open_pool(settings: Settings, service: str, discom: str, size: int = 2) -> Pool:
    """A small pool on `<discom>_<service>` with that database's own login. Waits until PostgreSQL answers."""
    name = f"{discom}_{service}"

    async def connect() -> Pool:
        return await asyncpg.create_pool(
            settings.dsn(name, name),
            min_size=1,
            max_size=size,
            init=_prepare,
            command_timeout=30,
            timeout=5,
            server_settings={
                "application_name": f"bijli-setu {service}",
                # frees what a stopped process holds, so that its successor need not wait for it
                "idle_in_transaction_session_timeout": "5s",
                "jit": "off",
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
    """Applies what is missing of the kit's and the service's numbered migrations, one process at a time."""
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
            await keep_inbox_days(connection)
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


async def keep_inbox_days(connection: Connection) -> None:
    """Makes the inbox's partitions for the days around today and drops those past keeping."""
    today: date = await connection.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    tables = await connection.fetch(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'inbox'::regclass"
    )
    existing = {row["relname"] for row in tables}
    first, last = today - timedelta(days=INBOX_DAYS - 1), today + timedelta(days=2)
    wanted = {
        f"inbox_{first + timedelta(days=n):%Y%m%d}": first + timedelta(days=n) for n in range((last - first).days + 1)
    }
    for table, day in wanted.items():
        if table not in existing:
            # a clock ahead of ours may have put rows of that day into the default partition, which then keeps them
            with suppress(asyncpg.CheckViolationError):
                span = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
                await connection.execute(f"CREATE TABLE {table} PARTITION OF inbox FOR VALUES {span}")
    for table in existing - wanted.keys() - {"inbox_other"}:
        await connection.execute(f"DROP TABLE {table}")
    await connection.execute("DELETE FROM inbox_other WHERE day < $1", first)
