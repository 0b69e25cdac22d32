"""Fills databases with people: those whose account is linked, and the many of a system that has grown."""

import asyncio
from collections.abc import Sequence

import asyncpg

from bench.load.order import FIRST_NUMBER
from bench.scenarios import RETURNING, members_of
from deploy.local.postgres import LocalPostgres
from libs.kit.setup import SERVICES
from libs.schemas.discom import Discom

INBOX_ROWS = 10_000_000
CHAT = "md5('bench ' || n)::uuid"
ACCOUNT = "$3 || lpad(n::text, 9, '0')"
CHATS = f"""
INSERT INTO chats (chat_id, phone, turn, last_message_at, language, account, area)
SELECT {CHAT}, '91' || ({FIRST_NUMBER} + n), 1, now() - interval '1 hour', 'hi',
       jsonb_build_object('account_id', {ACCOUNT}, 'name', 'र***', 'area', 'urban', 'meter', 'prepaid'), 'urban'
FROM generate_series($1::bigint, $1::bigint + $2::bigint - 1) AS n ORDER BY random() ON CONFLICT DO NOTHING
"""
ACCOUNTS = f"""
INSERT INTO accounts (account_id, name, mobile, area, meter, bill_month, due_on, amount_paise, arrears_paise, basis,
                      balance_paise, balance_at)
SELECT {ACCOUNT}, 'राम', ({FIRST_NUMBER} + n)::text, 'urban', 'prepaid',
       date_trunc('month', now())::date, (now() + interval '10 days')::date, 123450, 0, 'OK', 45600, now()
FROM generate_series($1::bigint, $1::bigint + $2::bigint - 1) AS n ON CONFLICT DO NOTHING
"""
LINKS = f"""
INSERT INTO links (chat_id, account_id, linked_at)
SELECT {CHAT}, {ACCOUNT}, now()
FROM generate_series($1::bigint, $1::bigint + $2::bigint - 1) AS n ON CONFLICT DO NOTHING
"""
INBOX = """
INSERT INTO inbox (day, event_id)
SELECT (now() AT TIME ZONE 'UTC')::date - (n % 8)::int, md5('inbox ' || n)::uuid
FROM generate_series(1, $1::bigint) AS n ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""


async def add_members(postgres: LocalPostgres, discoms: Sequence[Discom]) -> None:
    """Links every member of these discoms to an account of theirs."""
    work = []
    for place, discom in enumerate(discoms):
        if discom.open:
            crowd = members_of(place)
            given = (crowd.first, crowd.count, (discom.account.prefixes or ("1",))[0])
            work.append(_execute(postgres, f"{discom.code}_gateway", CHATS, *given))
            work += [_execute(postgres, f"{discom.code}_billing", query, *given) for query in (ACCOUNTS, LINKS)]
    await asyncio.gather(*work)


async def grow(postgres: LocalPostgres, discom: Discom) -> None:
    """A million chats, and ten million rows in the inbox of every service on the way."""
    await _execute(postgres, f"{discom.code}_gateway", CHATS, RETURNING.first, RETURNING.count, "9")
    for service in ("gateway", "menu", "billing"):
        await _execute(postgres, f"{discom.code}_{service}", INBOX, INBOX_ROWS)


async def analyze(postgres: LocalPostgres, discoms: Sequence[Discom]) -> None:
    """Brings the planner's statistics up to date, as autovacuum does within its first minutes."""
    await _everywhere(postgres, discoms, "ANALYZE")


async def vacuum(postgres: LocalPostgres, discoms: Sequence[Discom]) -> None:
    """Does now what autovacuum would do in the next minutes."""
    await _everywhere(postgres, discoms, "VACUUM (ANALYZE)")


async def _everywhere(postgres: LocalPostgres, discoms: Sequence[Discom], query: str) -> None:
    await asyncio.gather(*(_execute(postgres, name, query) for name in _databases(discoms)))


async def backlog(postgres: LocalPostgres, discoms: Sequence[Discom]) -> dict[str, int]:
    """What is under way in these discoms' databases: events to be published, and bubbles not known to be sent."""
    outbox = [_count(postgres, name, "SELECT count(*) FROM outbox") for name in _databases(discoms)]
    query = "SELECT count(*) FROM sends WHERE state IN ('queued', 'sending')"
    ledger = [_count(postgres, f"{discom.code}_gateway", query) for discom in discoms]
    return {"outbox": sum(await asyncio.gather(*outbox)), "ledger": sum(await asyncio.gather(*ledger))}


async def allow_connections(postgres: LocalPostgres, database: str, allowed: bool) -> None:
    """Stops a database, or starts it again: without one nobody may connect, and who was connected is thrown out."""
    await _execute(postgres, "postgres", f"ALTER DATABASE {database} ALLOW_CONNECTIONS {allowed}")
    if not allowed:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        await _execute(postgres, "postgres", query, database)


def _databases(discoms: Sequence[Discom]) -> list[str]:
    return [f"{discom.code}_{service}" for discom in discoms for service in SERVICES]


async def _execute(postgres: LocalPostgres, database: str, query: str, *given: object) -> None:
    connection = await asyncpg.connect(postgres.dsn_of(database))
    try:
        await connection.execute("SET work_mem = '512MB'")
        await connection.execute(query, *given)
    finally:
        await connection.close()


async def _count(postgres: LocalPostgres, database: str, query: str) -> int:
    connection = await asyncpg.connect(postgres.dsn_of(database))
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()
