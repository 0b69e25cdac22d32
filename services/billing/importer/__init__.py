"""`python -m services.billing import FILE`: fills the accounts of the first backend from a CSV file."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from libs.kit.database import is_transient
from libs.kit.logs import configure
from libs.kit.process import discoms_of
from libs.kit.settings import Settings, load
from services.billing.importer.columns import COLUMNS, BadFile
from services.billing.importer.run import Run


class ImportSettings(Settings):
    """What an import reads: it speaks to no Kafka."""

    kafka_bootstrap: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `import`."""
    width = max(map(len, COLUMNS))
    lines = [f"  {'discom':<{width}}  a code like mvvnl"]
    lines += [f"  {name:<{width}}  {column.about}{' (required)' * column.required}" for name, column in COLUMNS.items()]
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = (
        "A comma-separated file in UTF-8 with a header. Accounts that exist are changed in the columns that the file\n"
        "has. Whose accounts they are says --discom, else a column discom, else the first digits of the account ID\n"
        "where the discom files know them. Stopped, the same command goes on where it was. Lines that cannot be used\n"
        "go to FILE.bad.csv with number and reason; repaired, that file can be imported as it is.\n\n"
        "columns, in any order:\n" + "\n".join(lines)
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--discom", type=str.lower, help="whose accounts they are: a code like mvvnl")
    parser.add_argument("--again", action="store_true", help="import a file again that was imported completely")


def main(given: argparse.Namespace, migrations: Path) -> int:
    """Runs one import; returns the process's status."""
    if "POSTGRES_DSN" not in os.environ:
        # with no database named, the demo's is meant: once more, with the environment of its services
        again = [sys.executable, "-m", "services.billing", *sys.argv[1:]]
        os.execv(sys.executable, [sys.executable, "-m", "deploy.local", "run", *again])  # noqa: S606
    settings = load(ImportSettings)
    configure(settings.log_level, service="billing", role="import")
    discoms = discoms_of(settings, "all")
    if given.discom and given.discom not in discoms:
        raise SystemExit(f"--discom: {given.discom} is not known; allowed: {', '.join(discoms)}")
    if not given.file.is_file():
        raise SystemExit(f"{given.file}: there is no such file")
    run = Run(given.file, discoms, given.discom, given.again)
    goes_on = "the same command goes on from there"
    try:
        sys.stdout.write(asyncio.run(run.run(settings, migrations)) + "\n")
        return 0
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{run.summary()}\nStopped after line {run.line}; {goes_on}.\n")
        return 130
    except BadFile as error:
        raise SystemExit(f"{given.file}: {error}") from None
    except Exception as error:
        if not is_transient(error):
            raise
        raise SystemExit(f"{type(error).__name__}: stopped after line {run.line}; {goes_on}.") from None
