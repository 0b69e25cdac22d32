"""`kill -9` at any moment: nothing lost, nothing doubled at the phone, webhooks go on."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import orjson

from tests.simulator.harness import MVVNL, ROOT, SECRET, TOKEN, Gateway, Simulator, running, text, until, whatsapp

PHONE = "919700099001"


async def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    async with running(tmp_path) as simulator:
        simulator.gateway.answers = [503] * 4
        written = await simulator.write(PHONE, text="before the kill")
        _, answer = await simulator.send(MVVNL, whatsapp(PHONE, text("answer")))
        sent = answer["messages"][0]["id"]
        await simulator.kill()
        simulator.gateway.answers = []
        await simulator.start()
        assert [m["wamid"] for m in await simulator.messages(PHONE)] == [written, sent]
        await until(lambda: simulator.gateway.messages(written))
        await until(lambda: {s["status"] for s in simulator.gateway.statuses(sent)} == {"sent", "delivered", "read"})


async def test_killed_again_and_again_under_load_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as simulator:
        accepted: dict[str, str] = {}
        written: dict[str, str] = {}

        async def load(worker: int) -> None:
            phone = f"91970009{worker:04}"
            for i in range(15):
                while True:
                    try:
                        word = f"{worker}-{i}"
                        written[word] = await simulator.write(phone, text=word, key=f"key {word}")
                        _, answer = await simulator.send(MVVNL, whatsapp(phone, text(f"reply {word}")))
                        accepted[answer["messages"][0]["id"]] = word
                        break
                    except (aiohttp.ClientError, TimeoutError):
                        await asyncio.sleep(0.1)

        workers = [asyncio.create_task(load(worker)) for worker in range(4)]
        for _ in range(2):
            await asyncio.sleep(0.3)
            await simulator.kill()
            await simulator.start()
        await asyncio.gather(*workers)

        at_phones = [m for worker in range(4) for m in await simulator.messages(f"91970009{worker:04}")]
        out = [m["text"] for m in at_phones if m["direction"] == "out"]
        assert sorted(out) == sorted(written) and len(out) == 60
        arrived = [m["wamid"] for m in at_phones if m["direction"] == "in"]
        assert len(arrived) == len(set(arrived)) and set(accepted) <= set(arrived)
        gateway = simulator.gateway
        await until(lambda: {m["id"] for m in gateway.messages()} >= set(written.values()), 60)
        await until(lambda: all(_complete(gateway, wamid) for wamid in accepted), 60)


def _complete(gateway: Gateway, wamid: str) -> bool:
    return {status["status"] for status in gateway.statuses(wamid)} == {"sent", "delivered", "read"}


async def test_sigterm_ends_it_soon_also_with_a_page_open(tmp_path: Path) -> None:
    async with running(tmp_path) as simulator:
        async with simulator.http.get(f"{simulator.url}/api/events?phones={PHONE}") as response:
            assert await response.content.readline()
            started = asyncio.get_running_loop().time()
            assert await simulator.end(signal.SIGTERM) == 0
            assert asyncio.get_running_loop().time() - started < 8


async def test_two_simulators_on_one_directory_are_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as simulator:
        second = Simulator(tmp_path, simulator.gateway, simulator.http)
        ended = await asyncio.to_thread(_run, second.environment())
        assert ended.returncode != 0
        assert "used by another" in ended.stderr


def test_production_is_refused(tmp_path: Path) -> None:
    environment = Simulator(tmp_path, Gateway(), None).environment()  # type: ignore[arg-type]
    ended = _run(environment | {"ENVIRONMENT": "production"})
    assert ended.returncode != 0
    assert "ENVIRONMENT is production" in ended.stderr and SECRET not in ended.stderr and TOKEN not in ended.stderr


def test_what_is_not_set_is_named(tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in ("PATH",)}
    ended = _run(environment | {"SIMULATOR_DIR": str(tmp_path)})
    assert ended.returncode != 0
    assert "WEBHOOK_URL is not set" in ended.stderr and "WHATSAPP_APP_SECRET is not set" in ended.stderr


def _run(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "services.simulator", "serve"]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


async def test_nothing_personal_is_logged(tmp_path: Path) -> None:
    async with running(tmp_path) as simulator:
        simulator.gateway.answers = [500] * 3
        wamid = await simulator.write(PHONE, text="private words")
        await until(lambda: len(simulator.gateway.messages(wamid)) == 4)
        await simulator.send(MVVNL, whatsapp(PHONE, text("private words")) | {"type": "poem"})
        await simulator.end(signal.SIGTERM)
        printed = simulator.log.read_text()
    events = {orjson.loads(line)["event"] for line in printed.splitlines()}
    assert {"process.started", "webhook.not_taken", "process.stopped"} <= events
    assert not [secret for secret in (PHONE, "private words", "wamid", SECRET, TOKEN) if secret in printed]
