"""Webhook: WhatsApp's updates in. Verify the bytes, split, `acks=all` for every record, only then 200."""

import asyncio
import hmac
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import uuid5

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from fastapi import FastAPI, Query, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.kit.failpoint import failpoint
from libs.kit.kafka import OF_NO_USE
from libs.kit.logs import Seldom, log
from libs.schemas.discom import Discom
from libs.schemas.events import NAMESPACE, Event, root_event
from libs.schemas.messages import Received, Unparsed
from libs.schemas.topics import ACCOUNT, RECEIVED, STATUSES, UNPARSED
from services.gateway.coalescer import Coalescer
from services.gateway.domain import EPOCH
from services.gateway.metrics import WEBHOOK_SECONDS, answer_counter, update_counter
from services.gateway.whatsapp import Update, signature, split

MAX_BODY = 3 * 1024 * 1024
MAX_HELD = 64 * 1024 * 1024
"""Bytes of bodies in flight, all together: strangers may send much before a signature tells them from WhatsApp."""
BODY_SECONDS = 10.0
"""From a body's first piece to its last: whoever sends none would keep the room from all others."""
ACK_SECONDS = 3.0
PIECE = 300_000
"""Characters of an unsplit body per record: at up to 3 bytes each they stay below Kafka's 1 MB."""
ToWrite = tuple[str, bytes | None, Event, bytes]
"""Topic, key, event, and its value as it is written."""


