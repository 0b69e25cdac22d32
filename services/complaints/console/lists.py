"""The officers' lists: read along an index from where the last page ended, so a page costs the same at any depth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from libs.kit.database import Connection

PAGE = 50
MOST_COUNTED = 500
"""Numbers beside the lists stop here; counting all would read all."""
WORKED_ON = "status IN ('open', 'in-progress', 'reopened')"
SHOWN = """number, category, subtype, area, status, level, danger, priority, unconfirmed,
registered_at, due_at, resolved_at"""


@dataclass(frozen=True, slots=True)
class View:
    """One list: which complaints, in which order."""

    where: str
    order: tuple[str, ...]
    descending: bool = False
    filters: tuple[str, ...] = ()


VIEWS: Mapping[str, View] = {
    "todo": View(WORKED_ON, ("priority", "due_at", "number"), filters=("category", "area", "status")),
    "overdue": View(f"{WORKED_ON} AND due_at < now()", ("due_at", "number"), filters=("category", "area", "status")),
    "resolved": View("status = 'resolved'", ("resolved_at", "number"), filters=("category", "area")),
    "closed": View("status = 'closed'", ("registered_at", "number"), descending=True, filters=("category", "area")),
}
TIME = "timestamptz"
TYPES = {"priority": "smallint", "number": "text", "due_at": TIME, "resolved_at": TIME, "registered_at": TIME}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and where the next page begins; empty where there is none."""

    rows: Sequence[Mapping[str, Any]]
    after: str = ""


async def page(connection: Connection, name: str, chosen: Mapping[str, str], after: str) -> Page:
    """One page of a list. A place to go on from that we did not write means the first page."""
    view = VIEWS[name]
    arguments: list[object] = []
    conditions = [view.where]
    for column in view.filters:
        if value := chosen.get(column):
            arguments.append(value)
            conditions.append(f"{column} = ${len(arguments)}")
    if place := _place(view, after):
        marks = []
        for column, mark in zip(view.order, place, strict=True):
            arguments.append(mark)
            marks.append(f"${len(arguments)}::{TYPES[column]}")
        sign = "<" if view.descending else ">"
        conditions.append(f"({', '.join(view.order)}) {sign} ({', '.join(marks)})")
    direction = " DESC" if view.descending else ""
    rows = await connection.fetch(
        f"SELECT {SHOWN} FROM complaints WHERE {' AND '.join(conditions)}"
        f" ORDER BY {', '.join(column + direction for column in view.order)} LIMIT {PAGE + 1}",
        *arguments,
    )
    more = len(rows) > PAGE
    return Page([dict(row) for row in rows[:PAGE]], _mark(view, rows[PAGE - 1]) if more else "")


def _mark(view: View, row: asyncpg.Record) -> str:
    return "~".join(
        row[column].isoformat() if isinstance(row[column], datetime) else str(row[column]) for column in view.order
    )


def _place(view: View, after: str) -> list[object] | None:
    parts = after.split("~")
    if len(parts) != len(view.order):
        return None
    try:
        return [_value(TYPES[column], part) for column, part in zip(view.order, parts, strict=True)]
    except ValueError:
        return None


def _value(kind: str, text: str) -> object:
    match kind:
        case "smallint":
            return min(max(int(text), 0), 9)
        case "timestamptz":
            at = datetime.fromisoformat(text)
            if at.tzinfo is None:
                raise ValueError("no time zone")
            return at
        case _:
            return text.replace("\0", "")


async def counts(connection: Connection) -> dict[str, int]:
    """How many there are, up to `MOST_COUNTED` + 1."""
    conditions = {name: view.where for name, view in VIEWS.items() if name != "closed"}
    conditions["danger"] = f"{WORKED_ON} AND priority = 0"
    counted = ", ".join(
        f"(SELECT count(*) FROM (SELECT FROM complaints WHERE {where} LIMIT {MOST_COUNTED + 1}) AS few) AS {name}"
        for name, where in conditions.items()
    )
    row = await connection.fetchrow(f"SELECT {counted}")
    assert row
    return dict(row)


async def history(connection: Connection, number: str) -> list[dict[str, Any]]:
    """What happened to a complaint, in order."""
    rows = await connection.fetch(
        "SELECT at, kind, by_whom, text, status FROM history WHERE number = $1 ORDER BY at, id LIMIT 200", number
    )
    return [dict(row) for row in rows]
