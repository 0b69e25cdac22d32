"""What the messages endpoint accepts: Meta's JSON Schema, and the limits that a schema cannot say."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, relevance

from services.simulator.domain.refusals import Refusal, invalid, missing, unexpected

Body = dict[str, Any]
EMOJI = re.compile(r"[\u2600-\u27bf\U0001f000-\U0001faff]")


class Requests:
    """Checks request bodies against Meta's schemas, each compiled once."""

    def __init__(self, messages: Mapping[str, Any], mark_read: Mapping[str, Any]) -> None:
        shapes = messages["$defs"]
        names = [option["$ref"].rpartition("/")[2] for option in shapes["Message"]["oneOf"]]
        # one schema per type: an error then names the parameter instead of eleven failed alternatives
        self._types = dict(_of_one_type(shapes, shapes[name]) for name in names)
        self._interactive = {
            type: Draft202012Validator(_of_one_interactive_type(shapes, self._types["interactive"], type))
            for type in shapes["InteractiveObject"]["properties"]["type"]["enum"]
        }
        self._validators = {type: Draft202012Validator(schema) for type, schema in self._types.items()}
        self._mark_read = Draft202012Validator(dict(mark_read))

    def check(self, body: Body) -> None:
        """Raises the `Refusal` that a message with a mistake in it gets."""
        type = body.get("type")
        if body.get("messaging_product") != "whatsapp":
            raise Refusal(100, "(#100) The parameter messaging_product is required.")
        if type is None and "text" in body:
            # Meta reads a message without a type as text
            body["type"] = type = "text"
        if not isinstance(type, str) or type not in self._types:
            raise Refusal(100, f"(#100) Param type must be one of {{{', '.join(map(str.upper, self._types))}}}")
        validator = self._validators[type]
        if type == "interactive" and isinstance(content := body.get(type), dict):
            validator = self._interactive.get(str(content.get("type")), validator)
        if error := max(validator.iter_errors(body), key=relevance, default=None):
            raise _refusal(error)
        if type == "interactive":
            _interactive(body["interactive"])
        elif type == "template" and not re.fullmatch(r"[a-z0-9_]+", body["template"]["name"]):
            raise invalid("template['name']", "may hold only lower-case letters, digits and underscores")

    def check_mark_read(self, body: Body) -> None:
        """Raises the `Refusal` that a read receipt with a mistake in it gets."""
        if error := max(self._mark_read.iter_errors(body), key=relevance, default=None):
            raise _refusal(error)


def _of_one_type(shapes: Mapping[str, Any], shape: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The type that a shape describes, and the shape as one flat object: the same meaning, at a fifth of the time."""
    common, own = shapes["BaseMessageProperties"], shape["allOf"][1]
    properties = common["properties"] | own["properties"]
    required = [*common["required"], *own["required"]]
    flat = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return own["properties"]["type"]["const"], flat | {"anyOf": common["anyOf"], "$defs": shapes}


def _of_one_interactive_type(shapes: Mapping[str, Any], schema: Mapping[str, Any], type: str) -> dict[str, Any]:
    """The schema of interactive messages, with only the rules for this type of them."""
    whole = shapes["InteractiveObject"]
    rules = [rule["then"] for rule in whole["allOf"] if rule["if"]["properties"]["type"]["const"] == type]
    return {**schema, "$defs": {**shapes, "InteractiveObject": {**whole, "allOf": rules}}}


def _interactive(interactive: Body) -> None:
    """The limits of buttons, lists and flows that hold across parts of the body."""
    action = interactive["action"]
    match interactive["type"]:
        case "button":
            replies = [button["reply"] for button in action["buttons"]]
            for key in ("id", "title"):
                if len({reply[key] for reply in replies}) < len(replies):
                    raise invalid(f"interactive['action']['buttons'][]['reply']['{key}']", "must be unique")
        case "list":
            rows = [row for section in action["sections"] for row in section["rows"]]
            if len(rows) > 10:
                raise invalid("interactive['action']['sections'][]['rows']", "may hold 10 rows over all sections")
            if len({row["id"] for row in rows}) < len(rows):
                raise invalid("interactive['action']['sections'][]['rows'][]['id']", "must be unique")
        case "flow" if EMOJI.search(action["parameters"]["flow_cta"]):
            raise invalid("interactive['action']['parameters']['flow_cta']", "may hold no emoji")


def _refusal(error: ValidationError) -> Refusal:
    """A schema's error in Meta's words. The value itself is left out: it may be a person's."""
    while error.context and (inner := [e for e in error.context if e.validator != "const"]):
        error = max(inner, key=relevance)
    name = _name(error.absolute_path)
    allowed: Any = error.validator_value
    value: Any = error.instance
    match error.validator:
        case "required":
            lacking = next(key for key in allowed if key not in value)
            return missing(f"{name}['{lacking}']" if name else f"'{lacking}'")
        case "additionalProperties":
            return unexpected(name or "the request")
        case "anyOf" | "oneOf" if not error.context:
            return invalid(name, "is ambiguous")
        case "anyOf" | "oneOf":
            return missing(name or "'to' or 'recipient'")
        case "maxLength":
            return invalid(name, f"may hold at most {allowed} characters")
        case "maxItems":
            return invalid(name, f"may hold at most {allowed} items")
        case "minLength" | "minItems":
            return invalid(name, "may not be empty")
        case "enum":
            return invalid(name, f"must be one of {', '.join(map(str, allowed))}")
        case "const":
            return invalid(name, f"must be {allowed}")
        case "type":
            return invalid(name, f"must be of type {allowed}")
        case "pattern":
            return invalid(name, "does not have the right form")
    return invalid(name, "is not allowed")


def _name(path: Iterable[str | int]) -> str:
    parts = list(path)
    if not parts:
        return ""
    return f"{parts[0]}" + "".join(f"[{part}]" if isinstance(part, int) else f"['{part}']" for part in parts[1:])
