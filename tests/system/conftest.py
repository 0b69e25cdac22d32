"""Posts to the webhook as Meta would, and phones to see what comes of it."""

import io
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import asyncpg
import pytest_asyncio

from deploy.local.system import System
from libs.kit.settings import Settings
from tests import meta
from tests.phone import Phone, phones_of

_numbers = itertools.count(919600000001)


@dataclass
class Meta:
    """The other side of the webhook."""

    system: System
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return self.system.url("gateway-webhook", "/webhook")

    async def post(self, raw: bytes | io.BytesIO, headers: dict[str, str] | None = None) -> int:
        """Posts a body, signed unless other headers are given; returns the status."""
        secret = self.system.environment()["WHATSAPP_APP_SECRET"]
        chosen = meta.signed(secret, raw) if isinstance(raw, bytes) and headers is None else headers
        async with self.http.post(self.url, data=raw, headers=chosen) as response:
            return response.status


@asynccontextmanager
async def connected(stack: Settings, database: str) -> AsyncIterator[asyncpg.Connection]:
    """A look into one of the databases, past all services."""
    connection = await asyncpg.connect(stack.postgres_dsn, database=database)
    try:
        yield connection
    finally:
        await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def meta_side(system: System) -> AsyncIterator[Meta]:
    """Meta's servers."""
    async with aiohttp.ClientSession() as http:
        yield Meta(system, http)


@pytest_asyncio.fixture(loop_scope="session")
async def new_phone(system: System, meta_side: Meta) -> Callable[..., Phone]:
    """Phones that nobody used before."""

    def make(discom: str = "mvvnl") -> Phone:
        return phones_of(system, meta_side.http, str(next(_numbers)), discom)

    return make
