"""Puts the simulator together and runs it until it is told to stop."""

import asyncio
import os
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.kit import admin
from libs.kit.http import HttpServer
from libs.kit.logs import log
from services.simulator.cloud import Cloud
from services.simulator.deliveries import Deliveries
from services.simulator.directory import Directory
from services.simulator.domain.phones import Number
from services.simulator.domain.requests import Requests
from services.simulator.events import Events
from services.simulator.http import answer
from services.simulator.hub import Hub
from services.simulator.phones import Phones
from services.simulator.settings import SimulatorSettings
from services.simulator.store import Store

PAGE = Path(__file__).parent / "page"
SCHEMAS = Path(__file__).parents[2] / "libs" / "schemas" / "meta"
STOP_SECONDS = 5.0
HEADERS = [
    (b"content-security-policy", b"default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
]


class Simulator:
    """All parts, wired."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        discoms = settings.discoms()
        numbers = {
            code: Number(code, discom.phone_number_id, discom.display_phone_number) for code, discom in discoms.items()
        }
        tokens = {code: settings.access_token(code) for code in numbers}
        schemas = (
            orjson.loads((SCHEMAS / name).read_bytes())
            for name in ("messages.request.patched.schema.json", "mark-read.request.schema.json")
        )
        self.store = Store(settings.simulator_dir)
        self.hub = Hub()
        self.deliveries = Deliveries(
            self.store,
            self.hub,
            numbers.values(),
            settings.webhook_url,
            settings.app_secret,
            settings.simulator_retry_seconds,
            settings.simulator_retry_cap_seconds,
        )
        cloud = Cloud(
            numbers,
            tokens,
            Requests(*schemas),
            self.store,
            self.hub,
            self.deliveries,
            settings.simulator_status_seconds,
        )
        phones = Phones(numbers, self.store, self.hub, self.deliveries)
        directory = Directory(numbers, discoms, settings.simulator_dir / "samples.json", self.store, self.hub)
        events = Events(self.store, self.hub)
        page = Mount("/", StaticFiles(directory=PAGE, html=True))
        routes = [*phones.routes(), *directory.routes(), *events.routes(), *cloud.routes(), page]
        self.app = _guarded(Starlette(routes=routes))

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set. Leaves the process with an error where a port is taken."""
        server = HttpServer(self.app, self._settings.host, self._settings.port)
        runner = await admin.serve(self._settings.admin_port, {"http": server.check}, lambda: True)
        tasks = [asyncio.create_task(server.run()), asyncio.create_task(self.deliveries.run())]
        stopped = asyncio.create_task(stop.wait())
        log.info("process.started", pid=os.getpid())
        try:
            done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:
                task.result()
                raise SystemExit("a part of the simulator ended by itself")
        finally:
            self.hub.close()
            server.stop()
            self.deliveries.stop()
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in (*tasks, stopped):
                task.cancel()
            await asyncio.gather(*tasks, stopped, return_exceptions=True)
            self.store.close()
            await runner.cleanup()
        log.info("process.stopped", status=0)


def _guarded(app: ASGIApp) -> ASGIApp:
    """Lets no other site's page write messages here through a browser, and ours load nothing from elsewhere."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        if Request(scope).headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            await answer({"error": "not from another site's page"}, 403)(scope, receive, with_headers)
        else:
            await app(scope, receive, with_headers)

    return guarded
