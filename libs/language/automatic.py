"""What another machine sends: two of them must not talk to each other for ever."""

import re
import tomllib
from pathlib import Path
from typing import Final

from libs.language.script import clean

with (Path(__file__).parent / "automatic.toml").open("rb") as _file:
    _PHRASES: Final = re.compile("|".join(re.escape(clean(phrase)) for phrase in tomllib.load(_file)["phrases"]))
_ROW: Final = re.compile(r"^[^\w\n]{0,6}\d{1,2} ?[.):\-–—]? ?[^\W\d]", re.MULTILINE)
_MENU: Final = 5
"""So many numbered rows make a menu."""


def automatic(text: str) -> bool:
    """Whether a text looks like the greeting, the absence note or the menu of a machine."""
    cleaned = clean(text, 2000)
    return _PHRASES.search(cleaned) is not None or len(_ROW.findall(cleaned)) >= _MENU
