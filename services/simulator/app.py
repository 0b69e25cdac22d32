"""Puts the simulator together and runs it until it is told to stop."""

import asyncio
import os
from pathlib import Path
from typing import Any

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
from services.simulator.domain.limits import Throughput
from services.simulator.domain.phones import Number
from services.simulator.domain.requests import Requests
from services.simulator.events import Events
from services.simulator.faults import Faults
from services.simulator.http import answer
from services.simulator.hub import Hub
from services.simulator.identity import Identity
from services.simulator.phones import Phones
from services.simulator.sending import Sending
from services.simulator.settings import SimulatorSettings
from services.simulator.store import Store
from services.simulator.templates import Templates
from services.simulator.webhooks import Webhooks

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
        titles = {
            error["code"]: error["title"] for error in _meta("errors.json")["errors"] if isinstance(error["code"], int)
        }
        requests = Requests(_meta("messages.request.patched.schema.json"), _meta("mark-read.request.schema.json"))
        traffic = {code: Throughput() for code in numbers}
        self.store = store = Store(settings.simulator_dir)
        self.hub = hub = Hub()
        self.deliveries = deliveries = Deliveries(
            store,
            hub,
            numbers.values(),
            settings.webhook_url,
            settings.app_secret,
            settings.whatsapp_verify_token,
            settings.simulator_retry_seconds,
            settings.simulator_retry_cap_seconds,
        )
        self.faults = faults = Faults(store, numbers, titles)
        sending = Sending(store, hub, deliveries, faults, titles, traffic, settings.simulator_status_seconds)
        parts = (
            Phones(numbers, store, hub, deliveries, faults, traffic),
            Directory(numbers, discoms, settings.simulator_dir / "samples.json", store, hub),
            Identity(numbers, store, hub, deliveries),
            Events(store, hub),
            faults,
            Templates(numbers, store, deliveries),
            Webhooks(numbers, store, deliveries),
            Cloud(numbers, tokens, requests, sending, faults, store, hub),
        )
        page = Mount("/", StaticFiles(directory=PAGE, html=True))
        self.app = _guarded(Starlette(routes=[*(route for part in parts for route in part.routes()), page]))

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set. Leaves the process with an error where a port is taken."""
        if rule := self.faults.rule("webhook_replayed"):
            self.deliveries.replay(rule.details["count"], rule.discom)
        server = HttpServer(self.app, self._settings.host, self._settings.port)
        checks = {"http": server.check}
        runner = await admin.serve(self._settings.admin_port, checks, lambda: True, self._settings.admin_host)
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


def _meta(file: str) -> Any:
    return orjson.loads((SCHEMAS / file).read_bytes())


def _guarded(app: ASGIApp) -> ASGIApp:
    """Lets no other site's page write messages here through a browser, and ours load nothing from elsewhere."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        # for the faults that cut a connection
        scope["transport"] = getattr(getattr(send, "__self__", None), "transport", None)
        if Request(scope).headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            await answer({"error": "not from another site's page"}, 403)(scope, receive, with_headers)
        else:
            await app(scope, receive, with_headers)

    return guarded
