"""The health check of a container, and the question of `make up`: who has started?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from deploy.local.network import free_port
from libs.kit import health
from libs.kit.admin import Check, serve


async def well() -> str | None:
    return None


async def away() -> str | None:
    return "Kafka does not answer"


async def barred() -> str | None:
    return "held by WhatsApp"


@asynccontextmanager
async def container(host: str, port: int, check: Check, hold: Check = well) -> AsyncIterator[web.AppRunner]:
    runner = await serve(port, {"kafka": check}, lambda: True, host, {"number": hold})
    yield runner
    await runner.cleanup()


async def test_it_names_what_is_waited_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port(25_000)
    monkeypatch.setenv("ADMIN_PORT", str(port))
    assert await asyncio.to_thread(health.main, []) == 1
    assert "the admin port does not answer" in capsys.readouterr().out
    async with container("127.0.0.1", port, away):
        assert await asyncio.to_thread(health.main, []) == 1
        assert "Kafka does not answer" in capsys.readouterr().out
    async with container("127.0.0.1", port, well):
        assert await asyncio.to_thread(health.main, []) == 0


async def test_of_several_those_that_have_started_are_named_though_a_number_is_held(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port(25_000)
    monkeypatch.setenv("ADMIN_PORT", str(port))
    async with (
        container("127.0.0.1", port, well, barred),
        container("127.0.0.2", port, away),
        container("127.0.0.3", port, well),
    ):
        hosts = [f"127.0.0.{n}" for n in (1, 2, 3, 4)]
        assert await asyncio.to_thread(health.main, hosts) == 0
    assert capsys.readouterr().out == "127.0.0.1 127.0.0.3\n"
