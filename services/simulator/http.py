"""JSON in and out, and the ways in which a connection fails."""

import asyncio
import re
import socket
import struct
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SILENT_SECONDS = 60.0


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


class Reset(Response):
    """No answer: the connection is reset (RST)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - Starlette's signature
        transport = scope["transport"]
        linger_no_time = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_no_time)
        transport.abort()
        await _until_gone(receive)


class Silence(Response):
    """No answer: the caller waits until it gives up, 60 s at most."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - Starlette's signature
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                await _until_gone(receive)
        except TimeoutError:
            scope["transport"].abort()
            await _until_gone(receive)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
