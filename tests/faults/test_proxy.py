"""The proxy is as slow as it says, and cuts what it is told to cut; the launcher of broken services breaks them."""

import asyncio
import subprocess
import sys

import pytest

from deploy.local.files import ROOT
from tests.faults.proxy import Proxy


async def test_bytes_arrive_late_whole_and_in_order() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1000):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Proxy(lambda: server.sockets[0].getsockname()[1], delay=0.1) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        began = asyncio.get_running_loop().time()
        sent = bytes(range(256)) * 400
        writer.write(sent)
        assert await reader.readexactly(len(sent)) == sent
        assert asyncio.get_running_loop().time() - began >= 0.2
        assert proxy.cut() == 2
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()


def test_a_shifted_clock_is_the_whole_processs() -> None:
    told = run(
        "from tests.faults.without import _clock; _clock(3600);"
        "import time; from datetime import UTC, datetime; from libs.schemas.messages import Floor;"
        "now = datetime.now(UTC); floor = Floor(service='menu', since=now, until=now);"
        "Floor.model_validate_json(floor.model_dump_json());"
        "print(now.timestamp(), time.time())"
    )
    [right] = run("import time; print(time.time())")
    assert all(3500 < shifted - right < 3700 for shifted in told)


def run(program: str) -> list[float]:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]
