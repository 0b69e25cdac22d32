"""Posts as Meta's servers may: the same bytes ten times at once, four messages in one body, until answered 200."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID, uuid4, uuid5

import aiohttp

from deploy.local.files import ROOT
from deploy.local.system import System
from libs.schemas.discom import load
from libs.schemas.events import NAMESPACE
from tests import meta

RETRY_SECONDS = 0.5


@dataclass
class Poster:
    """The other side of the webhook, beside the simulator."""

    system: System
    http: aiohttp.ClientSession
    accepted: list[tuple[str, UUID]] = field(default_factory=list)
    """Discom and event id of every message that was answered 200."""
    phones: set[tuple[str, str]] = field(default_factory=set)
    """Discom and number of those that wrote this way."""
    port: int | None = None
    """Of a proxy before the webhook, where there is one."""

    async def four_at_once(self, discom: str, phone: str, texts: list[str]) -> None:
        """Several messages in one body."""
        await self._deliver(discom, phone, [meta.text(phone, text) for text in texts], times=1)

    async def ten_times(self, discom: str, phone: str, text: str) -> None:
        """The same body, ten times at once."""
        await self._deliver(discom, phone, [meta.text(phone, text)], times=10)

    async def _deliver(self, discom: str, phone: str, messages: list[dict[str, object]], times: int) -> None:
        for message in messages:
            message["id"] = f"wamid.poster.{uuid4().hex}"
        raw = meta.body(discom, *messages)
        self.phones.add((discom, phone))
        while 200 not in await asyncio.gather(*(self._post(raw) for _ in range(times))):
            await asyncio.sleep(RETRY_SECONDS)
        number = load(ROOT / "deploy" / "discoms" / f"{discom}.toml").phone_number_id
        self.accepted += [(discom, uuid5(NAMESPACE, f"{number}{message['id']}")) for message in messages]

    async def _post(self, raw: bytes) -> int:
        secret = self.system.environment()["WHATSAPP_APP_SECRET"]
        url = f"http://127.0.0.1:{self.port or self.system.ports['gateway-webhook']}/webhook"
        try:
            timeout = aiohttp.ClientTimeout(total=20, connect=5)
            async with self.http.post(url, data=raw, headers=meta.signed(secret, raw), timeout=timeout) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0
