"""What is written down about events, made from the registry and the models: JSON Schemas and the catalogue. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from libs.schemas.events import TYPES
from libs.schemas.topics import ALL, Topic

Schema = dict[str, Any]

HEADERS = {
    "ce_id": "The event's id. A repeat carries the same one, which is how a receiver drops it.",
    "ce_type": "One of the event types below. A reader skips a type it does not know.",
    "ce_source": "`<discom>/<service>` of the writer.",
    "ce_time": "WhatsApp's time of the message it all began with, UTC; a redelivery repeats it.",
    "ce_subject": "What it is about: the record's key where it has one.",
    "ce_specversion": "`1.0`, of CloudEvents.",
    "content-type": "`application/json`.",
    "traceparent": "W3C trace context: one trace from a message to all that follows from it.",
}
EVERYWHERE = {
    "discom": "Code of the discom, as its file in `deploy/discoms/` is called.",
    "chat_id": "Opaque id of the chat, minted by the gateway.",
    "complaint_number": "The number the consumer was told.",
    "at": "When, by WhatsApp's clock.",
    "turn": "Number of the message this follows from, within its chat.",
}
"""Fields that mean the same wherever they stand, for those that say nothing themselves."""
EVENTS_MD = """# Events

Written by `make docs` from `libs/schemas` (topics: [topics.py](../libs/schemas/topics.py), events:
[events.py](../libs/schemas/events.py), [messages.py](../libs/schemas/messages.py)); edits here are lost.

Only optional fields are ever added to a type; a new meaning is a new type. `make docs` refuses any other change of a
committed schema. Samples of every type, as they travel: [tests/contracts/samples](../tests/contracts/samples).

## Topics

`<discom>` is a discom's code. Partitions: “of the discom” is `partitions` in its file under
[deploy/discoms](../deploy/discoms); they are never changed in place. Every reader is a consumer group of its own,
`<discom>.<service>.<role>`.

{topics}
## A record

The value is the event's data as plain JSON, the headers are CloudEvents 1.0 in binary content mode:

{headers}
## Event types

{types}
## Parts

What the fields above are made of.

{parts}"""


class _Generator(GenerateJsonSchema):
    """Without the titles that only repeat a field's name."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False


def schema_of(type: str) -> Schema:
    """The JSON Schema of an event type's value, as a reader takes it."""
    schema = TYPES[type].model_json_schema(schema_generator=_Generator)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": type}


def text_of(schema: Schema) -> str:
    """A schema as it is committed."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def breaking(before: Schema, after: Schema) -> list[str]:
    """What has changed besides words and new optional fields. Nothing else may: old and new run side by side."""
    old, new = dict(_flat(before)), dict(_flat(after))
    gone = [f"{place}: is gone" for place in old.keys() - new.keys()]
    other = [
        f"{place}: was {old[place]!r}, is {new[place]!r}"
        for place in old.keys() & new.keys()
        if old[place] != new[place]
    ]
    more = [f"{place}: is new, and no optional field" for place in new.keys() - old.keys() if not _grown(place, old)]
    return sorted(gone + other + more)


def _flat(node: Any, place: str = "#") -> Iterator[tuple[str, object]]:
    """Every leaf of a schema with its place, without the words."""
    match node:
        case dict():
            for name, inner in node.items():
                if name == "required" and isinstance(inner, list):
                    yield from ((f"{place}/required/{field}", True) for field in inner)
                elif name not in ("title", "description") or isinstance(inner, dict):
                    yield from _flat(inner, f"{place}/{name}")
        case list():
            for n, inner in enumerate(node):
                yield from _flat(inner, f"{place}/{n}")
        case _:
            yield place, node


def _grown(place: str, old: dict[str, object]) -> bool:
    """Whether a new leaf belongs to a field or a part that was not there before, or to a default made longer by one."""
    owners = [place[: found.end()] for found in re.finditer(r"/(?:properties|\$defs)/[^/]+", place)]
    return "/default/" in place or any(not any(known.startswith(f"{owner}/") for known in old) for owner in owners)


def events_md() -> str:
    """The catalogue: topics, the envelope, event types and their parts."""
    parts: dict[str, Schema] = {}
    by_model: dict[type[BaseModel], list[str]] = {}
    for name, model in TYPES.items():
        by_model.setdefault(model, []).append(name)
        parts |= schema_of(name).get("$defs", {})
    return EVENTS_MD.format(
        topics=_table(("topic", "key", "types", "written by", "read by", "partitions", "kept"), map(_topic, ALL)),
        headers=_table(("header", "holds"), ((f"`{name}`", text) for name, text in HEADERS.items())),
        types="\n".join(_type(types) for types in by_model.values()),
        parts="\n".join(f"### {part}\n\n{_fields(parts[part])}" for part in sorted(parts)),
    )


def _topic(topic: Topic) -> tuple[str, ...]:
    name = topic.pattern.replace("{discom}", "<discom>")
    return (
        f"`{name}`<br>{topic.purpose}",
        topic.key,
        "<br>".join(f"`{type}`" for type in topic.types),
        "<br>".join(topic.writers),
        "<br>".join(topic.readers) or "people",
        str(topic.partitions) if isinstance(topic.partitions, int) else "of the discom",
        f"{topic.retention_days} days",
    )


def _type(types: list[str]) -> str:
    heading = ", ".join(f"`{type}`" for type in types)
    schemas = ", ".join(f"[{type}.json](schemas/{type}.json)" for type in types)
    return f"### {heading}\n\n{_fields(schema_of(types[0]))}\nSchema: {schemas}.\n"


def _fields(schema: Schema) -> str:
    required = schema.get("required", ())
    rows = (
        (
            f"`{name}`",
            _shown(field) + ("" if name in required else " (optional)"),
            field.get("description") or EVERYWHERE.get(name, ""),
        )
        for name, field in schema["properties"].items()
    )
    return f"{_line(schema['description'])}\n\n{_table(('field', 'type', 'meaning'), rows)}"


def _shown(field: Schema) -> str:
    """A field's type in words."""
    match field:
        case {"$ref": str(ref)}:
            name = ref.rpartition("/")[2]
            return f"[{name}](#{name.lower()})"
        case {"anyOf": list(choices)} | {"oneOf": list(choices)}:
            return " or ".join(_shown(choice) for choice in choices if choice != {"type": "null"})
        case {"enum": list(values)}:
            return ", ".join(f"`{value}`" for value in values)
        case {"const": value}:
            return f"`{value}`"
        case {"type": "array", "items": dict(items)}:
            return f"list of {_shown(items)}"
        case {"format": "date-time"}:
            return "time with zone"
        case {"type": str(kind)}:
            return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(kind, kind)
    raise ValueError(f"no words for {field}")


def _table(heads: tuple[str, ...], rows: Any) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(_line(cell) for cell in line)} |\n" for line in lines)


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
