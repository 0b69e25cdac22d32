"""One pass over a webhook body: entry × changes × items, each with its kind."""

from dataclasses import dataclass, field
from typing import Literal

from services.gateway.whatsapp.wire import Json, NotJson, parts, read, whole, word

Kind = Literal[
    "message", "status", "error", "echo", "call", "user_preference", "user_id_update", "group", "account"
]  # fmt: skip

Lists = tuple[tuple[str, Kind], ...]

LISTS: dict[str, Lists] = {
    "messages": (("messages", "message"), ("statuses", "status"), ("errors", "error")),
    "calls": (("calls", "call"), ("statuses", "status"), ("errors", "error")),
    "smb_message_echoes": (("message_echoes", "echo"), ("errors", "error")),
    "message_echoes": (("message_echoes", "echo"), ("errors", "error")),
    "user_preferences": (("user_preferences", "user_preference"),),
    "user_id_update": (("user_id_update", "user_id_update"),),
}
"""Where a field keeps its items. A field that is not listed is about the account and is one item as a whole."""
GROUP: Lists = (("groups", "group"), ("errors", "error"))
ENVELOPE = {"messaging_product", "metadata", "contacts"}


@dataclass(frozen=True, slots=True)
class Item:
    """One update within a body, as Meta sent it."""

    kind: Kind
    field: str
    waba_id: str | None
    time: int | None
    """The entry's own time; account updates have no other."""
    value: Json
    """The change it stands in."""
    item: Json


@dataclass(slots=True)
class Envelope:
    """What a body holds."""

    disposition: Literal["ok", "empty", "not_meta_envelope", "malformed"]
    items: list[Item] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """What could not be read, in words and without anything personal."""


def opened(body: bytes) -> Envelope:
    """The items of a body in the order they stand in it. Never raises, whatever the bytes."""
    try:
        payload = read(body)
    except NotJson:
        return Envelope("malformed", broken=["not JSON"])
    entries = payload.get("entry") if isinstance(payload, dict) else None
    if not isinstance(entries, list) or (entries and not any(_holds_changes(entry) for entry in entries)):
        return Envelope("not_meta_envelope", broken=["not a Meta envelope"])
    found = Envelope("ok")
    for entry in entries:
        if not _holds_changes(entry):
            found.broken.append("an entry without changes")
            continue
        waba_id, time = word(entry.get("id")), whole(entry.get("time"))
        for change in entry["changes"]:
            if isinstance(change, dict):
                _open(change, waba_id, time, found)
            else:
                found.broken.append("a change that is no object")
    if not found.items:
        found.disposition = "empty"
    return found


def _holds_changes(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("changes"), list)


def _open(change: Json, waba_id: str | None, time: int | None, found: Envelope) -> None:
    value = change.get("value")
    name = word(change.get("field")) or "messages"
    if not isinstance(value, dict):
        found.broken.append("a change without a value")
        value = {}
        if name == "messages":
            return
    lists: Lists = LISTS.get(name) or (GROUP if name.startswith("group_") else ())
    listed = False
    for key, kind in lists:
        items = value.get(key)
        if items is None:
            continue
        listed = True
        good = parts(value, key)
        if not isinstance(items, list) or len(good) < len(items):
            found.broken.append(f"{key} that are no list of objects")
        found.items += [Item(kind, name, waba_id, time, value, item) for item in good]
    if listed:
        return
    if name != "messages":
        whole_kind: Kind = "group" if lists is GROUP else "account"
        found.items.append(Item(whole_kind, name, waba_id, time, value, value))
    elif not value.keys() <= ENVELOPE:
        found.broken.append("a messages change with nothing known in it")
