"""docs/whatsapp.md says which test shows what: the tests and samples it names exist, and it names every sample."""

import re
from pathlib import Path

DOCUMENT = Path("docs/whatsapp.md").read_text(encoding="utf-8")
SAMPLES = {path.stem for path in (Path(__file__).parent / "samples").glob("*.json")}


def test_every_test_it_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT))
    defined = {
        name for file in Path("tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)\(", file.read_text())
    }
    assert named - defined == set()
    assert len(named) > 40


def test_every_sample_stands_in_its_tables_and_no_other() -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("|")]
    cells = [cell for row in rows for cell in row.split("|")]
    listed = {name for cell in cells for name in re.findall(r"`([a-z][a-z0-9-]*)`", cell)}
    assert SAMPLES - listed == set()
    named = {name for cell in cells if "sample" in cell for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", cell)}
    assert named - SAMPLES == set()


def test_every_row_of_the_contract_says_where_it_is_handled_and_what_shows_it() -> None:
    tables = re.split(r"\n\n", DOCUMENT)
    contract = [table.splitlines() for table in tables if "| shown by |" in table.partition("\n")[0]]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for table in contract for line in table[2:]]
    assert len(rows) > 70
    mute = [row[0] for row in rows if not _shown(row)]
    assert not mute
    assert "not built" not in DOCUMENT


def _shown(row: list[str]) -> bool:
    _, where, shown = row
    return "not sent" in shown or bool(where and re.search(r"`test_|sample|the same|#the-ingress", shown))


def test_every_file_it_names_exists() -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", DOCUMENT))
    files = [path.as_posix() for folder in ("services", "libs", "tests") for path in Path(folder).rglob("*.py")]
    assert [name for name in sorted(named) if not any(file.endswith(f"/{name}") for file in files)] == []
