"""Every event type that was ever shipped, as it travels, still reads and writes the same.

A file under samples/ is never edited: it stands for records that are in Kafka already. What a type gains gets a file.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from libs.schemas.events import TYPES, Event, Unreadable, read
from libs.schemas.topics import ALL

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*/*.json"))
DISCOM = "mvvnl"


class Sample(NamedTuple):
    """One record from a file."""

    topic: str
    key: str | None
    headers: list[tuple[str, bytes]]
    value: dict[str, Any]

    @property
    def raw(self) -> bytes:
        return json.dumps(self.value, ensure_ascii=False).encode()

    def read(self) -> Event:
        event = read(self.headers, self.raw)
        assert event
        return event


def load(path: Path) -> Sample:
    found = json.loads(path.read_text(encoding="utf-8"))
    headers = [(name, value.encode()) for name, value in found["headers"].items()]
    return Sample(found["topic"], found["key"], headers, found["value"])


@pytest.fixture(params=SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def path(request: pytest.FixtureRequest) -> Path:
    found = request.param
    assert isinstance(found, Path)
    return found


def test_a_sample_decodes_to_its_model_and_encodes_again_without_loss(path: Path) -> None:
    sample = load(path)
    event = sample.read()
    assert type(event.data) is TYPES[path.parent.name]
    assert event.headers() == sample.headers
    again = json.loads(event.value())
    assert lost(sample.value, again) == []
    assert read(event.headers(), event.value()) == event


def test_what_comes_from_a_newer_writer_is_ignored(path: Path) -> None:
    sample = load(path)
    newer = sample._replace(
        headers=[*sample.headers, ("ce_unheardof", b"1")], value={**sample.value, "unheard_of": {"a": [1]}}
    )
    assert newer.read() == sample.read()


def test_a_sample_lies_in_a_topic_that_carries_its_type_under_that_topics_key(path: Path) -> None:
    sample = load(path)
    [topic] = [topic for topic in ALL if topic.name(DISCOM) == sample.topic]
    assert path.parent.name in topic.types
    assert sample.key == (None if topic.key == "none" else dict(sample.headers)["ce_subject"].decode())


def test_a_record_without_one_of_its_required_fields_is_unreadable_and_the_reason_quotes_nothing(path: Path) -> None:
    sample = load(path)
    required = [name for name, field in TYPES[path.parent.name].model_fields.items() if field.is_required()]
    for name in required:
        broken = sample._replace(value={key: value for key, value in sample.value.items() if key != name})
        with pytest.raises(Unreadable) as caught:
            broken.read()
        assert str(caught.value) == "ValidationError"


def test_every_type_has_a_sample_and_every_sample_a_type() -> None:
    assert {path.parent.name for path in SAMPLES} == set(TYPES)


def test_every_field_of_every_model_is_filled_in_some_sample() -> None:
    filled: set[tuple[str, str]] = set()
    models: dict[str, type[BaseModel]] = {}
    for path in SAMPLES:
        note(load(path).read().data, models, filled)
    fields = {(name, field) for name, model in models.items() for field in model.model_fields}
    missing = [f"{name}.{field}" for name, field in sorted(fields - filled)]
    assert not missing, f"no sample under tests/contracts/samples fills {missing}: add one as it travels"


def test_a_sample_that_loses_a_value_would_be_noticed() -> None:
    assert lost({"a": 1, "b": [{"c": "x"}]}, {"a": 1, "b": [{"c": "y"}]}) == ["/b/0/c"]
    assert lost({"a": None}, {}) == ["/a"]
    assert lost({"a": 1}, {"a": 1, "added_later": None}) == []


def lost(before: Any, after: Any, place: str = "") -> list[str]:
    """Places of a value that are not there any more; what was added since is no loss."""
    match before, after:
        case dict(), dict():
            return [found for key in before for found in lost(before[key], after.get(key, ...), f"{place}/{key}")]
        case list(), list() if len(before) == len(after):
            pairs = enumerate(zip(before, after, strict=True))
            return [found for n, (old, new) in pairs for found in lost(old, new, f"{place}/{n}")]
        case _:
            return [] if before == after else [place]


def note(data: BaseModel, models: dict[str, type[BaseModel]], filled: set[tuple[str, str]]) -> None:
    """Notes which fields are filled, in a model and in those within it."""
    name = type(data).__name__
    models[name] = type(data)
    for field in data.model_fields_set:
        value = getattr(data, field)
        if value not in (None, (), ""):
            filled.add((name, field))
        for inner in models_in(value):
            note(inner, models, filled)


def models_in(value: object) -> Iterator[BaseModel]:
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, BaseModel):
            yield item
