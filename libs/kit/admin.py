"""The admin port of a process: `/livez`, `/startz`, `/readyz`, `/metrics`. Never the public port.

`/startz` is for whoever started it: 200 once it works as far as it can by itself. `/readyz` is for people and alerts:
it says, too, what waits for a person, such as a number that WhatsApp has barred; a restart would not help there.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import orjson
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong, in words for the person who was woken, or None."""

CHECK_SECONDS = 3.5


async def serve(
    port: int,
    checks: Mapping[str, Check],
    alive: Callable[[], bool],
    host: str = "127.0.0.1",
    holds: Mapping[str, Check] = MappingProxyType({}),
) -> web.AppRunner:
    """Starts the admin server; returns its runner. Loopback, unless a container's network is to reach it, too."""
    started = time.time()

    async def livez(_: web.Request) -> web.Response:
        return _json({"alive": alive(), "seconds": round(time.time() - started)}, 200 if alive() else 503)

    async def startz(_: web.Request) -> web.Response:
        wrong = await _wrong(checks)
        return _json({"started": not wrong, "waiting_for": wrong}, 503 if wrong else 200)

    async def readyz(_: web.Request) -> web.Response:
        wrong = await _wrong({**checks, **holds})
        return _json({"ready": not wrong, "waiting_for": wrong}, 503 if wrong else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    app = web.Application()
    pages = {"/livez": livez, "/startz": startz, "/readyz": readyz, "/metrics": metrics}
    app.add_routes([web.get(path, page) for path, page in pages.items()])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


async def _wrong(checks: Mapping[str, Check]) -> dict[str, str]:
    """What is waited for, by name."""
    asked = dict(checks)  # a lane that opens meanwhile adds its own
    found = dict(zip(asked, await asyncio.gather(*map(_ask, asked.values())), strict=True))
    return {name: text for name, text in found.items() if text}


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer in {CHECK_SECONDS} s"
    except Exception as error:
        return type(error).__name__


def _json(body: object, status: int) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
