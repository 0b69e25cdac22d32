"""The files of test texts beside this one."""

import json
from pathlib import Path
from typing import Any


def lines(name: str) -> list[dict[str, Any]]:
    """One test text on each line, with what it must be taken for."""
    return [json.loads(line) for line in (Path(__file__).parent / name).read_text("utf-8").splitlines()]
