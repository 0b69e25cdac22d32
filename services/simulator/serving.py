"""Puts the simulator together and runs it until it is told to stop."""

import asyncio
import os
import signal
from pathlib import Path

import orjson
import uvloop
from starlette.applications import Starlette

from libs.kit import admin
from libs.kit.http import HttpServer
from libs.kit.logs import configure, log
from services.simulator.cloud import Cloud
from services.simulator.deliveries import Deliveries
from services.simulator.domain.phones import Number
from services.simulator.domain.requests import Requests
from services.simulator.hub import Hub
from services.simulator.phones import Phones
from services.simulator.settings import SimulatorSettings
from services.simulator.store import Store

SCHEMAS = Path(__file__).parents[2] / "libs" / "schemas" / "meta"
STOP_SECONDS = 5.0


class Simulator:
    """All parts, wired."""

    def __init__(self, settings: SimulatorSettings) -> None:
        discoms = settings.discoms()
        numbers = {
            code: Number(code, discom.phone_number_id, discom.display_phone_number) for code, discom in discoms.items()
        }
        tokens = {code: settings.access_token(code) for code in numbers}
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
        schemas = (
            orjson.loads((SCHEMAS / name).read_bytes())
            for name in ("messages.request.patched.schema.json", "mark-read.request.schema.json")
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
        self.app = Starlette(routes=[*phones.routes(), *cloud.routes()])


def serve(settings: SimulatorSettings) -> None:
    """Runs until SIGTERM or SIGINT."""
    configure(settings.log_level, service="simulator", role="serve")
    uvloop.run(_serve(settings))


async def _serve(settings: SimulatorSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    simulator = Simulator(settings)
    server = HttpServer(simulator.app, settings.host, settings.port)
    runner = await admin.serve(settings.admin_port, {"http": server.check}, lambda: True)
    tasks = [asyncio.create_task(server.run()), asyncio.create_task(simulator.deliveries.run())]
    log.info("process.started", pid=os.getpid())
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            # a port that is taken ends the server: SystemExit carries uvicorn's words
            task.result()
            raise SystemExit("a part of the simulator ended")
    finally:
        simulator.hub.close()
        server.stop()
        simulator.deliveries.stop()
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        simulator.store.close()
        await runner.cleanup()
    log.info("process.stopped", status=0)
