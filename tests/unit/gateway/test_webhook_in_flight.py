"""Bodies of strangers are held until their signature is known: together they may not fill the memory."""

import asyncio
import hmac
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError, OutOfOrderSequenceNumber

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


async def test_bodies_that_never_end_give_their_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MAX_HELD", 5 * len(CHUNK))
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.05)
    app = Webhook(None, {"mvvnl": load(Path("deploy/discoms/mvvnl.toml"))}, SECRET, "token", b"key").app()
    endless = [Post(app) for _ in range(5)]
    for post in endless:
        await post.sends()
    await asyncio.gather(*(post.task for post in endless))
    assert [post.statuses for post in endless] == 5 * [[408]]
    later = Post(app)
    await later.sends(more=False)
    assert later.statuses == [401], "the signature counts"


class Refusing:
    """A producer that Kafka takes nothing from any more."""

    def __init__(self, error: KafkaError) -> None:
        self._error = error

    async def send(self, *_: object, **__: object) -> None:
        raise self._error


@pytest.mark.parametrize(("error", "ends"), [(OutOfOrderSequenceNumber(), True), (KafkaTimeoutError(), False)])
async def test_where_only_a_new_process_can_write_this_one_says_503_and_ends(error: KafkaError, ends: bool) -> None:
    hook = Webhook(Refusing(error), {"mvvnl": load(Path("deploy/discoms/mvvnl.toml"))}, SECRET, "token", b"key")
    running = asyncio.create_task(hook.run())
    statuses: list[int] = []
    body = b'{"not": "WhatsApp"}'
    signed = b"sha256=" + hmac.digest(SECRET[0], body, "sha256").hex().encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def answer(message: MutableMapping[str, Any]) -> None:
        statuses.append(message.get("status", 0))

    scope = {"type": "http", "method": "POST", "path": "/webhook", "headers": [(b"x-hub-signature-256", signed)]}
    await hook.app()(scope, receive, answer)
    assert statuses[0] == 503
    await asyncio.wait([running], timeout=0.1)
    assert running.done() == ends
    hook.stop()
    if ends:
        with pytest.raises(OutOfOrderSequenceNumber):
            await running
    else:
        await running
