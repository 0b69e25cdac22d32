"""The admin port: is the process alive, is it ready and what does it wait for, what has it counted."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from libs.kit import admin
from libs.kit.admin import Check


@asynccontextmanager
async def port(
    checks: Mapping[str, Check], alive: bool = True, holds: Mapping[str, Check] | None = None
) -> AsyncIterator[str]:
    """The address of an admin port on a free port."""
    runner = await admin.serve(0, checks, lambda: alive, holds=holds or {})
    try:
        yield "http://{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()


async def get(url: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return response.status, await response.json()


async def fine() -> str | None:
    return None


async def broken() -> str | None:
    raise ConnectionRefusedError("919000000017")


async def waits() -> str | None:
    return "Kafka does not answer"


async def hangs() -> str | None:
    await asyncio.sleep(60)
    return None


async def test_it_listens_on_loopback_only() -> None:
    async with port({}) as url:
        assert url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(("alive", "status"), [(True, 200), (False, 503)])
async def test_livez_says_whether_the_workers_still_poll(alive: bool, status: int) -> None:
    async with port({"kafka": waits}, alive) as url:
        found, body = await get(f"{url}/livez")
        assert found == status and body["alive"] is alive and body["seconds"] >= 0


async def test_readyz_is_fine_when_nothing_is_waited_for() -> None:
    async with port({"kafka": fine, "start": fine}) as url:
        assert await get(f"{url}/readyz") == (200, {"ready": True, "waiting_for": {}})


async def test_readyz_names_what_is_waited_for_and_errors_by_their_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "CHECK_SECONDS", 0.2)
    checks = {"start": fine, "kafka": waits, "postgres mvvnl.menu": broken, "number mvvnl": hangs}
    async with port(checks) as url:
        status, body = await get(f"{url}/readyz")
    assert status == 503
    assert body == {
        "ready": False,
        "waiting_for": {
            "kafka": "Kafka does not answer",
            "postgres mvvnl.menu": "ConnectionRefusedError",
            "number mvvnl": "no answer in 0.2 s",
        },
    }


async def test_what_waits_for_a_person_is_said_by_readyz_and_keeps_nobody_from_starting() -> None:
    async def held() -> str | None:
        return "WhatsApp answers 131031: hold_number"

    async with port({"start": fine}, holds={"number mvvnl": held}) as url:
        assert await get(f"{url}/startz") == (200, {"started": True, "waiting_for": {}})
        status, body = await get(f"{url}/readyz")
        assert status == 503 and body["waiting_for"] == {"number mvvnl": "WhatsApp answers 131031: hold_number"}
    async with port({"kafka": waits}) as url:
        assert await get(f"{url}/startz") == (
            503,
            {"started": False, "waiting_for": {"kafka": "Kafka does not answer"}},
        )


async def test_checks_are_asked_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "CHECK_SECONDS", 1.0)
    async with port({f"number {n}": hangs for n in range(20)}) as url:
        async with asyncio.timeout(10):
            status, body = await get(f"{url}/readyz")
    assert status == 503 and len(body["waiting_for"]) == 20


async def test_metrics_are_in_the_text_format_of_prometheus() -> None:
    async with port({}) as url, aiohttp.ClientSession() as http, http.get(f"{url}/metrics") as response:
        assert response.status == 200 and response.headers["content-type"].startswith("text/plain")
        assert "# TYPE python_gc_objects_collected_total counter" in await response.text()


async def test_nothing_else_is_there() -> None:
    async with port({}) as url, aiohttp.ClientSession() as http, http.get(f"{url}/webhook") as response:
        assert response.status == 404