class Webhook:
    """The HTTP side of the gateway, for all numbers."""

    def __init__(
        self,
        producer: AIOKafkaProducer,
        discoms: Mapping[str, Discom],
        secrets: tuple[bytes, ...],
        verify_token: str,
        key_secret: bytes,
    ) -> None:
        self._producer = producer
        self._coalescer = Coalescer()
        self._discom_of = {discom.phone_number_id: discom.code for discom in discoms.values()}
        self._secrets = secrets
        self._verify_token = verify_token.encode()
        self._key_secret = key_secret
        self._seldom = Seldom()
        self._held = 0
        self._ended = asyncio.Event()
        self._error: KafkaError | None = None

    async def run(self) -> None:
        """Until it is stopped; ends with an error when this process can write to Kafka no more."""
        await self._ended.wait()
        if self._error:
            raise self._error

    def stop(self) -> None:
        """Ends `run`; who is answered by then is up to the HTTP server."""
        self._ended.set()

    @property
    def last_poll(self) -> float:
        return time.monotonic()

    def app(self) -> ASGIApp:
        """The public HTTP interface: `GET` and `POST /webhook`, nothing else.

        POSTs come by the thousand a second and need nothing that a framework adds, so they are met before it.
        """
        others = FastAPI(title="Bijli Setu webhook", docs_url=None, redoc_url=None, openapi_url=None)
        others.add_api_route("/webhook", self.verify, methods=["GET"], response_model=None)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/webhook":
                await self.receive(scope, receive, send)
            else:
                await others(scope, receive, send)

        return app

    async def verify(
        self,
        mode: str = Query("", alias="hub.mode"),
        challenge: str = Query("", alias="hub.challenge"),
        token: str = Query("", alias="hub.verify_token"),
    ) -> Response:
        """Meta's check that the address is ours: the challenge as it came, or 403."""
        if mode == "subscribe" and hmac.compare_digest(token.encode(), self._verify_token):
            return Response(challenge, media_type="text/plain")
        return Response("wrong verify token", 403, media_type="text/plain")

    async def receive(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One POST of up to 1,000 updates. 401, 408 and 413 store nothing; 503 asks WhatsApp to send again."""
        started = time.perf_counter()
        headers = dict(scope["headers"])
        signed = headers.get(b"x-hub-signature-256")
        body = bytearray()
        try:
            status = await self._read(headers.get(b"content-length", b""), receive, body)
            status = status or await self._take(bytes(body), signed.decode("latin-1") if signed else None)
        finally:
            self._held -= len(body)
        answer_counter(str(status)).inc()
        WEBHOOK_SECONDS.observe(time.perf_counter() - started)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _read(self, length: bytes, receive: Receive, body: bytearray) -> int:
        """The raw bytes into `body`; the status to refuse them with, or 0. Nobody is known before the last byte."""
        if length.isdigit() and int(length) > MAX_BODY:
            return 413
        status = self._take_in(message := await receive(), body)
        if status or not message.get("more_body", False):
            return status
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while not status and message.get("more_body", False):
                    status = self._take_in(message := await receive(), body)
            return status
        except TimeoutError:
            return 408

    def _take_in(self, message: Message, body: bytearray) -> int:
        """One more piece of a body; the status to refuse it with, or 0."""
        chunk = message.get("body", b"")
        body += chunk
        self._held += len(chunk)
        if len(body) > MAX_BODY:
            return 413
        if self._held > MAX_HELD:
            self._seldom.warning("webhook.too_much_in_flight", answered=503)
            return 503
        return 0

    async def _take(self, body: bytes, signed: str | None) -> int:
        if not signature.valid(body, signed, self._secrets):
            return 401
        failpoint("webhook_before_kafka")
        try:
            async with asyncio.timeout(ACK_SECONDS):
                records = list(self._records(body))
                if records:
                    await self._coalescer.wait()
                sent = [
                    await self._producer.send(topic, value=value, key=key, headers=event.headers())
                    for topic, key, event, value in records
                ]
                failpoint("webhook_before_ack")
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError, OSError) as error:
            self._seldom.warning("webhook.kafka_does_not_answer", error=type(error).__name__, answered=503)
            if isinstance(error, OF_NO_USE):
                self._error = error
                self._ended.set()
            return 503
        failpoint("webhook_after_kafka")
        return 200

    def _records(self, body: bytes) -> Iterator[ToWrite]:
        now = datetime.now(UTC)
        found = split.split(body)
        if found.unsplit:
            yield from self._kept(found.unsplit, body, now)
        for update in found.updates:
            code = self._discom_of.get(update.phone_number_id or "", "")
            if update.kind != "account" and not code:
                update_counter("none", "not_ours").inc()
                yield from self._kept("phone_number_id is not ours", _dumped(update), now)
                continue
            try:
                yield self._record(update, code, now)
            except (MessageSizeTooLargeError, ValueError):
                # what cannot be written as a record of ours (lone surrogates, a megabyte of form data) is for people
                yield from self._kept("cannot be a record", _dumped(update), now)

    def _record(self, update: Update, code: str, now: datetime) -> ToWrite:
        topic = {"message": RECEIVED, "status": STATUSES, "account": ACCOUNT}[update.kind]
        data = Received(
            discom=code,
            phone_number_id=update.phone_number_id or "",
            field=update.field,
            value=update.value,
            received_at=now,
        )
        id = uuid5(NAMESPACE, update.dedupe)
        key = hmac.digest(self._key_secret, update.party.encode(errors="replace"), "sha256").hex()[:32]
        subject = update.waba_id or "" if update.kind == "account" else key
        event = root_event(id, "update.received", f"{code or 'all'}/gateway", _time(update.timestamp), subject, data)
        value = event.value()
        if len(value) > PIECE * 3:
            raise ValueError("larger than a record may be")
        update_counter(code or "none", update.kind).inc()
        return topic.name(code), subject.encode(), event, value

    def _kept(self, reason: str, body: bytes, now: datetime) -> Iterator[ToWrite]:
        """A body for people, in pieces that fit into records. The same body again makes the same ids."""
        text = body.decode("utf-8", "backslashreplace")
        update_counter("none", "unparsed").inc()
        log.warning("webhook.unparsed", reason=reason, bytes=len(body))
        digest = hmac.digest(self._key_secret, body, "sha256").hex()
        for n, start in enumerate(range(0, max(1, len(text)), PIECE)):
            data = Unparsed(reason=reason, body=text[start : start + PIECE], received_at=now)
            id = uuid5(NAMESPACE, f"unparsed {digest} {n}")
            event = root_event(id, "update.unparsed", "all/gateway", now, digest[:32], data)
            yield UNPARSED.name(), None, event, event.value()


def _dumped(update: Update) -> bytes:
    import json

    return json.dumps({"field": update.field, "value": update.value}).encode()


def _time(timestamp: int | None) -> datetime:
    """WhatsApp's time; 1970 where there is none, so that a redelivery gets the same."""
    try:
        return datetime.fromtimestamp(timestamp or 0, UTC)
    except (OverflowError, ValueError, OSError):
        return EPOCH
