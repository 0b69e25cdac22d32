"""Faults by API: `/api/faults`. They survive a restart, and so does how often each was drawn."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.simulator.domain.faults import KINDS, Fault, Place, WrongFault, asked
from services.simulator.http import answer, parsed
from services.simulator.store import Store


class Faults:
    """Those that were asked for and are still there."""

    def __init__(self, store: Store, discoms: Collection[str], codes: Collection[int]) -> None:
        self._store = store
        self._discoms = discoms
        self._codes = codes
        self._faults = {fault.id: fault for fault in store.faults.all()}

    def routes(self) -> list[Route]:
        return [
            Route("/api/faults", self.show, methods=["GET"]),
            Route("/api/faults", self.add, methods=["POST"]),
            Route("/api/faults", self.remove, methods=["DELETE"]),
            Route("/api/faults/{id:int}", self.remove, methods=["DELETE"]),
        ]

    def any(self, place: Place) -> bool:
        """Whether something may strike at this place at all."""
        return any(KINDS[fault.kind].place == place for fault in self._faults.values())

    def strike(self, place: Place, discom: str, phone: str) -> dict[str, Fault]:
        """Draws every fault of this place and says which strike, by kind. Call it inside a transaction."""
        struck: dict[str, Fault] = {}
        for fault in list(self._faults.values()):
            if KINDS[fault.kind].place != place or not fault.concerns(discom, phone):
                continue
            self._faults[fault.id], strikes = fault.draw()
            self._store.faults.count(self._faults[fault.id])
            if strikes:
                struck.setdefault(fault.kind, fault)
        return struck

    def rule(self, kind: str, discom: str | None = None, phone: str | None = None) -> Fault | None:
        """The rule of this kind that holds here, if any. Rules are not drawn."""
        for fault in self._faults.values():
            if fault.kind == kind and fault.discom in (None, discom) and fault.phone in (None, phone):
                return fault
        return None

    async def show(self, _: Request) -> Response:
        kinds = {
            name: {"place": kind.place, "does": kind.does, "details": kind.details} for name, kind in KINDS.items()
        }
        return answer({"faults": [shown(fault) for fault in self._faults.values()], "kinds": kinds})

    async def add(self, request: Request) -> Response:
        body = await parsed(request)
        if body is None:
            return answer({"error": "expected a JSON object"}, 400)
        try:
            fault = asked(body, self._discoms, self._codes)
        except WrongFault as error:
            return answer({"error": str(error)}, 422)
        with self._store.writing():
            kept = self._store.faults.add(fault)
        self._faults[kept.id] = kept
        return answer(shown(kept), 201)

    async def remove(self, request: Request) -> Response:
        """One fault, or all of them."""
        id = request.path_params.get("id")
        with self._store.writing():
            removed = self._store.faults.remove(id)
        self._faults = {fault.id: fault for fault in self._store.faults.all()}
        return answer({"removed": removed}, 404 if id is not None and not removed else 200)


def shown(fault: Fault) -> dict[str, object]:
    """One fault as the API tells it."""
    return {
        "id": fault.id,
        "kind": fault.kind,
        "discom": fault.discom,
        "phone": fault.phone,
        "rate": fault.rate,
        "seed": fault.seed,
        "remaining": fault.remaining,
        **fault.details,
        "drawn": fault.drawn,
        "struck": fault.struck,
    }
