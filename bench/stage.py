"""What is measured and what measures it: Kafka, PostgreSQL, all services and the load process, on this machine."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.load.order import Order
from bench.usage import Usage, measure, stat
from deploy.local.child import whole
from deploy.local.files import ROOT, LocalError
from deploy.local.kafka import LocalKafka
from deploy.local.network import HOST, free_port
from deploy.local.postgres import LocalPostgres
from deploy.local.processes import PROCESSES, Process
from deploy.local.system import System
from libs.schemas.discom import Discom, load_all, select

LEFT_OUT = {"simulator"}
"""The load process stands in for WhatsApp."""
OUT_OF_THE_WAY = 100_000
PROVIDER_PORT = 19_700
LINE_LIMIT = 2**24


def discoms_of(wanted: str) -> list[Discom]:
    """The discoms with these codes, or all."""
    return list(select(load_all(ROOT / "deploy" / "discoms"), wanted).values())


def processes_for(codes: str) -> list[Process]:
    """The demo's processes without the simulator, serving these discoms."""
    found = []
    for process in PROCESSES:
        if process.name not in LEFT_OUT:
            arguments = tuple(codes if argument == "all" else argument for argument in process.arguments)
            found.append(replace(process, arguments=arguments))
    return found


@dataclass
class Stage:
    """All of it, running."""

    kafka: LocalKafka
    postgres: LocalPostgres
    system: System
    load: "asyncio.subprocess.Process"
    discoms: Sequence[Discom]
    supervised: bool = False
    """Whether what dies is started anew, as it is in production; else a death ends the measurement."""

    @property
    def pids(self) -> dict[str, int]:
        """Every process of the product but PostgreSQL's, which is a family of its own."""
        found = {name: child.pid for name, child in self.system.children.items()}
        return {name: pid for name, pid in {**found, "kafka": self.kafka.pid}.items() if pid}

    def usage(self) -> Usage:
        """CPU seconds up to now."""
        return measure(self.pids, self.postgres.pid or 0)

    async def run(self, order: Order) -> dict[str, Any]:
        """Carries out one order: what the load process saw, and what every process used meanwhile."""
        assert self.load.stdin
        assert self.load.stdout
        before, own = self.usage(), _own_seconds(self.load.pid)
        self.load.stdin.write(order.dumped().encode() + b"\n")
        started = asyncio.get_running_loop().time()
        line = await self.load.stdout.readline()
        wall = asyncio.get_running_loop().time() - started
        if not line:
            raise LocalError("The load process ended: see its log, load.log.")
        found: dict[str, Any] = json.loads(line)
        if "failed" in found:
            raise LocalError(f"The load process failed: {found['failed']}")
        self._all_alive()
        used = self.usage().since(before)
        foreign = used.busy - used.ours - (_own_seconds(self.load.pid) - own)
        cpu = {name: round(seconds, 3) for name, seconds in sorted(used.cpu.items())}
        return {**found, "cpu": cpu, "wall_seconds": round(wall, 2), "foreign_cores": round(max(0, foreign) / wall, 2)}

    def _all_alive(self) -> None:
        for name, child in self.system.children.items():
            if not child.running and not self.supervised:
                raise LocalError(f"{name} {child.reason} while it was measured:\n{child.output}")

    @asynccontextmanager
    async def supervision(self) -> AsyncIterator[None]:
        """Starts anew what dies meanwhile."""
        self.supervised = True
        self.system.keep_running()
        try:
            yield
        finally:
            await self.system.leave_be()
            await self.system.all_ready()
            self.supervised = False

    async def limit(self, per_second: int) -> None:
        """Starts the sender anew with this limit of its numbers."""
        await self.system.children["gateway-sender"].stop()
        await self.system.start("gateway-sender", **limits(self.discoms, per_second))


def _own_seconds(pid: int) -> float:
    found = stat(pid)
    return found.own if found else 0.0


def limits(discoms: Sequence[Discom], per_second: int) -> dict[str, str]:
    """Environment that says how many messages a second a number may send."""
    return {f"{discom.code.upper()}_MESSAGES_PER_SECOND": str(per_second or OUT_OF_THE_WAY) for discom in discoms}


@asynccontextmanager
async def servers(directory: Path) -> AsyncIterator[tuple[LocalKafka, LocalPostgres]]:
    """Kafka and PostgreSQL, empty; their data, some gigabytes, is dropped at the end."""
    _drop(directory)
    logs = directory / "system" / "logs"
    try:
        async with (
            LocalKafka(directory / "kafka", heap="512m", log=logs / "kafka.log") as kafka,
            LocalPostgres(directory / "postgres", log=logs / "postgres.log") as postgres,
        ):
            try:
                yield kafka, postgres
            finally:
                # its orderly end takes up to 20 s
                await whole(kafka.kill())
    finally:
        await whole(asyncio.to_thread(_drop, directory / "kafka", directory / "postgres"))


@asynccontextmanager
async def stage(directory: Path, kafka: LocalKafka, postgres: LocalPostgres, codes: str) -> AsyncIterator[Stage]:
    """Starts the services for these discoms, and stops them whatever happens."""
    discoms = discoms_of(codes)
    provider = free_port(PROVIDER_PORT)
    settings = {"WHATSAPP_BASE_URL": f"http://{HOST}:{provider}", "LOG_LEVEL": "WARNING"}
    system = System(
        directory / "system",
        kafka.bootstrap,
        postgres.dsn,
        running=processes_for(codes),
        seed=False,
        settings={**limits(discoms, 0), **settings},
    )
    # the provider stands where the simulator would
    system.ports["simulator"] = provider
    async with system:
        load = await _start_load(directory / "system" / "logs" / "load.log", system, provider)
        try:
            yield Stage(kafka, postgres, system, load, discoms)
        finally:
            await whole(_end(load))


def _drop(*directories: Path) -> None:
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


async def _start_load(log: Path, system: System, provider: int) -> "asyncio.subprocess.Process":
    webhook = system.ports["gateway-webhook"]
    with log.open("wb") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.load", HOST, str(webhook), str(provider),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=file, limit=LINE_LIMIT, cwd=ROOT,
            # apart from the terminal: Ctrl-C reaches the benchmark alone, which stops things in order
            start_new_session=True,
            env={**os.environ, "WHATSAPP_APP_SECRET": system.environment()["WHATSAPP_APP_SECRET"]},
        )  # fmt: skip


async def _end(load: "asyncio.subprocess.Process") -> None:
    """Its input ends, so it ends; helped along where it does not."""
    if load.stdin:
        load.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(3):
            await load.wait()
    if load.returncode is None:
        load.kill()
        await load.wait()
