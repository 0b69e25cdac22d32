"""Who is behind a number changes: a new number for the same person, or a new person with the number."""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.simulator.deliveries import Deliveries
from services.simulator.domain import updates
from services.simulator.domain.phones import Number, Phone
from services.simulator.domain.updates import Update
from services.simulator.domain.wamid import wamid
from services.simulator.http import answer, number_of, parsed
from services.simulator.hub import Hub
from services.simulator.store import Store
from services.simulator.store.phones import new_user_id


class Identity:
    """Tells every discom that the phone has a chat with, by a `system` message as Meta's."""

    def __init__(self, numbers: Mapping[str, Number], store: Store, hub: Hub, deliveries: Deliveries) -> None:
        self._numbers = numbers
        self._store = store
        self._hub = hub
        self._deliveries = deliveries

    def routes(self) -> list[Route]:
        return [
            Route("/api/phones/{wa_id:str}/number", self.move, methods=["POST"]),
            Route("/api/phones/{wa_id:str}/identity", self.renew, methods=["POST"]),
        ]

    async def move(self, request: Request) -> Response:
        """`{"wa_id": "91…"}`: the person keeps the chats and gets this number, and a new user id with it."""
        body = await parsed(request) or {}
        old = self._found(request)
        wa_id = number_of(str(body.get("wa_id", "")))
        if old is None or wa_id is None:
            return answer({"error": "expected a phone that exists and 'wa_id', a number of 8 to 15 digits"}, 422)
        if self._store.phones.find(wa_id):
            return answer({"error": "this number has a phone already"}, 422)
        new = replace(old, wa_id=wa_id, user_id=new_user_id())
        change = {"type": "user_changed_number", "user_id": new.user_id, "previous_user_id": old.user_id}
        sentence = "User changed to a new number"
        if not old.hidden:
            sentence = f"User {old.name} changed from {old.wa_id} to {wa_id}"
            change["wa_id"] = wa_id
        self._tell(old, new, {"body": sentence, **change})
        self._hub.tell(old.id, {"event": "moved", "to": wa_id})
        return answer({"wa_id": new.wa_id, "user_id": new.user_id})

    async def renew(self, request: Request) -> Response:
        """The phone was set up anew, or the number belongs to somebody else now: the keys are other ones."""
        phone = self._found(request)
        if phone is None:
            return answer({"error": "there is no such phone"}, 404)
        change = {"type": "customer_identity_changed", "identity": os.urandom(16).hex()}
        if not phone.hidden:
            change |= {"wa_id": phone.wa_id, "customer": phone.wa_id}
        self._tell(phone, phone, {"body": f"{phone.name} has a new security code", **change})
        return answer({"identity": change["identity"]})

    def _found(self, request: Request) -> Phone | None:
        wa_id = number_of(request.path_params["wa_id"])
        return self._store.phones.find(wa_id) if wa_id else None

    def _tell(self, old: Phone, new: Phone, change: dict[str, Any]) -> None:
        """Keeps the change and its webhooks in one commit."""
        now, told = time.time(), []
        with self._store.writing():
            self._store.phones.change(new)
            for code in self._store.phones.known_to(old):
                id = wamid(old.shown_as, "person", os.urandom(10))
                content = {"id": id, "timestamp": str(int(now)), "type": "system", "system": change}
                value = updates.system(self._numbers[code], old, content)
                told.append(Update(code, f"phone {old.id}", now, value))
            planned = self._store.webhooks.plan(told, now)
        self._deliveries.add(planned)
