"""JSON in and out."""

import re
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response


def answer(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


async def parsed(request: Request) -> dict[str, Any] | None:
    """The JSON object of a request, or None."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def number_of(text: str) -> str | None:
    """A WhatsApp number as written in an address: 8 to 15 digits, a plus before them is left out."""
    digits = text.strip().removeprefix("+")
    return digits if re.fullmatch(r"[0-9]{8,15}", digits) else None
