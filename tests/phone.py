"""A phone at the simulator, and whose words its bubbles are."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp

from deploy.local.system import System
from libs.kit import kafka
from libs.kit.settings import Settings
from libs.schemas.topics import NOTICES, REPLIES

PATIENCE = 20.0
"""Seconds until a missing bubble fails a test; machines that run tests are busy."""


@dataclass
class Bubble:
    """One message as it stands on the phone."""

    n: int
    body: str
    choices: list[tuple[str, str]]
    """Id and title of what may be tapped."""
    reply_id: UUID
    payload: dict[str, Any]

    def shown(self) -> str:
        """Body, then the choices in brackets on one line."""
        titles = " ".join(f"[{title}]" for _, title in self.choices)
        return f"{self.body}\n{titles}".strip()


@dataclass
class Phone:
    """One number of one consumer, talking to one discom."""

    http: aiohttp.ClientSession
    base: str
    wa_id: str
    discom: str
    seen: int = 0
    choices: dict[str, str] = field(default_factory=dict)
    """Title to id of everything offered so far."""

    async def says(self, text: str) -> str:
        """Sends words; returns the wamid."""
        return await self._post({"text": text})

    async def taps(self, title: str) -> str:
        """Taps a button or a row that was offered under this title."""
        assert title in self.choices, f"{title!r} was not offered; there were {sorted(self.choices)}"
        return await self._post({"tap": self.choices[title]})

    async def sends(self, **body: object) -> str:
        """Sends anything else the simulator's API knows."""
        return await self._post(dict(body))

    async def _post(self, body: dict[str, object]) -> str:
        url = f"{self.base}/api/phones/{self.wa_id}/messages"
        async with self.http.post(url, json={"to": self.discom, **body}) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return str(answer["wamid"])

    async def bubbles(self, after: int | None = None) -> list[Bubble]:
        """Everything from this discom that arrived since `after`, or since the last look."""
        url = f"{self.base}/api/phones/{self.wa_id}/messages?after={self.seen if after is None else after}"
        async with self.http.get(url) as response:
            assert response.status == 200, await response.text()
            found = (await response.json())["messages"]
        if after is None and found:
            self.seen = found[-1]["n"]
        arrived = [item for item in found if item["direction"] == "in" and item["discom"] == self.discom]
        result = []
        for item in arrived:
            offered = [(choice["id"], choice["title"]) for choice in item["choices"]]
            self.choices |= {title: id for id, title in offered}
            callback = str(item["payload"].get("biz_opaque_callback_data", ""))
            reply_id = UUID(callback.partition(".")[2])
            result.append(Bubble(item["n"], str(item["text"] or ""), offered, reply_id, item["payload"]))
        return result

    async def next_bubbles(self, count: int = 1, seconds: float = PATIENCE) -> list[Bubble]:
        """The next bubbles, at least so many. Raises `TimeoutError`."""
        found: list[Bubble] = []
        async with asyncio.timeout(seconds):
            while len(found) < count:
                found += await self.bubbles()
                if len(found) < count:
                    await asyncio.sleep(0.03)
        return found


class Voices:
    """Which service said what: read from the reply topics, as the phone does not show it."""

    def __init__(self) -> None:
        self._service_of: dict[UUID, str] = {}

    async def listen(self, settings: Settings, discoms: list[str]) -> None:
        """Reads replies and notices for ever."""
        consumer = await kafka.start_consumer(settings, "tests.voices")
        consumer.subscribe([topic.name(code) for code in discoms for topic in (REPLIES, NOTICES)])
        try:
            async for record in consumer:
                named = dict(record.headers)
                self._service_of[UUID(named["ce_id"].decode())] = named["ce_source"].decode().partition("/")[2]
        finally:
            await consumer.stop()

    async def of(self, bubble: Bubble) -> str:
        """The service that said it."""
        async with asyncio.timeout(PATIENCE):
            while bubble.reply_id not in self._service_of:
                await asyncio.sleep(0.01)
        return self._service_of[bubble.reply_id]


def phones_of(system: System, http: aiohttp.ClientSession, wa_id: str, discom: str) -> Phone:
    """A phone in this system."""
    return Phone(http, system.url("simulator"), wa_id, discom)
