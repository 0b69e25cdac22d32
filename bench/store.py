"""Results step by step on disk, so that an interrupted run goes on where it was."""

import hashlib
import json
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from deploy.local.files import ROOT

SOURCES = ("bench", "deploy", "libs", "services")


class Store:
    """One run's results: a file per step, and what the run is about."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._about = directory / "about.json"
        self._since = monotonic()

    def open(self, about: dict[str, Any], chosen: Sequence[str]) -> list[str]:
        """Goes on with a run that was interrupted; returns the scenarios that need not be measured any more.

        Where all that is chosen is done, it is measured anew. Results of different code or settings do not belong
        together: they are dropped.
        """
        self._since = monotonic()
        if any(self.about.get(name) != value for name, value in about.items()):
            shutil.rmtree(self._directory, ignore_errors=True)
        done = list(self.about.get("done", []))
        if set(chosen) <= set(done):
            for scenario in chosen:
                self.drop(scenario)
            done = [scenario for scenario in done if scenario not in chosen]
        _write(self._about, {"minutes": {}, **self.about, **about, "done": done, "finished": False})
        return done

    def finish(self, scenario: str) -> None:
        """A scenario is done."""
        _write(self._about, {**self.about, "done": [*self.about["done"], scenario]})

    def close(self) -> None:
        """All that was chosen is done; all is, unless another run left a scenario half measured."""
        about = self.about
        _write(self._about, {**about, "finished": {scenario for scenario, _, _ in self} <= set(about["done"])})

    @property
    def about(self) -> dict[str, Any]:
        """What the run is about; `finished` tells whether it came to its end, `minutes` how long each scenario took."""
        try:
            found: dict[str, Any] = json.loads(self._about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    async def once(self, scenario: str, step: str, work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """The step's result: from disk, or measured now."""
        file = self._directory / scenario / f"{step}.json"
        if not file.exists():
            _write(file, await work())
            self._count(scenario)
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    def _count(self, scenario: str) -> None:
        """Adds the time since the step before, which holds whatever had to be started for this one."""
        now, about = monotonic(), self.about
        minutes = about.setdefault("minutes", {})
        minutes[scenario] = round(minutes.get(scenario, 0.0) + (now - self._since) / 60, 3)
        self._since = now
        _write(self._about, about)

    def drop(self, scenario: str) -> None:
        """Forgets what was measured of a scenario."""
        shutil.rmtree(self._directory / scenario, ignore_errors=True)
        about = self.about
        if about.get("minutes", {}).pop(scenario, None):
            _write(self._about, about)

    def forget(self, scenario: str, *steps: str) -> None:
        """Forgets these steps of a scenario, which are measured anew."""
        for step in steps:
            (self._directory / scenario / f"{step}.json").unlink(missing_ok=True)

    def __iter__(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Scenario, step and result of all that is done."""
        for file in sorted(self._directory.glob("*/*.json")):
            yield file.parent.name, file.stem, json.loads(file.read_text(encoding="utf-8"))


def _write(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(file)


def fingerprint() -> str:
    """Of the code that is measured and that measures, and of the libraries and jars it runs on."""
    digest = hashlib.sha256()
    files = [file for folder in SOURCES for file in sorted((ROOT / folder).rglob("*"))]
    for file in [*files, *sorted(ROOT.glob("requirements*.lock"))]:
        if file.suffix in (".py", ".sql", ".toml", ".json", ".lock"):
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
