"""Results in the documentation."""

from pathlib import Path
from typing import Any

import pytest

from bench import publish
from bench.report import Results
from bench.store import Store
from deploy.local.files import LocalError

TIMED = {"count": 10, "p50": 10.0, "p95": 20.0, "p99": 30.0}
STEP: dict[str, Any] = {
    "rate": 100, "seconds": 5.0, "started": 500, "finished": 500, "wrong": {}, "grows": False, "gave_up": False,
    "reply": TIMED, "ack": TIMED, "status_ack": TIMED, "gap": TIMED, "cpu": {"menu": 0.5},
    "load_share": 0.1, "foreign_cores": 0.7,
}  # fmt: skip


async def stored(directory: Path, *, whole: bool, code: str = "now") -> Store:
    async def work() -> dict[str, Any]:
        return STEP

    store = Store(directory)
    store.open({"machine": {"cores": 2}, "quick": False, "code": code}, ["greeting"])
    await store.once("greeting", "at-100", work)
    if whole:
        store.finish("greeting")
        store.close()
    return store


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code as it is."""
    monkeypatch.setattr(publish, "fingerprint", lambda: "now")


async def test_an_interrupted_run_and_a_disturbed_one_are_marked(tmp_path: Path) -> None:
    store = await stored(tmp_path / "part", whole=False)
    text = publish.markdown(Results.of(store.about, store), None)
    assert "**Partial**: the run was interrupted in greeting." in text
    assert "**Disturbed**: other programs used up to 0.7 cores" in text
    store = await stored(tmp_path / "whole", whole=True)
    assert "**Partial**" not in publish.markdown(Results.of(store.about, store), None)


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents with old results between the marks, where `publish` writes."""
    for name in ("DOCUMENT", "README"):
        file = tmp_path / name
        file.write_text(f"before\n{publish.BEGIN}\nold\n{publish.END}\nafter\n", encoding="utf-8")
        monkeypatch.setattr(publish, name, file)
    monkeypatch.setattr(publish, "PICTURE", tmp_path / "picture.svg")


@pytest.mark.usefixtures("documents")
async def test_results_replace_what_stood_between_the_marks_and_nothing_else(tmp_path: Path) -> None:
    publish.document(await stored(tmp_path / "run", whole=True), Store(tmp_path / "none"))
    text = (tmp_path / "DOCUMENT").read_text(encoding="utf-8")
    assert text.startswith(f"before\n{publish.BEGIN}\n\n2 cores")
    assert text.endswith(f"{publish.END}\nafter\n")
    assert "old" not in text
    assert "| greeting |" in (tmp_path / "README").read_text(encoding="utf-8")


@pytest.mark.usefixtures("documents")
async def test_what_a_reader_must_know_stands_in_both_documents(tmp_path: Path) -> None:
    publish.document(await stored(tmp_path / "run", whole=False, code="long ago"), Store(tmp_path / "none"))
    for name in ("DOCUMENT", "README"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "**Partial**: the run was interrupted in greeting." in text
        assert "**Disturbed**" in text
        assert "measured on an earlier version of the code" in text


@pytest.mark.usefixtures("documents")
async def test_figures_of_this_code_are_not_called_old(tmp_path: Path) -> None:
    publish.document(await stored(tmp_path / "run", whole=True), Store(tmp_path / "none"))
    assert "earlier version" not in (tmp_path / "README").read_text(encoding="utf-8")


def test_the_text_says_how_long_it_took_the_soak_apart() -> None:
    about = {"code": "now", "minutes": {"greeting": 5.25, "bill": 6.5, "soak": 31.0, "of another time": 9.0}}
    assert "Measured in 12 minutes." in publish.markdown(Results.of(about, []), None)


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize(("code", "shown"), [("now", True), ("long ago", False)])
async def test_a_grown_database_stands_beside_only_what_the_same_code_did(
    tmp_path: Path, code: str, shown: bool
) -> None:
    run = await stored(tmp_path / "run", whole=True, code="now")
    publish.document(run, await stored(tmp_path / "grown", whole=True, code=code))
    assert ("a database that has grown" in (tmp_path / "DOCUMENT").read_text(encoding="utf-8")) == shown


async def test_a_document_without_marks_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "performance.md"
    file.write_text("mine\n", encoding="utf-8")
    monkeypatch.setattr(publish, "DOCUMENT", file)
    monkeypatch.setattr(publish, "PICTURE", tmp_path / "picture.svg")
    with pytest.raises(LocalError, match="has no place for results"):
        publish.document(await stored(tmp_path / "run", whole=True), Store(tmp_path / "none"))
    assert file.read_text(encoding="utf-8") == "mine\n"


def test_the_documentation_has_its_place_for_results() -> None:
    text = publish.DOCUMENT.read_text(encoding="utf-8")
    assert text.index(publish.BEGIN) < text.index(publish.END)
