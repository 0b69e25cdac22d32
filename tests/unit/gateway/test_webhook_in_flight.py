"""Bodies of strangers are held until their signature is known: together they may not fill the memory."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from libs.schemas.discom import load
from services.gateway import webhook
from services.gateway.webhook import Webhook

CHUNK = b"x" * 100_000
SECRET = (b"secret",)


class Post:
    """One POST that comes slowly."""

    def __init__(self, app: Any) -> None:
        self.chunks: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.statuses: list[int] = []
        scope = {"type": "http", "method": "POST", "path": "/webhook", "headers": []}
        self.task = asyncio.create_task(app(scope, self.chunks.get, self._answer))

    async def _answer(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])

    async def sends(self, more: bool = True) -> None:
        self.chunks.put_nowait({"type": "http.request", "body": CHUNK, "more_body": more})
        for _ in range(5):
            await asyncio.sleep(0)


async def test_bodies_in_flight_are_capped_together_and_room_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_HELD", 5 * len(CHUNK))
    discom = load(Path("deploy/discoms/mvvnl.toml"))
    app = Webhook(None, {"mvvnl": discom}, SECRET, "token", b"key").app()
    held = [Post(app) for _ in range(5)]
    for post in held:
        await post.sends()
    one_too_many = Post(app)
    await one_too_many.sends()
    assert one_too_many.statuses == [503], "WhatsApp would send it again"
    assert all(not post.statuses for post in held), "those that were there first are read on"
    held[0].task.cancel()
    await asyncio.gather(held[0].task, return_exceptions=True)
    later = Post(app)
    await later.sends(more=False)
    assert later.statuses == [401], "there is room again, and then the signature counts"
    for post in held[1:]:
        post.task.cancel()
    await asyncio.gather(*(post.task for post in held), return_exceptions=True)
    after = Post(app)
    await after.sends(more=False)
    assert after.statuses == [401]
