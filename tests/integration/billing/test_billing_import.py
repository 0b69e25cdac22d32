"""Accounts files on real PostgreSQL: imported, stopped, gone on with; and the demo's consumers, every case of them."""

import asyncio
import csv
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
import pytest_asyncio

from libs.kit.database import Pool, migrate, open_pool
from libs.kit.settings import Settings
from libs.kit.setup import setup
from libs.schemas.discom import Discom, load
from services.billing.demo import fill
from services.billing.domain import day_of
from services.billing.importer.run import Run

ROOT = Path(__file__).parents[3]
MIGRATIONS = ROOT / "services/billing/migrations"
HEADER = ["account_id", "name", "area", "meter", "mobile", "amount"]


@dataclass
class Place:
    """Two discoms with their databases, and what a process is told to find them."""

    settings: Settings
    discoms: dict[str, Discom]
    pools: dict[str, Pool]
    environment: dict[str, str]

    async def count(self, where: str = "true") -> int:
        return sum(
            [await pool.fetchval(f"SELECT count(*) FROM accounts WHERE {where}") for pool in self.pools.values()]
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "services.billing", *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest_asyncio.fixture(loop_scope="session")
async def place(stack: Settings, tmp_path: Path) -> AsyncIterator[Place]:
    directory = tmp_path / "discoms"
    directory.mkdir()
    discoms = {}
    for like in ("mvvnl", "pvvnl"):
        code = f"{like[0]}{uuid4().hex[:10]}"
        text = (ROOT / f"deploy/discoms/{like}.toml").read_text(encoding="utf-8")
        (directory / f"{code}.toml").write_text(text.replace(f'code = "{like}"', f'code = "{code}"'), encoding="utf-8")
        discoms[code] = load(directory / f"{code}.toml")
    await setup(stack, discoms.values())
    pools = {code: await open_pool(stack, "billing", code, size=1) for code in discoms}
    for pool in pools.values():
        await migrate(pool, MIGRATIONS)
    environment = {
        **os.environ, "ENVIRONMENT": "test", "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "POSTGRES_DSN": stack.postgres_dsn, "POSTGRES_PASSWORD_DIR": str(stack.postgres_password_dir),
        "DISCOMS_DIR": str(directory), "SIMULATOR_DIR": str(tmp_path / "simulator"),
    }  # fmt: skip
    yield Place(stack, discoms, pools, environment)
    for pool in pools.values():
        await pool.close()


def write(path: Path, count: int, *, name: str = "सुनीता देवी", bad: int = 0, first: str = "1") -> None:
    """An accounts file, of which every `bad`th line cannot be used."""
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(HEADER)
        for n in range(count):
            mobile = "12" if bad and n % bad == 0 else f"90000{n % 100_000:05d}"
            writer.writerow([f"{first}{n:09d}", name, "urban", "postpaid", mobile, f"{n}.50"])


async def test_the_plain_command_imports_by_the_first_digits_and_changes_what_is_there(
    place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    write(file, 300)
    with file.open("a", encoding="utf-8") as opened:
        opened.write("3000000001,Ram Kumar,rural,prepaid,,\n")
    done = place.run("import", str(file))
    assert done.returncode == 0, done.stderr
    one, other = place.discoms
    assert done.stdout == f"{file}: 301 accounts imported ({one} 300, {other} 1)\n"
    assert "accounts.csv: 100%" in done.stderr, "a bar shows how far it is"
    assert await place.count("amount_paise = 29950") == 1
    write(file, 300, name="Sunita Devi")
    assert place.run("import", str(file)).returncode == 0
    assert await place.count() == 301 and await place.count("name = 'Sunita Devi'") == 300
    again = place.run("import", str(file))
    assert "was imported completely before" in again.stdout


async def test_a_column_that_the_file_lacks_stays_as_it_is(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    write(file, 10)
    await Run(file, place.discoms).run(place.settings, MIGRATIONS)
    file.write_text("account_id,name,area,meter\n1000000003,Ram,rural,plain\n", encoding="utf-8")
    await Run(file, place.discoms).run(place.settings, MIGRATIONS)
    row = await place.pools[next(iter(place.discoms))].fetchrow(
        "SELECT * FROM accounts WHERE account_id = '1000000003'"
    )
    assert row and (row["area"], row["amount_paise"], row["mobile"]) == ("rural", 350, "9000000003")


async def test_bad_lines_go_to_a_private_file_with_number_and_reason_and_can_be_repaired(
    place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    write(file, 100, bad=10)
    with file.open("ab") as opened:
        opened.write(b"1000000200,\xe0\xa4,urban,plain,,\n\n7,8\n")
    done = place.run("import", str(file))
    assert done.returncode == 0 and "12 lines could not be used" in done.stdout
    bad = tmp_path / "accounts.csv.bad.csv"
    assert stat.S_IMODE(bad.stat().st_mode) == 0o600
    with bad.open(encoding="utf-8", errors="surrogateescape", newline="") as opened:
        header, *rows = list(csv.reader(opened))
    assert header == ["line", "reason", *HEADER]
    assert rows[0][:3] == ["2", "mobile: is not a mobile: 10 digits, the first of them 6 to 9", "1000000000"]
    assert [row[:2] for row in rows[-2:]] == [["102", "is not UTF-8"], ["104", "has 2 cells, the header has 6"]]
    assert await place.count() == 90
    repaired = tmp_path / "repaired.csv"
    repaired.write_text(bad.read_text(encoding="utf-8", errors="replace").replace(",12,", ",,"), encoding="utf-8")
    assert "11 accounts imported" in place.run("import", str(repaired)).stdout
    assert await place.count() == 101


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_stopped_anywhere_it_goes_on_where_it_was(place: Place, tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "accounts.csv"
    write(file, 60_000, bad=1000)
    process = await asyncio.create_subprocess_exec(
        *place.command("import", str(file)), cwd=ROOT, env=place.environment, stderr=asyncio.subprocess.PIPE
    )
    pool = place.pools[next(iter(place.discoms))]
    while process.returncode is None and not await pool.fetchval("SELECT max(lines_done) FROM imports"):
        await asyncio.sleep(0.02)
    process.send_signal(number)
    said = (await asyncio.wait_for(process.communicate(), 60))[1].decode()
    assert process.returncode == (130 if number is signal.SIGINT else -signal.SIGKILL), said
    assert number is signal.SIGKILL or "the same command goes on from there" in said
    before = await place.count()
    assert 0 < before < 59_940, "stopped in the middle"
    done = place.run("import", str(file))
    assert "went on where it was stopped" in done.stdout and "60 lines could not be used" in done.stdout
    assert await place.count() == 59_940
    with (tmp_path / "accounts.csv.bad.csv").open(newline="") as opened:
        assert [int(row["line"]) for row in csv.DictReader(opened)] == list(range(2, 60_002, 1000))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "nowhere.csv"], "nowhere.csv: there is no such file"),
        (["import", __file__, "--discom", "mumbai"], "--discom: mumbai is not known; allowed: "),
        (["import", __file__], "unknown column"),
    ],
)
async def test_what_cannot_be_imported_is_said_in_one_line(place: Place, arguments: list[str], said: str) -> None:
    done = place.run(*arguments)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr


CASES = {
    "prepaid, balance left": "meter = 'prepaid' AND balance_paise > 0 AND balance_at IS NOT NULL",
    "prepaid, below zero": "meter = 'prepaid' AND balance_paise < 0 AND balance_at IS NOT NULL",
    "prepaid, balance not available": "meter = 'prepaid' AND balance_paise IS NULL",
    "postpaid, due": "meter = 'postpaid' AND amount_paise > 0 AND due_on > $1 AND arrears_paise = 0",
    "postpaid, overdue with arrears": "meter = 'postpaid' AND due_on < $1 AND arrears_paise > 0",
    "postpaid, paid": "meter = 'postpaid' AND amount_paise = 0 AND last_payment_on IS NOT NULL",
    "postpaid, credit": "meter = 'postpaid' AND amount_paise < 0",
    "no bill yet": "amount_paise IS NULL AND bill_month IS NULL",
    "no smart meter": "meter = 'plain' AND amount_paise > 0",
    "no smart meter, no bill": "meter = 'plain' AND amount_paise IS NULL",
    "prepaid, cut off": "meter = 'prepaid' AND disconnected_on < $1",
    "postpaid, cut off": "meter = 'postpaid' AND disconnected_on < $1",
    "no registered mobile": "mobile IS NULL",
    "registered mobile": "mobile LIKE '90000%'",
    "bill of this month": "bill_month = date_trunc('month', $1::date)",
    "urban": "area = 'urban'",
    "rural": "area = 'rural'",
    "Hindi name": "name ~ '[ऀ-ॿ]'",
    "English name": "name ~ '^[A-Za-z ]+$'",
    **{
        f"basis {basis}": f"basis = '{basis}'"
        for basis in ("MU", "OK", "IDF", "RDF", "ADF", "CDF", "NA", "NR", "PROV", "MIN", "UM", "ASS", "CEIL")
    },
}


async def test_the_demos_consumers_cover_every_case_and_are_there_at_every_start(place: Place, tmp_path: Path) -> None:
    first = place.run("demo-data")
    assert first.returncode == 0, first.stderr
    assert "demo-data: 4,000 consumers written" in first.stdout
    assert "demo-data: all there" in place.run("demo-data").stdout
    today = day_of(datetime.now(UTC))
    for code, pool in place.pools.items():
        assert await pool.fetchval("SELECT count(*) FROM accounts") == 2000
        for case, where in CASES.items():
            unused = "" if "$1" in where else " AND $1::date IS NOT NULL"
            assert await pool.fetchval(f"SELECT count(*) FROM accounts WHERE {where}{unused}", today), case
        samples = orjson.loads((tmp_path / "simulator/samples.json").read_bytes())[code]
        ids = [sample["account_id"] for sample in samples]
        assert await pool.fetchval("SELECT count(*) FROM accounts WHERE account_id = ANY($1)", ids) == len(ids) >= 10
        assert await pool.fetchval("SELECT reltuples FROM pg_class WHERE relname = 'accounts'") == 2000, "analysed"


async def test_next_month_the_demo_has_next_months_bills(place: Place) -> None:
    [discom, _] = place.discoms.values()
    assert await fill(place.settings, discom, MIGRATIONS, date(2026, 11, 25)) == 2000
    assert await fill(place.settings, discom, MIGRATIONS, date(2026, 11, 25)) == 0
    assert await fill(place.settings, discom, MIGRATIONS, date(2026, 12, 1)) == 2000
    pool = place.pools[discom.code]
    assert await pool.fetchval("SELECT count(*) FROM accounts") == 2000
    assert await pool.fetchval("SELECT max(bill_month) FROM accounts") == date(2026, 12, 1)


async def test_demo_data_is_refused_in_production(place: Place) -> None:
    place.environment["ENVIRONMENT"] = "production"
    done = place.run("demo-data")
    assert done.returncode == 1 and "not with ENVIRONMENT=production" in done.stderr
