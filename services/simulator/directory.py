"""Who can be written to, and who writes: the numbers of the discoms, and the phones there are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.schemas.discom import Discom
from services.simulator.domain.phones import Number, Phone
from services.simulator.http import answer, number_of, parsed
from services.simulator.hub import Hub
from services.simulator.store import Store

LONGEST_NAME = 60


class Directory:
    """What the page needs to know before anybody writes."""

    def __init__(
        self, numbers: Mapping[str, Number], discoms: Mapping[str, Discom], samples: Path, store: Store, hub: Hub
    ) -> None:
        self._numbers = numbers
        self._discoms = discoms
        self._samples = samples
        self._store = store
        self._hub = hub

    def routes(self) -> list[Route]:
        return [
            Route("/api/numbers", self.numbers, methods=["GET"]),
            Route("/api/phones", self.phones, methods=["GET"]),
            Route("/api/phones/{wa_id:str}", self.phone, methods=["GET"]),
            Route("/api/phones/{wa_id:str}", self.change, methods=["POST"]),
            Route("/api/phones/{wa_id:str}/clear", self.clear, methods=["POST"]),
            Route("/api/media/{id:str}", self.media, methods=["GET"]),
        ]

    async def numbers(self, _: Request) -> Response:
        """The discoms' numbers, with account IDs to try where the demo's billing has written some."""
        try:
            samples = orjson.loads(self._samples.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            samples = {}
        return answer({"numbers": [self._number(code, samples) for code in self._numbers]})

    def _number(self, code: str, samples: Mapping[str, Any]) -> dict[str, Any]:
        discom, number = self._discoms[code], self._numbers[code]
        return {
            "discom": code,
            "name": discom.name.model_dump(),
            "short_name": discom.short_name.model_dump(),
            "display_phone_number": number.display_phone_number,
            "phone_number_id": number.phone_number_id,
            "open": discom.open,
            "samples": samples.get(code, []),
        }

    async def phones(self, _: Request) -> Response:
        """Every phone there is, the one used last first."""
        return answer({"phones": [shown_phone(phone) for phone in self._store.phones()]})

    async def phone(self, request: Request) -> Response:
        """One phone; a number that is new becomes one."""
        if not (wa_id := number_of(request.path_params["wa_id"])):
            return answer({"error": "a number has 8 to 15 digits"}, 400)
        with self._store.writing():
            phone = self._store.phone(wa_id)
        return answer(shown_phone(phone))

    async def change(self, request: Request) -> Response:
        """Gives the owner another profile name."""
        wa_id, body = number_of(request.path_params["wa_id"]), await parsed(request)
        name = body.get("name") if body else None
        if wa_id is None or not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            return answer({"error": f"expected a number and a 'name' of 1 to {LONGEST_NAME} characters"}, 422)
        with self._store.writing():
            phone = self._store.phone(wa_id)
            self._store.rename(phone, name.strip())
        return await self.phone(request)

    async def clear(self, request: Request) -> Response:
        """Empties the chat with a discom; what it offered can no longer be tapped."""
        wa_id, body = number_of(request.path_params["wa_id"]), await parsed(request)
        if wa_id is None or not body or body.get("discom") not in self._numbers:
            return answer({"error": f"'discom' must be one of {', '.join(self._numbers)}"}, 422)
        with self._store.writing():
            phone = self._store.phone(wa_id)
            self._store.clear(phone, body["discom"])
        self._hub.tell(phone.id, {"event": "cleared", "discom": body["discom"]})
        return answer({"success": True})

    async def media(self, request: Request) -> Response:
        """What was attached, for the own phone to show."""
        if media := self._store.media(request.path_params["id"]):
            return Response(media.content, media_type=media.mime_type)
        return answer({"error": "there is no such attachment"}, 404)


def shown_phone(phone: Phone) -> dict[str, Any]:
    """One phone as the API tells it."""
    return {
        "wa_id": phone.wa_id,
        "user_id": phone.user_id,
        "name": phone.name,
        "username": phone.username,
        "hidden": phone.hidden,
    }
