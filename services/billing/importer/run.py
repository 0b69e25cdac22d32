"""One import: in batches, so that it may be stopped at any moment and goes on from there."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from libs.kit.database import Connection, advisory_lock, migrate, open_pool
from libs.kit.settings import Settings
from libs.schemas.discom import Discom
from services.billing.backends import BackendAccount
from services.billing.backends.database import prepare_upsert, upsert
from services.billing.importer.bad_lines import BadLines
from services.billing.importer.columns import BadLine, Layout, account, layout

BATCH: Final = 5000
LOCK: Final = 710_101
"""One import at a time per database."""
LONGEST_CELL: Final = 10_000
"""Characters; a quote that is never closed spoils no more than this."""

PROGRESS = """
INSERT INTO imports (sha256, lines_done) VALUES ($1, $2)
ON CONFLICT (sha256) DO UPDATE SET lines_done = $2, finished_at = NULL
"""


@dataclass
class Target:
    """One discom's database."""

    connection: Connection
    done: int
    """Lines that an earlier run got through."""
    finished: bool
    accounts: dict[str, BackendAccount] = field(default_factory=dict)
    """By ID: where the file names one twice, the later line wins."""
    imported: int = 0


class Run:
    """One import of one file, from its start or from where an earlier run of the same file was stopped."""

    def __init__(
        self, file: Path, discoms: Mapping[str, Discom], given: str | None = None, again: bool = False
    ) -> None:
        self.line = 0
        """The last line whose effect is in the databases."""
        self._file, self._discoms, self._given, self._again = file, discoms, given, again
        self._bad = BadLines(file)
        self._targets: dict[str, Target] = {}

    async def run(self, settings: Settings, migrations: Path) -> str:
        """Imports the file; returns what is to be said at the end. Raises `BadFile`."""
        header = next(_records(self._file), (0, []))[1]
        columns = layout([] if isinstance(header, str) else header)
        sha256 = _digest(self._file)
        async with AsyncExitStack() as stack:
            for code in [self._given] if self._given else self._discoms:
                self._targets[code] = await self._target(stack, settings, code, migrations, sha256)
            if all(target.finished for target in self._targets.values()):
                return f"{self._file}: was imported completely before; --again imports it once more"
            self.line = min(target.done for target in self._targets.values())
            self._bad.cut(self.line)
            await self._read(columns, sha256)
            for target in self._targets.values():
                await target.connection.execute("UPDATE imports SET finished_at = now() WHERE sha256 = $1", sha256)
                if target.imported:
                    await target.connection.execute("ANALYZE accounts")
        return self.summary()

    def summary(self) -> str:
        """What was done, in one line."""
        before = "went on where it was stopped, " if any(target.done for target in self._targets.values()) else ""
        parts = [f"{code} {target.imported:,}" for code, target in self._targets.items() if target.imported]
        text = f"{self._file}: {before}{sum(target.imported for target in self._targets.values()):,} accounts imported"
        text += f" ({', '.join(parts)})" if parts else ""
        return text + (f"; {self._bad.count:,} lines could not be used: {self._bad.path}" if self._bad.count else "")

    async def _target(
        self, stack: AsyncExitStack, settings: Settings, code: str, migrations: Path, sha256: str
    ) -> Target:
        pool = await open_pool(settings, "billing", code, size=1)
        stack.callback(pool.terminate)
        await migrate(pool, migrations)
        connection = await stack.enter_async_context(pool.acquire())
        if not await stack.enter_async_context(advisory_lock(connection, LOCK)):
            raise SystemExit(f"Another import into {code} is running; wait for its end.")
        await prepare_upsert(connection)
        row = await connection.fetchrow("SELECT lines_done, finished_at FROM imports WHERE sha256 = $1", sha256)
        if row is None or self._again:
            return Target(connection, 0, False)
        return Target(connection, row["lines_done"], row["finished_at"] is not None)

    async def _read(self, columns: Layout, sha256: str) -> None:
        bad: list[tuple[int, str, Sequence[str]]] = []
        taken, number = 0, 0
        size = self._file.stat().st_size
        with tqdm(total=size, unit="B", unit_scale=True, desc=self._file.name, mininterval=0.3) as bar:
            for number, cells in _records(self._file, bar):
                if number == 1 or number <= self.line or cells == []:
                    continue
                self._take(columns, number, cells, bad)
                taken += 1
                if taken % BATCH == 0:
                    await self._flush(columns, sha256, number, bad)
            await self._flush(columns, sha256, number, bad)

    def _take(
        self, columns: Layout, number: int, cells: list[str] | str, bad: list[tuple[int, str, Sequence[str]]]
    ) -> None:
        try:
            if isinstance(cells, str):
                raise BadLine(cells)
            code, found = account(columns, cells, self._discoms, self._given)
        except BadLine as reason:
            bad.append((number, str(reason), [] if isinstance(cells, str) else cells))
        else:
            if number > self._targets[code].done:
                self._targets[code].accounts[found.account_id] = found

    async def _flush(self, columns: Layout, sha256: str, line: int, bad: list[tuple[int, str, Sequence[str]]]) -> None:
        """Makes everything up to a line last. Bad lines are written first: a run that goes on cuts what is too much."""
        self._bad.write(columns.names, bad)
        bad.clear()
        for target in self._targets.values():
            async with target.connection.transaction():
                if target.accounts:
                    await upsert(target.connection, list(target.accounts.values()), columns.fields)
                await target.connection.execute(PROGRESS, sha256, max(line, target.done))
            target.imported += len(target.accounts)
            target.accounts.clear()
        self.line = line


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _records(file: Path, bar: "tqdm[Any] | None" = None) -> Iterator[tuple[int, list[str] | str]]:
    """Line number and cells of each record; what is wrong instead where it is none."""

    def lines() -> Iterator[str]:
        with file.open("rb") as opened:
            for n, raw in enumerate(opened):
                if bar is not None:
                    bar.update(len(raw))
                text = raw.decode("utf-8", "surrogateescape")
                yield text.removeprefix("\ufeff") if n == 0 else text

    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines())
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, f"is no line of a CSV file: {error}"
        else:
            yield reader.line_num, cells
