"""A chat of its own for every test, on all services running as processes; a table of what conversations cost."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import aiohttp
import pytest
import pytest_asyncio

from deploy.local.system import System
from libs.kit.settings import Settings
from tests.conversations.transcript import Transcript
from tests.phone import Voices, phones_of

DISCOMS = ["mvvnl", "pvvnl", "puvvnl", "dvvnl", "kesco", "kanpur"]
Chats = Callable[..., Transcript]

_phones = itertools.count(919700000001)
_costs: list[tuple[str, int, int]] = []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def voices(stack: Settings, system: System) -> AsyncIterator[Voices]:
    """Which service says what."""
    found = Voices()
    listening = asyncio.create_task(found.listen(stack, DISCOMS))
    yield found
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


@pytest_asyncio.fixture(loop_scope="session")
async def chats(system: System, voices: Voices, request: pytest.FixtureRequest) -> AsyncIterator[Chats]:
    """Opens chats: `chats("mvvnl")`, or `chats("mvvnl", phone="91…")` for a registered mobile."""
    opened: list[Transcript] = []
    async with aiohttp.ClientSession() as http:

        def open(discom: str = "mvvnl", phone: str | None = None) -> Transcript:
            chat = Transcript(phones_of(system, http, phone or str(next(_phones)), discom), voices)
            opened.append(chat)
            return chat

        yield open
    _costs.extend((request.node.name, chat.said, chat.heard) for chat in opened)


@pytest.fixture
def chat(chats: Chats) -> Transcript:
    """A new consumer of Madhyanchal."""
    return chats()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Every bubble costs money and every message patience: what each conversation took."""
    if _costs:
        terminalreporter.section("messages by consumer · bubbles by services")
        for name, said, heard in _costs:
            terminalreporter.write_line(f"{said:3} · {heard:3}  {name}")
