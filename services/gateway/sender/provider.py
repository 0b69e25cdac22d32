"""One call to WhatsApp's Cloud API, and what its answer means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import orjson

from libs.kit.settings import WhatsAppSettings
from libs.schemas.discom import Discom
from services.gateway.whatsapp import Failure, decide, wamid_of

SECONDS = aiohttp.ClientTimeout(total=10, connect=3)
RECEIPT_SECONDS = aiohttp.ClientTimeout(total=2)


@dataclass(frozen=True, slots=True)
class Accepted:
    """WhatsApp took the message under this id."""

    wamid: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never reached WhatsApp, so it may be repeated without harm."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left and no answer came: it may or may not have been accepted."""


Outcome = Accepted | NotSent | Unknown | Failure


class Provider:
    """The messages endpoint of one number."""

    def __init__(self, session: aiohttp.ClientSession, settings: WhatsAppSettings, discom: Discom) -> None:
        self._session = session
        base, version = settings.whatsapp_base_url.rstrip("/"), settings.whatsapp_api_version
        self._url = f"{base}/{version}/{discom.phone_number_id}/messages"
        token = settings.access_token(discom.code)
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    async def send(self, body: dict[str, Any]) -> Outcome:
        """Posts one message. Never raises for what a network or a provider may do."""
        try:
            status, answer, headers = await self._post(body, SECONDS)
            return _accepted(answer) if status == 200 else decide(status, answer, dict(headers))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return NotSent()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Unknown()

    async def mark_read(self, body: dict[str, Any]) -> Literal["shown", "refused", "unanswered"]:
        """Posts one read receipt. Never raises for what a network or a provider may do."""
        try:
            status, *_ = await self._post(body, RECEIPT_SECONDS)
            return "shown" if status == 200 else "refused"
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "unanswered"

    async def _post(self, body: dict[str, Any], timeout: aiohttp.ClientTimeout) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body and headers of the answer."""
        async with self._session.post(
            self._url, data=orjson.dumps(body), headers=self._headers, timeout=timeout, allow_redirects=False
        ) as response:
            return response.status, await response.read(), response.headers


def _accepted(answer: bytes) -> Outcome:
    try:
        wamid = wamid_of(orjson.loads(answer)["messages"][0])
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        return Unknown()
    return Accepted(wamid) if wamid else Unknown()


def session() -> aiohttp.ClientSession:
    """An HTTP session with the measured settings."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=256), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    )
