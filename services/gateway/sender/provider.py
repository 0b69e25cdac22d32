"""One call to WhatsApp's Cloud API, and what its answer means."""

from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import orjson

from libs.kit.settings import WhatsAppSettings
from libs.schemas.discom import Discom
from services.gateway.whatsapp import Failure, decide

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
            async with self._session.post(
                self._url, data=orjson.dumps(body), headers=self._headers, timeout=SECONDS, allow_redirects=False
            ) as response:
                answer = await response.read()
                if response.status == 200:
                    return _accepted(answer)
                return decide(response.status, answer, dict(response.headers))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return NotSent()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Unknown()

    async def mark_read(self, body: dict[str, Any]) -> Literal["shown", "refused", "unanswered"]:
        """Posts one read receipt. Never raises for what a network or a provider may do."""
        try:
            async with self._session.post(
                self._url,
                data=orjson.dumps(body),
                headers=self._headers,
                timeout=RECEIPT_SECONDS,
                allow_redirects=False,
            ) as response:
                await response.read()
                return "shown" if response.status == 200 else "refused"
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "unanswered"


def _accepted(answer: bytes) -> Outcome:
    try:
        return Accepted(str(orjson.loads(answer)["messages"][0]["id"]))
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return Unknown()


def session() -> aiohttp.ClientSession:
    """An HTTP session with the measured settings."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=256), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    )
