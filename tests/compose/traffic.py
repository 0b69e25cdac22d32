"""Light traffic with an answer for every message: phones tap "bill" and "balance" in an order that the answers show.

What the phones hold at the end is the account: one answer for each tap, of its kind, in its order, and the seconds.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import aiohttp

ACCOUNT = "1000000017"
"""A prepaid consumer of the demo in mvvnl: both questions have an answer."""
BILL, BALANCE = "billing:bill", "billing:balance"
SHOWN = {BILL: "का बिल", BALANCE: "*बैलेंस"}
BURST = 3
"""Messages that a phone writes without waiting; with 16 s between bursts it stays within WhatsApp's pair limit."""
SETTLE_SECONDS = 240.0
RETRY_SECONDS = 0.2
_numbers = itertools.count(919800000001)


@dataclass
class Phone:
    """One consumer's phone; what counts is what the simulator holds of it, not what we believe to have written."""

    http: aiohttp.ClientSession
    base: str
    discom: str
    wa_id: str

    async def write(self, **body: object) -> None:
        """Writes for certain and once: a simulator that is away is asked again, under the same key."""
        body = {"to": self.discom, "key": uuid4().hex, **body}
        while True:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with self.http.post(f"{self.base}/api/phones/{self.wa_id}/messages", json=body) as response:
                    assert response.status == 200, await response.text()
                    return
            await asyncio.sleep(RETRY_SECONDS)

    async def messages(self) -> list[dict[str, Any]]:
        """Everything on the phone."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["n"] if found else 0
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with self.http.get(f"{self.base}/api/phones/{self.wa_id}/messages?after={after}") as response:
                    page = (await response.json())["messages"]
                if not page:
                    return found
                found += page
                continue
            await asyncio.sleep(RETRY_SECONDS)

    async def answered(self, count: int, seconds: float) -> list[dict[str, Any]]:
        """All messages once so many answers are there. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while len(bubbles(found := await self.messages())) < count:
                await asyncio.sleep(0.1)
        return found


def bubbles(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message for message in messages if message["direction"] == "in"]


def taps(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message for message in messages if message["direction"] == "out" and message["type"] == "interactive"]


@dataclass
class Account:
    """What the phones hold."""

    asked: list[list[str]] = field(default_factory=list)
    """The kinds of the taps, by phone, in their order."""
    told: list[list[str]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """Seconds from each tap to its answer, where order was kept."""

    @property
    def messages(self) -> int:
        return sum(map(len, self.asked))

    def check(self, in_order: bool = True) -> None:
        """Nothing lost, nothing doubled; in order, unless WhatsApp itself was made to deliver in another one."""
        assert self.messages, "nobody wrote anything"
        for asked, told in zip(self.asked, self.told, strict=True):
            if in_order:
                assert told == asked
            else:
                assert sorted(told) == sorted(asked)

    @property
    def longest(self) -> float:
        return max(self.waits)


class Traffic:
    """Phones that write by bursts until they are told to stop."""

    def __init__(self, http: aiohttp.ClientSession, base: str, discom: str, phones: int, pause: float) -> None:
        self._phones = [Phone(http, base, discom, str(next(_numbers))) for _ in range(phones)]
        self._pause = pause
        self._chance = random.Random(7)
        self._ending = False
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Links the account on every phone, in calm, then lets them write."""
        for phone in self._phones:
            await phone.write(text=ACCOUNT)
        await asyncio.gather(*(phone.answered(1, SETTLE_SECONDS) for phone in self._phones))
        self._tasks = [asyncio.create_task(self._go_on(phone)) for phone in self._phones]

    async def _go_on(self, phone: Phone) -> None:
        await asyncio.sleep(self._chance.random() * self._pause)
        while not self._ending:
            for _ in range(BURST):
                await phone.write(tap=self._chance.choice((BILL, BALANCE)))
                await asyncio.sleep(0.3)
            await asyncio.sleep(self._pause)

    async def end(self) -> Account:
        """They stop writing; returns once every tap is answered, or time is up."""
        self._ending = True
        await asyncio.gather(*self._tasks)
        account = Account()
        for phone in self._phones:
            expected = 1 + len(taps(await phone.messages()))
            with suppress(TimeoutError):
                await phone.answered(expected, SETTLE_SECONDS)
        await asyncio.sleep(2)  # a second answer would come by now
        for phone in self._phones:
            found = await phone.messages()
            asked, told = taps(found), bubbles(found)[1:]
            account.asked.append([_tapped(message) for message in asked])
            account.told.append([_kind(message["text"]) for message in told])
            account.waits += [_at(answer) - _at(question) for question, answer in zip(asked, told, strict=False)]
        return account


@asynccontextmanager
async def traffic(base: str, discom: str = "mvvnl", phones: int = 20, pause: float = 16.0) -> AsyncIterator[Traffic]:
    """Traffic for as long as the block runs; the block ends it and takes the account."""
    timeout = aiohttp.ClientTimeout(total=30, connect=5)
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        running = Traffic(http, base, discom, phones, pause)
        await running.begin()
        try:
            yield running
        finally:
            for task in running._tasks:
                task.cancel()
            await asyncio.gather(*running._tasks, return_exceptions=True)


def _tapped(message: dict[str, Any]) -> str:
    said = message["payload"]["interactive"]
    return str(said[said["type"]]["id"])


def _kind(text: str) -> str:
    return next((kind for kind, shown in SHOWN.items() if shown in text), f"another answer: {text}")


def _at(message: dict[str, Any]) -> float:
    return datetime.fromisoformat(message["at"]).timestamp()
