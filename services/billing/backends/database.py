"""The discom's own database as billing system: filled by `python -m services.billing import`."""

from collections.abc import Collection, Mapping
from dataclasses import fields

from libs.kit.database import Pool, is_transient
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
