"""A backup is restored: one lost database with what came since, then all of them as they were."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from deploy.compose.backup import backup, restore
from deploy.local.files import LocalError
from deploy.local.progress import Progress
from tests.compose.installation import Installation
from tests.compose.traffic import ACCOUNT, BILL, SHOWN, Phone, bubbles

pytestmark = pytest.mark.long

LOST = "mvvnl_billing"
TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    " AND relname !~ '^(inbox|outbox|owner)' ORDER BY relname"
)
"""Those whose rows do not change by themselves."""


async def sql(installation: Installation, database: str, statement: str) -> str:
    command = ("exec", "-T", "postgres", "psql", "--username=postgres", f"--dbname={database}", "--tuples-only")
    return (await installation.compose(*command, "--no-align", "--command", statement)).strip()


async def rows(installation: Installation, database: str) -> str:
    """How many rows each table holds."""
    tables = (await sql(installation, database, TABLES)).split()
    return await sql(
        installation, database, " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
    )


async def in_thread(work: Callable[..., None], *arguments: object) -> None:
    await asyncio.to_thread(work, *arguments, Progress())


async def test_a_lost_database_is_restored_with_what_came_since_and_nobody_is_answered_twice(
    installation: Installation, tmp_path: Path
) -> None:
    links = "SELECT count(*) FROM links"
    async with aiohttp.ClientSession() as http:
        before, since = (Phone(http, installation.phones, "mvvnl", f"91981000010{n}") for n in (1, 2))
        await before.write(text=ACCOUNT)
        await before.answered(1, 60)
        await in_thread(backup, installation.project, tmp_path / "one")
        await since.write(text=ACCOUNT)
        await since.answered(1, 60)
        known = await sql(installation, LOST, links)
        await sql(installation, "postgres", f"DROP DATABASE {LOST} WITH (FORCE)")

        await in_thread(restore, installation.project, tmp_path / "one", [LOST], True)
        async with asyncio.timeout(120):
            while await sql(installation, LOST, links) != known:
                await asyncio.sleep(1)
        for phone in (before, since):
            assert len(bubbles(await phone.messages())) == 1, "an answer came again"
            await phone.write(tap=BILL)
            assert SHOWN[BILL] in bubbles(await phone.answered(2, 60))[-1]["text"]
    assert (
        await sql(installation, LOST, "SELECT has_database_privilege('mvvnl_menu', current_database(), 'CONNECT')")
        == "f"
    )
    print(await installation.audit("mvvnl"))


async def test_all_databases_are_restored_to_what_they_held(installation: Installation, tmp_path: Path) -> None:
    names = [
        f"{code}_{service}" for code in ("mvvnl", "pvvnl") for service in ("gateway", "menu", "billing", "complaints")
    ]
    await in_thread(backup, installation.project, tmp_path / "all")
    held = {name: await rows(installation, name) for name in names}
    for name in names:
        await sql(installation, name, "CREATE TABLE made_since (n int)")
    await in_thread(restore, installation.project, tmp_path / "all", [], False)
    for name in names:
        assert await sql(installation, name, "SELECT to_regclass('made_since') IS NULL") == "t"
        assert await rows(installation, name) == held[name]


async def test_a_folder_that_is_no_backup_or_lacks_a_database_changes_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    with pytest.raises(LocalError, match="is no whole backup"):
        await in_thread(restore, installation.project, tmp_path, [], False)
    await in_thread(backup, installation.project, tmp_path / "two")
    with pytest.raises(LocalError, match="holds a backup already"):
        await in_thread(backup, installation.project, tmp_path / "two")
    with pytest.raises(LocalError, match="ONLY: mvvnl_bills is not in"):
        await in_thread(restore, installation.project, tmp_path / "two", ["mvvnl_bills"], False)
    (tmp_path / "two" / f"{LOST}.dump").write_bytes(b"torn")
    with pytest.raises(LocalError, match="could not be restored"):
        await in_thread(restore, installation.project, tmp_path / "two", [LOST], False)
    assert await sql(installation, LOST, "SELECT count(*) > 0 FROM accounts") == "t", "the old database is still there"
