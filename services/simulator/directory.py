"""Who can be written to, and who writes: the numbers of the discoms, and the phones there are."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
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
USERNAME = re.compile(r"[a-z0-9._]{3,30}")


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
        return answer({"phones": [self._shown(phone) for phone in self._store.phones.all()]})

    async def phone(self, request: Request) -> Response:
        """One phone; a number that is new becomes one."""
        if not (wa_id := number_of(request.path_params["wa_id"])):
            return answer({"error": "a number has 8 to 15 digits"}, 400)
        with self._store.writing():
            phone = self._store.phones.get(wa_id)
        return answer(self._shown(phone))

    async def change(self, request: Request) -> Response:
        """What the owner may change: `name`, `username`, `hidden` (the number), `blocked` (discoms)."""
        wa_id, body = number_of(request.path_params["wa_id"]), await parsed(request)
        if wa_id is None or body is None:
            return answer({"error": "expected a JSON object, sent to a number of 8 to 15 digits"}, 400)
        try:
            fields = _profile(body, self._numbers)
        except ValueError as error:
            return answer({"error": str(error)}, 422)
        blocked = fields.pop("blocked", None)
        with self._store.writing():
            phone = replace(self._store.phones.get(wa_id), **fields)
            self._store.phones.change(phone)
            if blocked is not None:
                self._store.phones.block(phone, blocked)
        return answer(self._shown(phone))

    async def clear(self, request: Request) -> Response:
        """Empties the chat with a discom; what it offered can no longer be tapped."""
        wa_id, body = number_of(request.path_params["wa_id"]), await parsed(request)
        if wa_id is None or not body or body.get("discom") not in self._numbers:
            return answer({"error": f"'discom' must be one of {', '.join(self._numbers)}"}, 422)
        with self._store.writing():
            phone = self._store.phones.get(wa_id)
            self._store.messages.clear(phone, body["discom"])
        self._hub.tell(phone.id, {"event": "cleared", "discom": body["discom"]})
        return answer({"success": True})

    async def media(self, request: Request) -> Response:
        """What was attached, for the own phone to show."""
        if media := self._store.media.find(request.path_params["id"]):
            return Response(media.content, media_type=media.mime_type)
        return answer({"error": "there is no such attachment"}, 404)

    def _shown(self, phone: Phone) -> dict[str, Any]:
        return {
            "wa_id": phone.wa_id,
            "user_id": phone.user_id,
            "name": phone.name,
            "username": phone.username,
            "hidden": phone.hidden,
            "blocked": self._store.phones.blocked_by(phone),
        }


def _profile(body: Mapping[str, Any], discoms: Collection[str]) -> dict[str, Any]:
    """The fields of a profile that are to change. Raises `ValueError`, whose text says what is allowed."""
    fields: dict[str, Any] = {}
    if "name" in body:
        name = body["name"]
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            raise ValueError(f"'name' must be a text of 1 to {LONGEST_NAME} characters")
        fields["name"] = name.strip()
    if "username" in body:
        username = body["username"] or None
        if username is not None and not (isinstance(username, str) and USERNAME.fullmatch(username)):
            raise ValueError("'username' must be 3 to 30 of a-z, 0-9, dot and underscore, or empty")
        fields["username"] = username
    if "hidden" in body:
        if not isinstance(body["hidden"], bool):
            raise ValueError("'hidden' must be true or false")
        fields["hidden"] = body["hidden"]
    if "blocked" in body:
        blocked = body["blocked"]
        if not isinstance(blocked, list) or not set(map(str, blocked)) <= set(discoms):
            raise ValueError(f"'blocked' must be a list of {', '.join(discoms)}")
        fields["blocked"] = blocked
    if not fields:
        raise ValueError("one of 'name', 'username', 'hidden' and 'blocked' is expected")
    return fields
