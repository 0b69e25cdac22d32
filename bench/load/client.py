"""HTTP out, as Meta does it: many connections that stay open, one request at a time on each. No more than needed."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

CONNECTIONS = 400
Answered = Callable[[int], None]
"""Called with the status, or 0 where the connection broke."""


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._transport: asyncio.Transport | None = None
        self._answered: Answered | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's
        self._transport = cast(asyncio.Transport, transport)
        self._client.free(self)

    def send(self, request: bytes, answered: Answered) -> None:
        """Sends; the connection is free again once it is answered."""
        assert self._transport
        self._answered = answered
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0 or len(self._buffer) < head + 4 + content_length(self._buffer[: head + 2]):
            return
        status, self._buffer = int(self._buffer[9:12]), b""
        answered, self._answered = self._answered, None
        if answered:
            answered(status)
        if self._transport and not self._transport.is_closing():
            self._client.free(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        answered, self._answered = self._answered, None
        self._client.lost(self)
        if answered:
            answered(0)

    def close(self) -> None:
        """Ends it."""
        if self._transport:
            self._transport.close()


def content_length(head: bytes) -> int:
    """The length of the body that follows these header lines; 0 where they name none."""
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 : head.index(b"\r\n", at)]) if at >= 0 else 0


class Client:
    """Connections to one address; what finds none free waits in line, and its delay counts."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._opening = 0
        self._queue: deque[tuple[bytes, Answered]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, request: bytes, answered: Answered) -> None:
        """Sends on a free connection, or as soon as there is one."""
        if self._idle:
            self._idle.pop().send(request, answered)
            return
        self._queue.append((request, answered))
        self._grow()

    def _grow(self) -> None:
        if len(self._all) + self._opening < CONNECTIONS and self._opening < len(self._queue):
            self._opening += 1
            task = asyncio.get_running_loop().create_task(self._connect())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> None:
        try:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(lambda: Connection(self), self._host, self._port)
            self._all.add(connection)
        except OSError:
            if self._queue:
                self._queue.popleft()[1](0)
        finally:
            self._opening -= 1

    def free(self, connection: Connection) -> None:
        """A connection can take the next request."""
        if self._queue:
            connection.send(*self._queue.popleft())
        else:
            self._idle.append(connection)

    def lost(self, connection: Connection) -> None:
        """A connection is gone."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if self._queue:
            self._grow()

    def close(self) -> None:
        """Ends all connections."""
        self._queue.clear()
        for connection in list(self._all):
            connection.close()
