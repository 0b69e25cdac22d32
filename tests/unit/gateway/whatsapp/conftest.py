"""Meta's schema and the limits that no schema can hold, for whatever is rendered here."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

SCHEMA = Path("libs/schemas/meta/messages.request.patched.schema.json")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _limits(body: dict[str, Any]) -> list[tuple[str, int]]:
    """Every text of a body with the units it may have."""
    of = body[body["type"]]
    match body["type"], of:
        case "text", {"body": text}:
            return [(text, 4096)]
        case "interactive", {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}:
            replies = [button["reply"] for button in buttons]
            assert len({reply["title"] for reply in replies}) == len(replies), "titles must differ"
            assert len({reply["id"] for reply in replies}) == len(replies), "ids must differ"
            titles = [(reply["title"], 20) for reply in replies]
            return [(text, 1024), *titles, *[(reply["id"], 256) for reply in replies]]
        case "interactive", {"type": "list", "body": {"text": text}, "action": {"button": label, "sections": sections}}:
            rows = [row for section in sections for row in section["rows"]]
            assert 1 <= len(rows) <= 10, "at most ten rows in all sections together"
            assert len({row["id"] for row in rows}) == len(rows), "ids must differ"
            fields = [(row[name], limit) for row in rows for name, limit in ROW.items() if name in row]
            return [(text, 4096), (label, 20), *fields]
        case "interactive", {"type": "cta_url", "body": {"text": text}, "action": {"parameters": parameters}}:
            return [(text, 1024), (parameters["display_text"], 20)]
        case "interactive", {"body": {"text": text}}:
            return [(text, 1024)]
        case "template", {"name": name}:
            parameters = [p for part in of.get("components", ()) for p in part["parameters"]]
            assert sum(_units(parameter["text"]) for parameter in parameters) <= 1024
            assert not any({"\n", "\t", "    "} & set(parameter["text"]) for parameter in parameters)
            return [(name, 512)]
        case _:
            return [(of["caption"], 1024)] if "caption" in of else []


ROW = {"id": 200, "title": 24, "description": 72}


@pytest.fixture(scope="session")
def taken() -> Callable[[dict[str, Any]], None]:
    """Fails unless WhatsApp would take this body, as far as anybody knows without asking it."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))

    def check(body: dict[str, Any]) -> None:
        validator.validate(body)
        assert len(body.get("biz_opaque_callback_data", "")) <= 512
        for text, limit in _limits(body):
            assert text.strip(), "WhatsApp refuses empty texts"
            assert _units(text) <= limit
            assert "\0" not in text

    return check
