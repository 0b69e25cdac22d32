"""The Cloud API: what the gateway sends to, answering as Meta does."""

import hmac
import os
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.simulator.deliveries import Deliveries
from services.simulator.domain import refusals, updates
from services.simulator.domain.phones import Bubble, Number, Phone, seen
from services.simulator.domain.refusals import Refusal
from services.simulator.domain.requests import Requests
from services.simulator.domain.updates import Update
from services.simulator.domain.wamid import wamid
from services.simulator.http import answer, parsed
from services.simulator.hub import Hub
from services.simulator.metrics import SENDS
from services.simulator.store import Store

TYPING_SECONDS = 25


class Cloud:
    """The messages endpoint of every number."""

    def __init__(
        self,
        numbers: Mapping[str, Number],
        tokens: Mapping[str, str],
        requests: Requests,
        store: Store,
        hub: Hub,
        deliveries: Deliveries,
        status_seconds: tuple[float, float, float],
    ) -> None:
        self._numbers = {number.phone_number_id: number for number in numbers.values()}
        self._tokens = tokens
        self._requests = requests
        self._store = store
        self._hub = hub
        self._deliveries = deliveries
        self._status_seconds = status_seconds

    def routes(self) -> list[Route]:
        return [Route("/{version:str}/{phone_number_id:str}/messages", self.messages, methods=["POST"])]

    async def messages(self, request: Request) -> Response:
        """Takes a message or a read receipt, or refuses it in Meta's error shape."""
        discom = "none"
        try:
            number = self._number(request)
            discom = number.discom
            body = await parsed(request)
            if body is None:
                raise refusals.not_json()
            result = self._receipt(number, body) if "status" in body else self._send(number, body)
        except Refusal as refusal:
            SENDS.labels(discom, str(refusal.code)).inc()
            return answer(refusal.body("A" + secrets.token_urlsafe(17)), refusal.status)
        SENDS.labels(discom, "accepted").inc()
        return answer(result)

    def _number(self, request: Request) -> Number:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        number = self._numbers.get(request.path_params["phone_number_id"])
        allowed = [self._tokens[number.discom]] if number else list(self._tokens.values())
        if scheme.lower() != "bearer" or not any(
            hmac.compare_digest(token.strip().encode(), known.encode()) for known in allowed
        ):
            raise refusals.no_token()
        if number is None or not re.fullmatch(r"v\d+\.\d+", request.path_params["version"]):
            raise refusals.no_such_number()
        return number

    def _send(self, number: Number, body: dict[str, Any]) -> dict[str, Any]:
        """Puts the message on the phone and plans its statuses, in one commit, before it is answered."""
        self._requests.check(body)
        now = time.time()
        with self._store.writing():
            phone = self._recipient(number, body)
            id = wamid(phone.shown_as, "business", os.urandom(9))
            look = seen(body)
            bubble = Bubble("in", number.discom, id, body["type"], look.text, now, "sent", body, look.choices)
            n = self._store.add(phone, bubble)
            planned = self._store.plan(self._statuses(number, phone, id, body, now), now)
        self._deliveries.add(planned)
        self._hub.tell(phone.id, {"event": "message", "n": n})
        given = {"input": body["to"], "wa_id": phone.wa_id} if "to" in body else {}
        contact = given or {"input": body["recipient"], "user_id": phone.user_id}
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": id}]}

    def _recipient(self, number: Number, body: dict[str, Any]) -> Phone:
        """The phone that is meant; a number wins over a user id."""
        if body.get("recipient_type") == "group":
            raise refusals.invalid("recipient_type", "must be individual: there are no groups here")
        if "to" in body:
            digits = re.sub(r"[\s()-]", "", body["to"])
            if not re.fullmatch(r"\+?\d{8,15}", digits):
                raise refusals.invalid("to", "is not a phone number")
            # without plus and country code WhatsApp puts the business's own country code in front
            wa_id = digits.lstrip("+") if len(digits) > 10 else f"91{digits}"
            if wa_id == number.display_phone_number:
                raise Refusal(131021, "(#131021) Recipient cannot be sender")
            return self._store.phone(wa_id)
        if phone := self._store.phone_of_user(body["recipient"]):
            return phone
        raise Refusal(131026, "(#131026) Message undeliverable", "The recipient is not known")

    def _statuses(self, number: Number, phone: Phone, id: str, body: dict[str, Any], now: float) -> list[Update]:
        echoed = {key: body[key] for key in ("biz_opaque_callback_data",) if key in body}
        planned = []
        for status, delay in zip(("sent", "delivered", "read"), self._status_seconds, strict=True):
            content = {"id": id, "status": status, "timestamp": str(int(now + delay)), **echoed}
            if status != "read":
                content["pricing"] = updates.pricing("service")
            value = updates.status(number, phone, content)
            planned.append(Update(number.discom, f"status {id}", now + delay, value, id, status))
        return planned

    def _receipt(self, number: Number, body: dict[str, Any]) -> dict[str, Any]:
        """Blue ticks at the phone, and `typing…` where asked."""
        self._requests.check_mark_read(body)
        found = self._store.message(body["message_id"])
        if not found or found[2].discom != number.discom or found[2].direction != "out":
            raise refusals.invalid("message_id", "is not a message that this number received")
        phone, n, _ = found
        with self._store.writing():
            changed = self._store.mark_read_until(phone, number.discom, n)
        if changed:
            self._hub.tell(phone, {"event": "read", "discom": number.discom, "n": n})
        if "typing_indicator" in body:
            self._hub.tell(phone, {"event": "typing", "discom": number.discom, "seconds": TYPING_SECONDS})
        return {"success": True}
