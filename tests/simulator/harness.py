"""The simulator as a process, and a small gateway for it to talk to."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web

ROOT = Path(__file__).parents[2]
SECRET, TOKEN = "demo-secret", "demo-token"
MVVNL, PVVNL, KESCO = "100000000000002", "100000000000003", "100000000000005"
PATIENCE = 20.0
Json = dict[str, Any]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def until(what: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What `what` returns once it is true."""
    async with asyncio.timeout(seconds):
        while not (found := what()):
            await asyncio.sleep(0.02)
    return found


@dataclass
class Gateway:
    """Takes webhooks, and answers messages by a script: what was said or tapped → bodies to send."""

    port: int = field(default_factory=free_port)
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Statuses to answer with, first to last; 200 when there is none left."""
    script: dict[str, list[Json]] = field(default_factory=dict)
    simulator: "Simulator | None" = None
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/webhook", self._receive)
        app.router.add_get("/webhook", self._verify)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        assert self._runner
        await self._runner.cleanup()

    def values(self) -> list[Json]:
        """The `value` of every change that came, whatever was answered."""
        bodies = [orjson.loads(body) for _, body in self.posts]
        return [change["value"] for body in bodies for entry in body["entry"] for change in entry["changes"]]

    def messages(self, wamid: str | None = None) -> list[Json]:
        return [m for value in self.values() for m in value.get("messages", []) if wamid in (None, m["id"])]

    def statuses(self, wamid: str) -> list[Json]:
        return [s for value in self.values() for s in value.get("statuses", []) if s["id"] == wamid]

    async def _verify(self, request: web.Request) -> web.Response:
        return web.Response(text=request.query["hub.challenge"])

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.posts.append((dict(request.headers), body))
        if self.answers and (status := self.answers.pop(0)) != 200:
            return web.Response(status=status)
        for entry in orjson.loads(body)["entry"]:
            for change in entry["changes"]:
                for message in change["value"].get("messages", []):
                    await self._answer(change["value"]["metadata"]["phone_number_id"], message)
        return web.Response()

    async def _answer(self, number: str, message: Json) -> None:
        if not self.script or self.simulator is None:
            return
        read = {"messaging_product": "whatsapp", "status": "read", "message_id": message["id"]}
        await self.simulator.send(number, read | {"typing_indicator": {"type": "text"}})
        for body in self.script.get(said(message), []):
            status, answer = await self.simulator.send(number, whatsapp(message["from"], body))
            assert status == 200, answer


def said(message: Json) -> str:
    """The words, or the id of what was tapped, or else the type."""
    content = message.get(message["type"], {})
    if message["type"] == "interactive":
        return str(content[content["type"]]["id"])
    return str(content["body"]) if message["type"] == "text" else str(message["type"])


@dataclass
class Simulator:
    """A process of ours, its files, and its two HTTP interfaces."""

    directory: Path
    gateway: Gateway
    http: aiohttp.ClientSession
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    admin_port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Everything it ever printed."""
        return self.directory / "simulator.log"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PORT": str(self.port),
            "ADMIN_PORT": str(self.admin_port),
            "WEBHOOK_URL": self.gateway.url,
            "SIMULATOR_DIR": str(self.directory),
            "WHATSAPP_APP_SECRET": SECRET,
            "WHATSAPP_VERIFY_TOKEN": "demo-verify",
            "WHATSAPP_ACCESS_TOKEN": TOKEN,
            "DISCOMS_DIR": str(ROOT / "deploy" / "discoms"),
            "ENVIRONMENT": "test",
            **self.settings,
        }

    async def start(self) -> None:
        command = (sys.executable, "-m", "services.simulator", "serve")
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, env=self.environment(), cwd=ROOT, stdout=log, stderr=log
            )
        async with asyncio.timeout(60):
            while self._process.returncode is None and not await self._ready():
                await asyncio.sleep(0.05)
        assert self._process.returncode is None, self.log.read_text()

    async def _ready(self) -> bool:
        try:
            async with self.http.get(f"http://127.0.0.1:{self.admin_port}/readyz") as response:
                return response.status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def end(self, number: signal.Signals) -> int:
        """Sends a signal and waits for the end; returns the status."""
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), PATIENCE)

    async def kill(self) -> None:
        await self.end(signal.SIGKILL)

    async def call(self, path: str, body: object = None, method: str = "POST", token: str = "") -> tuple[int, Any]:
        """One request; status and JSON of the answer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, self.url + path, json=body, headers=headers) as response:
            return response.status, orjson.loads(await response.read())

    async def send(self, number: str, body: Json) -> tuple[int, Json]:
        """What the gateway does: one call of the Cloud API."""
        return await self.call(f"/v25.0/{number}/messages", body, token=TOKEN)

    async def write(self, wa_id: str, **body: object) -> str:
        """What a person does; the wamid."""
        status, answer = await self.call(f"/api/phones/{wa_id}/messages", {"to": "mvvnl", **body})
        assert status == 200, answer
        return str(answer["wamid"])

    async def messages(self, wa_id: str, after: int = 0, wait: float = 0) -> list[Json]:
        _, answer = await self.call(f"/api/phones/{wa_id}/messages?after={after}&wait={wait}", method="GET")
        return list(answer["messages"])


@asynccontextmanager
async def running(directory: Path, **settings: str) -> AsyncIterator[Simulator]:
    """A simulator whose webhooks go to a gateway of the test's own."""
    gateway = Gateway()
    await gateway.start()
    # a connection per request: a kept one would die with a simulator that is killed
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        simulator = gateway.simulator = Simulator(directory, gateway, http, settings)
        await simulator.start()
        try:
            yield simulator
        finally:
            await simulator.end(signal.SIGTERM)
            await gateway.stop()


def whatsapp(to: str, body: Json) -> Json:
    """A body for the messages endpoint."""
    return {"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, **body}


def text(words: str) -> Json:
    return {"type": "text", "text": {"body": words}}


def buttons(words: str, **choices: str) -> Json:
    """Reply buttons: id and title of each."""
    made = [{"type": "reply", "reply": {"id": id, "title": title}} for id, title in choices.items()]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": words}, "action": {"buttons": made}},
    }


def list_of(words: str, button: str, *rows: tuple[str, str, str]) -> Json:
    """A list message: id, title and description of each row."""
    made = [{"id": id, "title": title} | ({"description": more} if more else {}) for id, title, more in rows]
    action = {"button": button, "sections": [{"rows": made}]}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": words}, "action": action}}
