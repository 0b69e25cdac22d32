"""A small stand-in for the product: answers every message at the provider at once, with faults where asked."""

import asyncio
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

SECRET = "test_app_secret"
Fault = Callable[[int], str]
"""What happens to the n-th message: "", "lost", "doubled", "twice said", "refused"."""


@dataclass
class Gateway:
    """Listens for webhooks, sends to the provider."""

    provider: int
    fault: Fault = lambda _: ""
    stall: tuple[int, float] = (-1, 0.0)
    """Before which message everything stands still, and for how long."""
    port: int = 0
    messages: int = 0
    statuses: list[tuple[str, str]] = field(default_factory=list)
    posts: int = 0
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def __aenter__(self) -> "Gateway":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        # lets go of connections that the other side has closed
        await asyncio.sleep(0.05)
        await asyncio.gather(*self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            named = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await reader.readexactly(int(named["content-length"]))
            expected = "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()
            assert hmac.compare_digest(named["x-hub-signature-256"], expected)
            status = await self._take(json.loads(body))
            writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())

    async def _take(self, body: dict[str, Any]) -> int:
        self.posts += 1
        for change in body["entry"][0]["changes"]:
            value = change["value"]
            self.statuses += [(one["biz_opaque_callback_data"], one["status"]) for one in value.get("statuses", ())]
            for message in value.get("messages", ()):
                number = self.messages
                self.messages += 1
                async with self._busy:
                    if number == self.stall[0]:
                        await asyncio.sleep(self.stall[1])
                fault = self.fault(number)
                if fault == "refused":
                    return 503
                for name in {"lost": [], "doubled": ["a", "a"], "twice said": ["a", "b"]}.get(fault, ["a"]):
                    self._send(value["metadata"]["phone_number_id"], message["from"], f"{number}{name}")
        return 200

    def _send(self, number_id: str, phone: str, callback: str) -> None:
        async def send() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.provider)
            content = {"to": f"+{phone}", "text": {"body": "नमस्ते"}, "biz_opaque_callback_data": callback}
            body = json.dumps(content, separators=(",", ":")).encode()
            writer.write(
                f"POST /v25.0/{number_id}/messages HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            )
            answer = await reader.readuntil(b"}]}")
            assert b"200 OK" in answer
            writer.close()

        task = asyncio.create_task(send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
