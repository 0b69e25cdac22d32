"""One installation in containers, under a name and on ports of its own, started as `make up` does."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.compose.project import Container, Project, docker
from deploy.compose.start import down, fine, up
from deploy.local.files import ROOT
from deploy.local.network import free_port
from deploy.local.progress import Progress

WISHED = {"WEBHOOK_PORT": 23_081, "CONSOLE_PORT": 23_082, "PHONE_PORT": 23_080}
QUICK = "SIMULATOR_RETRY_SECONDS=0.3\nSIMULATOR_RETRY_CAP_SECONDS=2\n"
"""WhatsApp would wait longer from try to try; what is measured here is our side."""
PATIENCE = 300.0


def project(directory: Path, name: str, profiles: Sequence[str], partitions: dict[str, int]) -> Project:
    """An installation below a directory, for the discoms that have a number of partitions here."""
    discoms = directory / "discoms"
    discoms.mkdir()
    for code, count in partitions.items():
        text = (ROOT / "deploy" / "discoms" / f"{code}.toml").read_text(encoding="utf-8")
        text, changed = re.subn(r"^partitions = \d+", f"partitions = {count}", text, flags=re.MULTILINE)
        assert changed == 1
        (discoms / f"{code}.toml").write_text(text, encoding="utf-8")
    extra = directory / "settings.env"
    extra.write_text(QUICK, encoding="utf-8")
    ports: dict[str, int] = {}
    for port_name, wished in WISHED.items():
        ports[port_name] = free_port(wished, ports.values())
    return Project(name, tuple(profiles), ports, directory / "secrets", discoms, extra)


@dataclass
class Installation:
    """A running one."""

    project: Project

    @property
    def phones(self) -> str:
        return f"http://127.0.0.1:{self.project.ports['PHONE_PORT']}"

    @property
    def webhook(self) -> str:
        return f"http://127.0.0.1:{self.project.ports['WEBHOOK_PORT']}/webhook"

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.project.ports['CONSOLE_PORT']}"

    def secret(self, name: str) -> str:
        return (self.project.secrets / name).read_text(encoding="utf-8").strip()

    async def compose(self, *arguments: str) -> str:
        """Runs `docker compose`; its output. Fails with what it says."""
        done = await asyncio.to_thread(self.project.ask, *arguments)
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    async def containers(self, service: str | None = None) -> list[Container]:
        found = await asyncio.to_thread(self.project.containers)
        return [one for one in found if service in (None, one.service)]

    async def healthy(self, service: str | None = None) -> None:
        """Returns when all containers, or those of a service, are as they should be."""
        async with asyncio.timeout(PATIENCE):
            while not await self._fine(service):
                await asyncio.sleep(1)

    async def _fine(self, service: str | None) -> bool:
        found = await self.containers(service)
        return await asyncio.to_thread(fine, found) == {one.name for one in found}

    async def kill(self, service: str) -> None:
        """As a crash would: nothing starts it anew, as the engine takes it for stopped on purpose. A busy engine calls
        it failed; it dies all the same.
        """
        await asyncio.to_thread(self.project.ask, "kill", service)
        async with asyncio.timeout(PATIENCE):
            while any(one.state == "running" for one in await self.containers(service)):
                await asyncio.sleep(0.2)

    async def exit_codes(self, service: str) -> list[int]:
        return [one.code for one in await self.containers(service)]

    async def audit(self, discom: str) -> str:
        """Was every message answered, once, in order? Fails with the findings where not."""
        options = ("--discoms", discom, "--since", "2h", "--patience", "120")
        return await self.compose("run", "--rm", "--no-TTY", "kit", "libs.kit", "audit", *options)


@asynccontextmanager
async def running(project: Project) -> AsyncIterator[Installation]:
    """Up, and at the end down with all data. What a run that was killed has left under the name goes first."""
    project.remember()
    await asyncio.to_thread(down, project, True, Progress())
    try:
        await asyncio.to_thread(up, project, Progress())
        yield Installation(project)
    finally:
        await asyncio.to_thread(down, project, True, Progress())
        project.settings.unlink(missing_ok=True)


def inspected(name: str) -> dict[str, Any]:
    """What the engine knows about a container, image or volume."""
    found = docker("inspect", name)
    assert found.returncode == 0, found.stderr
    return dict(json.loads(found.stdout)[0])
