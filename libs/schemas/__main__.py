"""What is written down about events, for people and other programs.

python -m libs.schemas docs    writes docs/events.md and docs/schemas/*.json (also: make docs)
python -m libs.schemas check   says what in them differs from the code
"""

import argparse
import json
import sys
from pathlib import Path

from libs.schemas.catalogue import breaking, events_md, schema_of, text_of
from libs.schemas.events import TYPES

DOCS = Path(__file__).parents[2] / "docs"
ADVICE = (
    "Nothing was written. A shipped type only gains optional fields, a new meaning is a new type;"
    " what no release has shipped yet may change: remove its file first."
)


def generated(docs: Path) -> dict[Path, str]:
    """Every file that is made from the code, with what it shall hold."""
    schemas = {docs / "schemas" / f"{type}.json": text_of(schema_of(type)) for type in TYPES}
    return {docs / "events.md": events_md()} | schemas


def differences(docs: Path) -> list[str]:
    """One line per file that is not what the code says, with what to do about it."""
    return [
        f"{_short(file)} is not what libs/schemas says: `make docs` writes it anew"
        for file, text in generated(docs).items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]


def refused(docs: Path) -> list[str]:
    """One line per change of a committed schema that old records or old readers would not survive."""
    found = []
    for file in sorted((docs / "schemas").glob("*.json")):
        if file.stem not in TYPES:
            found.append(f"{_short(file)}: the type {file.stem} is gone from TYPES; records of it may still be read")
        else:
            before = json.loads(file.read_text(encoding="utf-8"))
            found += [f"{_short(file)}: {change}" for change in breaking(before, schema_of(file.stem))]
    return found


def write(docs: Path) -> list[str]:
    """Writes all of them, unless a committed schema would break; returns what stands against it."""
    if found := refused(docs):
        return [*found, ADVICE]
    for file, text in generated(docs).items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return []


def _short(file: Path) -> str:
    return str(file.relative_to(file.parents[2 if file.parent.name == "schemas" else 1]))


def main() -> int:
    """Parses the command line and runs one command."""
    parser = argparse.ArgumentParser(
        prog="python -m libs.schemas", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("docs", "check"))
    command = parser.parse_args().command
    problems = write(DOCS) if command == "docs" else refused(DOCS) + differences(DOCS)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
