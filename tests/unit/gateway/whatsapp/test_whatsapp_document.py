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
