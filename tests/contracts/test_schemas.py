"""What is committed about events is what the code says, and only ever grows."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from libs.schemas import __main__ as command
from libs.schemas.catalogue import EVERYWHERE, HEADERS, breaking, events_md, schema_of
from libs.schemas.events import TYPES
from libs.schemas.topics import ALL
from tests.contracts.test_samples import SAMPLES, load

Schema = dict[str, Any]


def test_the_committed_documents_are_what_the_code_says() -> None:
    assert command.refused(command.DOCS) + command.differences(command.DOCS) == []


def test_an_undeclared_difference_names_the_file_and_the_command_that_writes_it(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    assert command.write(docs) == [] and command.differences(docs) == []
    (docs / "schemas" / "bill.shown.json").unlink()
    (docs / "events.md").write_text("an older one", encoding="utf-8")
    assert command.differences(docs) == [
        "docs/events.md is not what libs/schemas says: `make docs` writes it anew",
        "docs/schemas/bill.shown.json is not what libs/schemas says: `make docs` writes it anew",
    ]


def test_a_breaking_change_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    command.write(docs)
    file = docs / "schemas" / "bill.shown.json"
    shipped = json.loads(file.read_text(encoding="utf-8"))
    shipped["properties"]["amount"] = {"type": "integer"}
    file.write_text(json.dumps(shipped), encoding="utf-8")
    (docs / "schemas" / "bill.paid.json").write_text("{}", encoding="utf-8")
    (docs / "events.md").unlink()
    gone, changed, advice = command.write(docs)
    assert gone.startswith("docs/schemas/bill.paid.json: the type bill.paid is gone")
    assert changed == "docs/schemas/bill.shown.json: #/properties/amount/type: is gone"
    assert "a new meaning is a new type" in advice
    assert not (docs / "events.md").exists()


def change(path: str, value: object) -> Schema:
    """The schema of a message with one place set, or removed where the value is `...`."""
    schema = copy.deepcopy(schema_of("message.received"))
    *way, last = path.split("/")
    node: Any = schema
    for step in way:
        node = node[step]
    if value is ...:
        del node[last]
    elif isinstance(node, list):
        node.insert(int(last), value)
    else:
        node[last] = value
    return schema


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/priority", {"type": "integer", "default": 0}),
        ("$defs/Context/properties/circle", {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}),
        ("$defs/Vehicle", {"type": "object", "properties": {"plate": {"type": "string"}}, "required": ["plate"]}),
        ("properties/context/default/circle", None),
        ("description", "other words"),
        ("properties/turn/description", "other words"),
    ],
)
def test_a_new_optional_field_and_other_words_break_nothing(path: str, value: object) -> None:
    assert breaking(schema_of("message.received"), change(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties/handed", ...),
        ("$defs/Choice/properties/title", ...),
        ("properties/turn/type", "string"),
        ("$defs/Account/properties/meter/enum/0", "gas"),
        ("$defs/Account/properties/meter/enum", ["prepaid"]),
        ("properties/content/oneOf/5", {"$ref": "#/$defs/Sender"}),
        ("required/0", "handed"),
        ("required", ["discom", "chat_id", "turn", "at", "sender"]),
        ("$defs/Text/properties/body/maxLength", 10),
        ("additionalProperties", False),
        ("$defs/Sender", ...),
    ],
)
def test_every_other_change_breaks(path: str, value: object) -> None:
    assert breaking(schema_of("message.received"), change(path, value))


def test_a_new_field_that_old_records_lack_breaks() -> None:
    before, after = schema_of("bill.shown"), schema_of("bill.shown")
    after["properties"]["paise"] = {"type": "integer"}
    after["required"] = [*after["required"], "paise"]
    assert breaking(before, after) == ["#/required/paise: is new, and no optional field"]


def test_every_sample_fits_the_committed_schema_of_its_type() -> None:
    for path in SAMPLES:
        schema = json.loads((command.DOCS / "schemas" / f"{path.parent.name}.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(load(path).value)


def test_the_catalogue_names_every_topic_type_part_and_header() -> None:
    text = events_md()
    assert {name for name, _ in load(SAMPLES[0]).headers} == set(HEADERS)
    for topic in ALL:
        assert f"`{topic.name('<discom>')}`" in text
    for type in TYPES:
        assert f"`{type}`" in text and f"(schemas/{type}.json)" in text
        for part in schema_of(type).get("$defs", {}):
            assert f"### {part}\n" in text


@pytest.mark.parametrize("model", set(TYPES.values()), ids=lambda model: model.__name__)
def test_every_field_of_an_event_says_what_it_means(model: type[BaseModel]) -> None:
    mute = [name for name, field in model.model_fields.items() if not field.description and name not in EVERYWHERE]
    assert not mute, f"{model.__name__} needs a docstring under {mute}"


def test_topics_and_types_know_each_other() -> None:
    assert {type for topic in ALL for type in topic.types} == set(TYPES)
    names = [topic.name("mvvnl") for topic in ALL]
    assert len(names) == len(set(names))
    for topic in ALL:
        assert topic.name("mvvnl").endswith(".v1") and topic.retention_days >= 7 and topic.purpose and topic.writers
