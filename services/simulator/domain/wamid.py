"""Message ids of Meta's shape. Like Meta's they hold the person's number in base64, so that tests for leaks bite."""

import base64
from typing import Literal


def wamid(person: str, sent_by: Literal["business", "person"], entropy: bytes) -> str:
    """The id of one message with `person` (number, or user id where that is hidden); `entropy` makes it unique."""
    who, unique = person.encode(), entropy.hex().upper().encode()
    mark = b"\x11" if sent_by == "business" else b"\x12"
    content = (
        b"\x1c\x18"
        + bytes([len(who)])
        + who
        + b"\x15\x02\x00"
        + mark
        + b"\x18"
        + bytes([len(unique)])
        + unique
        + b"\x00"
    )
    return "wamid." + base64.b64encode(content).decode()
