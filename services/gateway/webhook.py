"""Webhook: WhatsApp's updates in. Verify the bytes, split, `acks=all` for every record, only then 200."""

import asyncio
import hmac
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import uuid5

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from fastapi import FastAPI, Query, Request, Response

from libs.kit.failpoint import failpoint
from libs.kit.logs import Seldom, log
from libs.schemas.discom import Discom
from libs.schemas.events import NAMESPACE, Event, root_event
from libs.schemas.messages import Received, Unparsed
from libs.schemas.topics import ACCOUNT, RECEIVED, STATUSES, UNPARSED
from services.gateway.metrics import WEBHOOK_ANSWERS, WEBHOOK_SECONDS, WEBHOOK_UPDATES
from services.gateway.whatsapp import Update, signature, split

MAX_BODY = 3 * 1024 * 1024
ACK_SECONDS = 3.0
PIECE = 300_000
"""Characters of an unsplit body per record: at up to 3 bytes each they stay below Kafka's 1 MB."""
EPOCH = datetime.fromtimestamp(0, UTC)


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
        self._discom_of = {discom.phone_number_id: discom.code for discom in discoms.values()}
        self._secrets = secrets
        self._verify_token = verify_token.encode()
        self._key_secret = key_secret
        self._seldom = Seldom()

    def app(self) -> FastAPI:
        """The public HTTP interface: `GET` and `POST /webhook`, nothing else."""
        app = FastAPI(title="Bijli Setu webhook", docs_url=None, redoc_url=None, openapi_url=None)
        app.add_api_route("/webhook", self.verify, methods=["GET"], response_model=None)
        app.add_route("/webhook", self.receive, methods=["POST"])
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

    async def receive(self, request: Request) -> Response:
        """One POST of up to 1,000 updates. 401 and 413 store nothing; 503 asks WhatsApp to send again."""
        started = time.perf_counter()
        status = await self._receive(request)
        WEBHOOK_ANSWERS.labels(str(status)).inc()
        WEBHOOK_SECONDS.observe(time.perf_counter() - started)
        return Response(status_code=status)

    async def _receive(self, request: Request) -> int:
        body = await _body(request)
        if body is None:
            return 413
        if not signature.valid(body, request.headers.get("x-hub-signature-256"), self._secrets):
            return 401
        failpoint("webhook_before_kafka")
        try:
            async with asyncio.timeout(ACK_SECONDS):
                sent = [
                    await self._producer.send(topic, value=event.value(), key=key, headers=event.headers())
                    for topic, key, event in self._records(body)
                ]
                failpoint("webhook_before_ack")
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError, OSError) as error:
            self._seldom.warning("webhook.kafka_does_not_answer", error=type(error).__name__, answered=503)
            return 503
        failpoint("webhook_after_kafka")
        return 200

    def _records(self, body: bytes) -> Iterator[tuple[str, bytes | None, Event]]:
        now = datetime.now(UTC)
        found = split.split(body)
        if found.unsplit:
            yield from self._kept(found.unsplit, body, now)
        for update in found.updates:
            code = self._discom_of.get(update.phone_number_id or "", "")
            if update.kind != "account" and not code:
                WEBHOOK_UPDATES.labels("none", "not_ours").inc()
                yield from self._kept("phone_number_id is not ours", _dumped(update), now)
                continue
            try:
                yield self._record(update, code, now)
            except (MessageSizeTooLargeError, ValueError):
                # what cannot be written as a record of ours (lone surrogates, a megabyte of form data) is for people
                yield from self._kept("cannot be a record", _dumped(update), now)

    def _record(self, update: Update, code: str, now: datetime) -> tuple[str, bytes, Event]:
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
        if len(event.value()) > PIECE * 3:
            raise ValueError("larger than a record may be")
        WEBHOOK_UPDATES.labels(code or "none", update.kind).inc()
        return topic.name(code), subject.encode(), event

    def _kept(self, reason: str, body: bytes, now: datetime) -> Iterator[tuple[str, None, Event]]:
        """A body for people, in pieces that fit into records. The same body again makes the same ids."""
        text = body.decode("utf-8", "backslashreplace")
        WEBHOOK_UPDATES.labels("none", "unparsed").inc()
        log.warning("webhook.unparsed", reason=reason, bytes=len(body))
        digest = hmac.digest(self._key_secret, body, "sha256").hex()
        for n, start in enumerate(range(0, max(1, len(text)), PIECE)):
            data = Unparsed(reason=reason, body=text[start : start + PIECE], received_at=now)
            id = uuid5(NAMESPACE, f"unparsed {digest} {n}")
            yield UNPARSED.name(), None, root_event(id, "update.unparsed", "all/gateway", now, digest[:32], data)


def _dumped(update: Update) -> bytes:
    import json

    return json.dumps({"field": update.field, "value": update.value}).encode()


def _time(timestamp: int | None) -> datetime:
    """WhatsApp's time; 1970 where there is none, so that a redelivery gets the same."""
    try:
        return datetime.fromtimestamp(timestamp or 0, UTC)
    except (OverflowError, ValueError, OSError):
        return EPOCH


async def _body(request: Request) -> bytes | None:
    """The raw bytes, or None above 3 MB; reads no further than that."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BODY:
        return None
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
