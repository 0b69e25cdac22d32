"""JSON in and out."""

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
