"""How fast this machine is at the moment, told by something that everybody can repeat: aiohttp posting on loopback.

python -m bench.yardstick     prints CPU seconds of the client per 1,000 POSTs of 600 bytes, 32 in flight
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import uvloop

from deploy.local.files import ROOT, LocalError
from deploy.local.network import HOST

SIDE_BY_SIDE = 32
REQUESTS = 8_000
GOALS_MACHINE = 0.06
"""The same on the machine on which the goals were set."""
BODY = b"x" * 600
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n" + b"x" * 40


def slowness(found: Mapping[str, Any]) -> float:
    """How many times slower than the machine of the goals, by what `measured` found."""
    return float(found["posts_cpu_seconds_per_1000"]) / GOALS_MACHINE


async def measured() -> dict[str, Any]:
    """As a step of the benchmark: the figure, from a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.yardstick", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    words, _ = await process.communicate()
    if process.returncode:
        raise LocalError("The machine's own speed could not be measured: python -m bench.yardstick says why.")
    return {"posts_cpu_seconds_per_1000": float(words)}


async def _measure() -> float:
    async with _server() as port, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        url = f"http://{HOST}:{port}/"
        await _post(session, url, REQUESTS // 4)
        began = time.process_time()
        await _post(session, url, REQUESTS)
        return (time.process_time() - began) * 1000 / REQUESTS


async def _post(session: aiohttp.ClientSession, url: str, requests: int) -> None:
    async def some() -> None:
        for _ in range(requests // SIDE_BY_SIDE):
            async with session.post(url, data=BODY) as response:
                await response.read()

    await asyncio.gather(*(some() for _ in range(SIDE_BY_SIDE)))


@asynccontextmanager
async def _server() -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.yardstick", "serve",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        yield int(await process.stdout.readline())
    finally:
        # it ends with its input
        process.stdin.close()
        await process.wait()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Answers, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


class _Answers(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        # a request comes in one piece, or its head comes first
        if data.endswith(BODY[-1:]):
            self._transport.write(ANSWER)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        uvloop.run(_serve())
    else:
        print(f"{uvloop.run(_measure()):.4f}")
