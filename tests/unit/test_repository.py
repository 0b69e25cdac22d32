"""What is committed: nothing of one machine, no package index by name, documents whose links and commands exist."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
"""Lines of a Python file. At 250 it should have become a folder of nouns; at 400 nobody reads it whole."""
MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|root|tmp|Users|home/\w+)/\w")
INDEX = re.compile(r"(?:pypi|files\.pythonhosted|repo1?\.maven|maven\.apache|registry\.npmjs|deb\.debian)\.\w+", re.I)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
MAKE = re.compile(r"(?:`|\$ )make ([a-z-]+)")
MODULE = re.compile(r"python3? -m ([a-z_]+(?:\.[a-z_]+)*)")
OURS = ("libs", "services", "deploy", "bench")
TEXTS = {".py", ".md", ".toml", ".sql", ".sh", ".yml", ".yaml", ".html", ".js", ".css", ".lock", ".json", ".jsonl", ""}


def committed() -> list[Path]:
    """Files of this repository that git knows and that are there."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout: what is committed cannot be told")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def found(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """File, line number and match, for every match."""
    hits = []
    for file in files:
        if file.suffix in TEXTS and file != Path(__file__):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                hits += [f"{file.relative_to(ROOT)}:{number}: {match}" for match in pattern.findall(line)]
    return hits


def documents() -> list[Path]:
    return [file for file in committed() if file.suffix == ".md"]


def test_no_file_names_a_path_of_one_machine() -> None:
    hits = found(re.compile(f"({MACHINE.pattern}.*)"), committed())
    assert not hits, f"a path that exists on one machine only; make it relative to the repository: {hits}"


def test_no_file_names_the_host_of_a_package_index() -> None:
    hits = found(re.compile(f"({INDEX.pattern})", re.I), committed())
    assert not hits, f"name the package and let the machine's own settings say where it comes from: {hits}"


def test_locks_hold_hashes_and_no_index() -> None:
    locks = [file for file in committed() if re.fullmatch(r"requirements.*\.lock", file.name)]
    assert {file.name for file in locks} >= {"requirements.lock", "requirements-local.lock", "requirements-dev.lock"}
    for file in locks:
        text = file.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text, f"{file.name} locks no hashes: `make lock` writes it"
        addresses = re.findall(r"^.*(?:://|--(?:extra-)?index-url|--find-links|--trusted-host).*$", text, re.M)
        assert not addresses, f"{file.name} is tied to one index: {addresses[:3]}; `make lock` writes it without"


def test_every_link_in_a_document_leads_to_a_file_and_a_heading_that_exist() -> None:
    broken = [
        f"{file.relative_to(ROOT)}: {link}" for file in documents() for link in links(file) if not leads(file, link)
    ]
    assert not broken, f"links to nothing: {broken}"


def links(file: Path) -> Iterator[str]:
    """Links of a document that stay in the repository; code is not looked at."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", file.read_text(encoding="utf-8"), flags=re.S)
    return (link for link in LINK.findall(text) if "://" not in link and not link.startswith("mailto:"))


def leads(file: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = (file.parent / path).resolve() if path else file
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not heading or target.suffix != ".md" or heading in set(headings(target))


def headings(file: Path) -> Iterator[str]:
    """The anchors that a rendered document has."""
    for title in re.findall(r"^#+ +(.+?)\s*$", file.read_text(encoding="utf-8"), re.M):
        yield re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def test_every_make_target_in_a_document_exists() -> None:
    missing = [hit for hit in found(MAKE, documents()) if hit.rpartition(" ")[2] not in targets()]
    assert not missing, f"the Makefile has no such target: {missing}"


def test_every_target_that_can_be_called_is_phony_and_explained() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", text, re.M)[1].split())  # type: ignore[index]
    assert phony == targets(), "a file of a target's name would hide it"
    explained = set(re.findall(r"^([a-z-]+):.*## \w[\w ]*: ", text, re.M))
    assert targets() - explained <= {"help", "lint", "types"}, "`make` alone would not list it"


def test_every_module_that_a_document_starts_can_be_started() -> None:
    missing = []
    for hit in found(MODULE, documents()):
        module = hit.rpartition(" ")[2]
        path = ROOT / module.replace(".", "/")
        if module.partition(".")[0] in OURS and not (
            path.with_suffix(".py").exists() or (path / "__main__.py").exists()
        ):
            missing.append(hit)
    assert not missing, f"nothing to start: {missing}"


def test_every_table_says_whether_it_holds_something_personal() -> None:
    """The simulator's are left out: it holds made-up people only."""
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    migrations = [file for file in committed() if file.suffix == ".sql" and "simulator" not in file.parts]
    tables = {
        table
        for file in migrations
        for table in re.findall(r"^CREATE TABLE (\w+) \(", file.read_text(encoding="utf-8"), re.M)
    }
    assert tables
    unsaid = sorted(table for table in tables if f"`{table}`" not in page)
    assert not unsaid, (
        f"docs/privacy.md does not name {unsaid}: say which of their columns are personal, or that none is"
    )


def test_no_python_file_is_too_long_to_be_read_whole() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in committed()
        if file.suffix == ".py" and (lines := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert not long, (
        f"over {LONGEST} lines: make it a folder of nouns with the same name (style: one file, one role): {long}"
    )


@pytest.mark.parametrize(
    ("line", "hit"),
    [
        (f"see {'/'}work/shared/x", True),
        ("open('/tmp/x')", True),
        ("/home/asha/project", True),
        ("a checkout below /root.", False),
        (f"https://example.org{'/'}work/x", False),
        ("services/home/x", False),
        ("../tmp/x", False),
    ],
)
def test_a_machines_path_is_told_from_others(line: str, hit: bool) -> None:
    assert bool(MACHINE.search(line)) is hit


@pytest.mark.parametrize(
    ("link", "good"),
    [
        ("a.md", True),
        ("a.md#two-words", True),
        ("#top", True),
        ("b.md", False),
        ("a.md#three", False),
        ("#nothing", False),
    ],
)
def test_a_link_to_nothing_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, good: bool
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "a.md").write_text("## Two words\n", encoding="utf-8")
    here = tmp_path / "here.md"
    here.write_text(f"# Top\n[x]({link}) [y](https://example.org) ```[z](gone.md)```", encoding="utf-8")
    assert [leads(here, found) for found in links(here)] == [good]
