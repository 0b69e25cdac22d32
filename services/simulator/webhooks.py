"""Webhooks by API: what waits, and what Meta's time and accidents would do to it."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.simulator.deliveries import Deliveries
from services.simulator.http import answer, parsed
from services.simulator.store import Store

LONGEST_FORWARD = 30 * 24 * 3600
MOST_REPLAYED = 1000


class Webhooks:
    """`/api/webhooks` and `/api/time`."""

    def __init__(self, discoms: Collection[str], store: Store, deliveries: Deliveries) -> None:
        self._discoms = discoms
        self._store = store
        self._deliveries = deliveries

    def routes(self) -> list[Route]:
        return [
            Route("/api/webhooks", self.show, methods=["GET"]),
            Route("/api/webhooks/hurry", self.hurry, methods=["POST"]),
            Route("/api/webhooks/replay", self.replay, methods=["POST"]),
            Route("/api/time", self.forward, methods=["POST"]),
        ]

    async def show(self, _: Request) -> Response:
        """How many wait, by discom, and whether the receiver has proved that it knows the verify token."""
        return answer({"waiting": self._deliveries.waiting(), "verified": self._deliveries.verified})

    async def hurry(self, _: Request) -> Response:
        """Makes the next attempt of everything that waits now."""
        self._deliveries.hurry()
        return answer({"success": True})

    async def replay(self, request: Request) -> Response:
        """Delivers the last webhooks again: `{"last": 20, "discom": "mvvnl"}`."""
        body = await parsed(request) or {}
        last, discom = body.get("last", 20), body.get("discom")
        if not isinstance(last, int) or not 0 < last <= MOST_REPLAYED:
            return answer({"error": f"'last' must be a number from 1 to {MOST_REPLAYED}"}, 422)
        if discom is not None and discom not in self._discoms:
            return answer({"error": f"'discom' must be one of {', '.join(self._discoms)}"}, 422)
        return answer({"replayed": self._deliveries.replay(last, discom)})

    async def forward(self, request: Request) -> Response:
        """Lets time pass, `{"forward": 86400}` seconds of it: for what waits, the 24-hour window and the pair limit."""
        body = await parsed(request) or {}
        seconds = body.get("forward")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_FORWARD:
            return answer({"error": f"'forward' must be a number of seconds up to {LONGEST_FORWARD}"}, 422)
        with self._store.writing():
            self._store.webhooks.age(seconds)
            self._store.phones.age(seconds)
        self._deliveries.reload()
        return answer({"success": True})
