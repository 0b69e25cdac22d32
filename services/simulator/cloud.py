"""The Cloud API: what the gateway sends to, answering as Meta does, or as badly as a fault asks for."""

import asyncio
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.simulator.domain import refusals
from services.simulator.domain.faults import Fault
from services.simulator.domain.phones import Number
from services.simulator.domain.refusals import Refusal
from services.simulator.domain.requests import Requests
from services.simulator.faults import Faults
from services.simulator.http import Reset, Silence, answer, parsed
from services.simulator.hub import Hub
from services.simulator.metrics import SENDS
from services.simulator.sending import Sending
from services.simulator.store import Store

TYPING_SECONDS = 25


class Cloud:
    """The messages endpoint of every number."""

    def __init__(
        self,
        numbers: Mapping[str, Number],
        tokens: Mapping[str, str],
        requests: Requests,
        sending: Sending,
        faults: Faults,
        store: Store,
        hub: Hub,
    ) -> None:
        self._numbers = {number.phone_number_id: number for number in numbers.values()}
        self._tokens = tokens
        self._requests = requests
        self._sending = sending
        self._faults = faults
        self._store = store
        self._hub = hub

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
            response = answer(self._receipt(number, body)) if "status" in body else await self._send(number, body)
        except Refusal as refusal:
            SENDS.labels(discom, str(refusal.code)).inc()
            return answer(refusal.body("A" + secrets.token_urlsafe(17)), refusal.status)
        SENDS.labels(discom, "accepted" if response.status_code == 200 else str(response.status_code)).inc()
        return response

    def _number(self, request: Request) -> Number:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        number = self._numbers.get(request.path_params["phone_number_id"])
        allowed = [self._tokens[number.discom]] if number else list(self._tokens.values())
        if scheme.lower() != "bearer" or not any(
            hmac.compare_digest(token.strip().encode(), known.encode()) for known in allowed
        ):
            raise refusals.no_token()
        if number is None or not re.fullmatch(r"v[0-9]+\.[0-9]+", request.path_params["version"]):
            raise refusals.no_such_number()
        return number

    async def _send(self, number: Number, body: dict[str, Any]) -> Response:
        self._requests.check(body)
        struck = self._struck(number, body)
        if latency := struck.pop("latency", None):
            await asyncio.sleep(latency.details["seconds"])
        fault = next(iter(struck.values()), None)
        if fault and (instead := self._instead(fault)):
            return instead
        failing = fault.details["code"] if fault and fault.kind == "failed" else None
        accepted = self._sending.accept(number, body, failing)
        match fault and fault.kind:
            case "reset_after":
                return Reset()
            case "no_answer":
                return Silence()
        return answer(accepted)

    def _struck(self, number: Number, body: dict[str, Any]) -> dict[str, Fault]:
        if not self._faults.any("send"):
            return {}
        with self._store.writing():
            phone = self._sending.recipient(number, body)
            return self._faults.strike("send", number.discom, phone.wa_id)

    def _instead(self, fault: Fault) -> Response | None:
        """What is answered in place of accepting. Raises the `Refusal` that a fault asks for."""
        match fault.kind:
            case "reset_before":
                return Reset()
            case "throttled":
                raise self._sending.refusal(130429, 429)
            case "error":
                raise self._sending.refusal(fault.details["code"], fault.details["status"])
            case "server_error":
                raise self._sending.refusal(131000, fault.details["status"])
            case "server_error_empty":
                return Response(status_code=fault.details["status"])
        return None

    def _receipt(self, number: Number, body: dict[str, Any]) -> dict[str, Any]:
        """Blue ticks at the phone, and `typing…` where asked."""
        self._requests.check_mark_read(body)
        found = self._store.messages.find(body["message_id"])
        if not found or found[2].discom != number.discom or found[2].direction != "out":
            raise refusals.invalid("message_id", "is not a message that this number received")
        phone, n, _ = found
        with self._store.writing():
            changed = self._store.messages.mark_read_until(phone, number.discom, n)
        if changed:
            self._hub.tell(phone, {"event": "read", "discom": number.discom, "n": n})
        if "typing_indicator" in body:
            self._hub.tell(phone, {"event": "typing", "discom": number.discom, "seconds": TYPING_SECONDS})
        return {"success": True}
