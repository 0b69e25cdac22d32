"""The phones: what a person does with WhatsApp, for tests and for the page."""

import base64
import binascii
import hashlib
import os
import re
import time
from asyncio import timeout
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.simulator.deliveries import Deliveries
from services.simulator.domain import updates, writing
from services.simulator.domain.limits import Throughput
from services.simulator.domain.phones import Bubble, Number, Phone
from services.simulator.domain.updates import Update
from services.simulator.domain.wamid import wamid
from services.simulator.domain.writing import CannotWrite, Content
from services.simulator.faults import Faults
from services.simulator.http import answer, number_of, parsed
from services.simulator.hub import Hub
from services.simulator.metrics import WRITTEN
from services.simulator.store import Store
from services.simulator.store.media import Media

LONGEST_WAIT = 60.0
PAGE = 500
MAX_MEDIA = 16_000_000
DOUBLE_SECONDS = 0.05
MIME_TYPE = re.compile(r"(image|audio|video|application)/[\w.+-]+(; ?codecs=[\w.]+)?")


class Phones:
    """Any number of phones, each known by its WhatsApp number."""

    def __init__(
        self,
        numbers: Mapping[str, Number],
        store: Store,
        hub: Hub,
        deliveries: Deliveries,
        faults: Faults,
        traffic: Mapping[str, Throughput],
    ) -> None:
        self._numbers = numbers
        self._faults = faults
        self._traffic = traffic
        self._store = store
        self._hub = hub
        self._deliveries = deliveries

    def routes(self) -> list[Route]:
        path = "/api/phones/{wa_id:str}/messages"
        return [Route(path, self.write, methods=["POST"]), Route(path, self.read, methods=["GET"])]

    async def write(self, request: Request) -> Response:
        """A person writes, taps or attaches something. 422 says what a phone would not let anybody do."""
        wa_id = number_of(request.path_params["wa_id"])
        body = await parsed(request)
        if wa_id is None or body is None:
            return answer({"error": "expected a JSON object, sent to a number of 8 to 15 digits"}, 400)
        try:
            n, id = self._write(wa_id, body)
        except CannotWrite as error:
            return answer({"error": str(error)}, 422)
        return answer({"wamid": id, "n": n})

    async def read(self, request: Request) -> Response:
        """The messages after `after`; with `wait` (seconds) it answers as soon as there is one."""
        wa_id = number_of(request.path_params["wa_id"])
        try:
            after = int(request.query_params.get("after", 0))
            limit = min(PAGE, int(request.query_params.get("limit", PAGE)))
            wait = min(LONGEST_WAIT, float(request.query_params.get("wait", 0)))
        except ValueError:
            return answer({"error": "'after', 'limit' and 'wait' must be numbers"}, 400)
        if wa_id is None:
            return answer({"error": "a number has 8 to 15 digits"}, 400)
        with self._store.writing():
            phone = self._store.phones.get(wa_id)
        found = self._store.messages.after(phone, after, limit)
        if not found and wait > 0:
            with self._hub.listening([phone.id]) as ear:
                try:
                    async with timeout(wait):
                        while not (found := self._store.messages.after(phone, after, limit)) and await ear.get():
                            continue
                except TimeoutError:
                    found = []
        return answer({"messages": [shown(n, bubble) for n, bubble in found]})

    def _write(self, wa_id: str, body: Mapping[str, Any]) -> tuple[int, str]:
        """Keeps the message and its webhook in one commit."""
        number = self._numbers.get(body["to"]) if isinstance(body.get("to"), str) else None
        if number is None:
            raise CannotWrite(f"'to' must be one of {', '.join(self._numbers)}")
        key = body.get("key")
        if key is not None and (not isinstance(key, str) or len(key) > 100):
            raise CannotWrite("'key' must be a string of at most 100 characters")
        now = time.time()
        with self._store.writing():
            if key and (written := self._store.messages.written_with(key)):
                return written
            phone = self._store.phones.get(wa_id)
            if number.discom in self._store.phones.blocked_by(phone):
                raise CannotWrite(f"this phone has blocked {number.discom}: unblock it first")
            content = self._content(number, phone, body)
            id = wamid(phone.shown_as, "person", os.urandom(10))
            content = {"id": id, "timestamp": str(int(now)), **content}
            bubble = Bubble("out", number.discom, id, content["type"], writing.words(content), now, "sent", content)
            n = self._store.messages.add(phone, bubble, key)
            value = updates.message(number, phone, content)
            told = [Update(number.discom, f"phone {phone.id}", now, value, wamid=id)]
            if "webhook_doubled" in self._faults.strike("webhook", number.discom, wa_id):
                told.append(Update(number.discom, f"phone {phone.id} again", now + DOUBLE_SECONDS, value))
            planned = self._store.webhooks.plan(told, now)
        self._deliveries.add(planned)
        self._traffic[number.discom].count(now)
        self._hub.tell(phone.id, {"event": "message", "n": n, "key": key})
        WRITTEN.labels(number.discom, content["type"]).inc()
        return n, id

    def _content(self, number: Number, phone: Phone, body: Mapping[str, Any]) -> Content:
        """Meta's message object for what was asked."""
        if "tap" in body:
            return self._tap(number, phone, body)
        type, given = writing.given(body)
        match type:
            case "text":
                content = writing.text(given)
            case "location":
                content = writing.location(given)
            case "reaction" | "edit" | "revoke":
                content = writing.about(type, given)
            case _ if type in writing.MIME_TYPES:
                content = self._media(type, given)
            case _:
                content = writing.passed_on(type, given)
        if isinstance(quoted := body.get("reply_to"), str):
            found = self._store.messages.find(quoted)
            if not found or found[0] != phone.id:
                raise CannotWrite("'reply_to' is not a message on this phone")
            sender = number.display_phone_number if found[2].direction == "in" else phone.shown_as
            content["context"] = {"from": sender, "id": quoted}
        elif body.get("forwarded") is True:
            content["context"] = {"forwarded": True}
        return content

    def _tap(self, number: Number, phone: Phone, body: Mapping[str, Any]) -> Content:
        wanted, named = body["tap"], body.get("message")
        if not isinstance(wanted, str) or not (named is None or isinstance(named, str)):
            raise CannotWrite("'tap' must be the id of a choice, 'message' the wamid that offered it")
        offer = self._store.messages.offer(phone, number.discom, wanted, named)
        if offer is None:
            raise CannotWrite(
                f"'tap': {number.discom} has not offered this choice to this phone, or it is no longer there"
            )
        choice = next(choice for choice in offer.choices if choice["id"] == wanted)
        return {"context": {"from": number.display_phone_number, "id": offer.wamid}} | writing.tap(offer, choice)

    def _media(self, type: str, given: Mapping[str, Any]) -> Content:
        """Keeps what is attached (`data`, base64; a test may leave it out)."""
        try:
            data = base64.b64decode(given.get("data", ""), validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise CannotWrite("'data' must be base64") from None
        if len(data) > MAX_MEDIA:
            raise CannotWrite(f"'data' may hold {MAX_MEDIA} bytes")
        mime_type = given.get("mime_type", writing.MIME_TYPES[type])
        if not isinstance(mime_type, str) or not re.fullmatch(
            r"(image|audio|video|application)/[\w.+-]+(; ?codecs=[\w.]+)?", mime_type
        ):
            raise CannotWrite("'mime_type' must be like image/jpeg")
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        media = Media(str(int.from_bytes(os.urandom(7))), mime_type, digest, data)
        self._store.media.keep(media)
        return writing.media(type, given, media.id, media.mime_type, media.sha256)


def shown(n: int, bubble: Bubble) -> dict[str, Any]:
    """One message as the API tells it."""
    return {
        "n": n,
        "direction": bubble.direction,
        "discom": bubble.discom,
        "wamid": bubble.wamid,
        "type": bubble.type,
        "text": bubble.text,
        "choices": bubble.choices,
        "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(bubble.at)) + f".{int(bubble.at % 1 * 1000):03}Z",
        "status": bubble.status,
        "payload": bubble.payload,
    }
