"""Stands in for Meta's messages endpoint: takes every message, answers at once, notes when it came. No more."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import cast

from bench.load.bodies import RUN
from bench.load.client import content_length

Arrived = Callable[[bytes, bytes, bytes, bytes, bytes, float], None]
"""Called with our number's id, the phone, the callback data, the wamid given, the request and the time."""

ANSWER = b'{"messaging_product":"whatsapp","contacts":[{"input":"%s","wa_id":"%s"}],"messages":[{"id":"%s"}]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


def field(request: bytes, name: bytes) -> bytes:
    """A string field of compact JSON, or empty. Within strings quotes are escaped, so they cannot be taken for it."""
    at = request.find(b'"' + name + b'":"')
    if at < 0:
        return b""
    start = at + len(name) + 4
    return request[start : request.index(b'"', start)]


class Provider:
    """The server, and the ids it gives."""

    def __init__(self, arrived: Arrived) -> None:
        self._arrived = arrived
        self._count = 0
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Listens."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), host, port)

    def close(self) -> None:
        """Listens no more."""
        if self._server:
            self._server.close()

    def answer(self, path: bytes, body: bytes) -> bytes:
        """Takes one message to `/{version}/{number}/messages`."""
        now = monotonic()
        phone = field(body, b"to").removeprefix(b"+")
        self._count += 1
        wamid = b"wamid.OUT%s.%d" % (RUN, self._count)
        self._arrived(path.split(b"/", 3)[2], phone, field(body, b"biz_opaque_callback_data"), wamid, body, now)
        answer = ANSWER % (phone, phone, wamid)
        return HEAD % (len(answer), answer)


class _Connection(asyncio.Protocol):
    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data
        while (head := buffer.find(b"\r\n\r\n")) >= 0:
            end = head + 4 + content_length(buffer[: head + 2])
            if len(buffer) < end:
                return
            path, body = buffer.split(b" ", 2)[1], buffer[head + 4 : end]
            self._buffer = buffer = buffer[end:]
            assert self._transport
            self._transport.write(self._provider.answer(path, body))
