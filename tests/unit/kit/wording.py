"""Which texts a service's code says, and as what: read from its source, so that no list is kept by hand."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
SERVICES = sorted(folder.parent for folder in ROOT.glob("services/*/texts"))
"""Who talks on WhatsApp."""
FOLDERS = sorted([ROOT / "libs/kit/words", *ROOT.glob("services/**/texts")])
"""Every folder of texts, those of pages in a browser too."""
SHARED = (ROOT / "libs/schemas/dialogue.py", ROOT / "libs/kit/dialogue.py")
NAMED = {"Say": 0, "Phrase": 0, "Offer": 1}
"""Where in the arguments of these the key of a text stands."""
LONGEST_KEY = 60
LISTS = {"six_options"}
"""Functions that make rows of a list for others to show."""


@dataclass
class Said:
    """Patterns of keys, by what WhatsApp makes of them."""

    bubbles: set[str] = field(default_factory=set)
    buttons: set[str] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    """Of the button that opens a list or an address."""
    strings: set[str] = field(default_factory=set)
    """Every other string or f-string of the code: keys travel through helpers, too."""

    @property
    def keys(self) -> set[str]:
        return self.bubbles | self.buttons | self.rows | self.labels


def said_by(folder: Path) -> Said:
    """What the code of a service and the shared code say."""
    said = Said()
    for file in (*sorted(folder.rglob("*.py")), *SHARED):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            pattern = _pattern(node)
            if pattern and len(pattern) < LONGEST_KEY and not pattern.startswith(".+"):
                said.strings.add(pattern)
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            lists = function.name in LISTS or any(_keyword(call, "list_button") for call in calls)
            for call in calls:
                _note(call, said, lists)
    return said


def _note(call: ast.Call, said: Said, lists: bool) -> None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in NAMED and len(call.args) > NAMED[name]:
        where = said.bubbles if name != "Offer" else said.rows if lists else said.buttons
        where |= set(_patterns(call.args[NAMED[name]]))
    if label := _keyword(call, "list_button"):
        said.labels |= set(_patterns(label))
    if (link := _keyword(call, "link")) and isinstance(link, ast.Tuple):
        said.labels |= set(_patterns(link.elts[0]))


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    found = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return None if isinstance(found, ast.Constant) and found.value is None else found


def _patterns(node: ast.expr) -> Iterator[str]:
    """The keys that an expression may become: a string, an f-string, either side of an `if`."""
    if isinstance(node, ast.IfExp):
        yield from _patterns(node.body)
        yield from _patterns(node.orelse)
    elif pattern := _pattern(node):
        yield pattern


def _pattern(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.JoinedStr(values=parts):
            return "".join(_pattern(part) or ".+" for part in parts)
    return None
