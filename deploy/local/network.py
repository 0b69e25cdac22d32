"""Small questions to the loopback interface: is a port free, does Kafka answer, is a service ready."""

import asyncio
import random
import socket
import struct
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from deploy.local.files import LocalError

HOST = "127.0.0.1"
LISTEN = "0A"
"""The state in Linux's tables of sockets."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            # bind alone does not notice every listener
            probe.listen(1)
        except OSError:
            return False
        return True


def free_port(wished: int, taken: Collection[int] = ()) -> int:
    """The wished port where it is free, else one near it.

    Stays below the range that systems use for outgoing connections, one of which could grab it before its server does.
    """
    near = random.sample(range(wished + 1, wished + 900), 100)
    for port in (wished, *near):
        if port not in taken and is_free(port):
            return port
    raise LocalError(f"No free port on {HOST} near {wished}: stop something that listens there.")


def listens(pid: int | None, port: int) -> bool:
    """Whether this very process listens on the port, as another may have been quicker. True where nobody can say."""
    try:
        tables = [Path("/proc/net/tcp").read_text(encoding="ascii"), Path("/proc/net/tcp6").read_text(encoding="ascii")]
    except OSError:
        return True
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == LISTEN and int(row[1].rpartition(":")[2], 16) == port}
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(OSError):
            if str(link.readlink()) in sockets:
                return True
    return False


async def _ask(port: int, question: bytes, timeout: float) -> bytes:
    """Whatever comes back within the timeout; empty where nobody answers."""
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(question)
                return await reader.read(4096)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""


async def kafka_answers(port: int) -> bool:
    """Whether a broker answers a client's metadata request and counts itself in; an open port promises nothing."""
    # Metadata v1 without topics: size, api key 3, version, correlation id, no client id, no topics
    request = struct.pack(">hhihi", 3, 1, 1, -1, 0)
    answer = await _ask(port, struct.pack(">i", len(request)) + request, timeout=2)
    # size, correlation id, number of brokers
    return len(answer) >= 12 and struct.unpack_from(">i", answer, 8)[0] > 0


async def ready(admin_port: int) -> bool:
    """Whether a service says on its admin port that it works as far as it can by itself."""
    answer = await _ask(admin_port, f"GET /startz HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode(), timeout=5)
    return answer.split(b"\r\n", 1)[0].split(b" ")[1:2] == [b"200"]
