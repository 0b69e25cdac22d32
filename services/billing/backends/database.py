"""The discom's own database as billing system: filled by `python -m services.billing import`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields

from libs.kit.database import Connection, Pool, is_transient
from services.billing.backends.interface import BackendAccount, Unavailable

COLUMNS = tuple(field.name for field in fields(BackendAccount))


class DatabaseBackend:
    """Asks the table `accounts`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def accounts(self, ids: Collection[str]) -> Mapping[str, BackendAccount]:
        """The accounts that exist among these. Raises `Unavailable`."""
        try:
            rows = await self._pool.fetch(
                f"SELECT {', '.join(COLUMNS)} FROM accounts WHERE account_id = ANY($1::text[])", list(ids)
            )
        except Exception as error:
            if is_transient(error):
                raise Unavailable from error
            raise
        return {row["account_id"]: BackendAccount(**dict(row)) for row in rows}


async def prepare_upsert(connection: Connection) -> None:
    """Makes what `upsert` copies into; lasts as long as the connection."""
    await connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS incoming (LIKE accounts INCLUDING DEFAULTS) ON COMMIT DELETE ROWS"
    )


async def upsert(connection: Connection, accounts: Sequence[BackendAccount], columns: Sequence[str] = COLUMNS) -> None:
    """Writes accounts; of those that exist only the given columns change. Needs a transaction and `prepare_upsert`.

    No account may stand there twice.
    """
    records = [tuple(getattr(account, column) for column in columns) for account in accounts]
    await connection.copy_records_to_table("incoming", records=records, columns=list(columns))
    names = ", ".join(columns)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column != "account_id")
    await connection.execute(
        f"INSERT INTO accounts ({names}) SELECT {names} FROM incoming ORDER BY account_id"
        f" ON CONFLICT (account_id) DO UPDATE SET {changes}, imported_at = now()"
    )
    await connection.execute("TRUNCATE incoming")
