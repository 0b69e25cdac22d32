"""What happens at phones, live: one stream of server-sent events for all phones that a page shows."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.simulator.http import answer, number_of
from services.simulator.hub import Event, Hub
from services.simulator.phones import shown
from services.simulator.store import Store

KEEP_ALIVE_SECONDS = 15.0
MOST_PHONES = 50


class Events:
    """`GET /api/events?phones=91…,91…`."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._hub = hub

    def routes(self) -> list[Route]:
        return [Route("/api/events", self.stream, methods=["GET"])]

    async def stream(self, request: Request) -> Response:
        """Events from now on. A reader that asks for the messages once it was told `open` misses nothing."""
        numbers = [number_of(text) for text in request.query_params.get("phones", "").split(",")]
        wanted = [number for number in numbers if number]
        if not wanted or len(wanted) != len(numbers) or len(wanted) > MOST_PHONES:
            return answer({"error": f"'phones' must be 1 to {MOST_PHONES} numbers, separated by commas"}, 400)
        with self._store.writing():
            phones = {self._store.phones.get(wa_id).id: wa_id for wa_id in wanted}
        return StreamingResponse(self._lines(phones), media_type="text/event-stream")

    async def _lines(self, phones: Mapping[int, str]) -> AsyncGenerator[bytes, None]:
        with self._hub.listening(phones) as ear:
            yield b'retry: 1000\ndata: {"event":"open"}\n\n'
            while not self._hub.closed:
                try:
                    async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                        event = await ear.get()
                except TimeoutError:
                    yield b":\n\n"
                    continue
                if event:
                    yield b"data: " + orjson.dumps(self._told(event, phones)) + b"\n\n"

    def _told(self, event: Event, phones: Mapping[int, str]) -> Event:
        """The event for the page: with the phone's number, and the message itself."""
        told = {**event, "phone": phones[event["phone"]]}
        if event["event"] == "message" and (found := self._store.messages.at(event["phone"], event["n"])):
            told["message"] = shown(event["n"], found)
        return told
