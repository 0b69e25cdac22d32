"""Templates by API: `/api/templates`. A change of status is told to the webhook as Meta tells it."""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.simulator.deliveries import Deliveries
from services.simulator.domain import updates
from services.simulator.domain.phones import Number
from services.simulator.domain.templates import CATEGORIES, STATUSES, Template
from services.simulator.domain.updates import Update
from services.simulator.http import answer, parsed
from services.simulator.store import Store

NAME = re.compile(r"[a-z0-9_]{1,512}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
LONGEST_BODY, LONGEST_BUTTON, MOST_BUTTONS = 1024, 25, 10


class Templates:
    """Those that exist at each number."""

    def __init__(self, numbers: Mapping[str, Number], store: Store, deliveries: Deliveries) -> None:
        self._numbers = numbers
        self._store = store
        self._deliveries = deliveries

    def routes(self) -> list[Route]:
        return [
            Route("/api/templates", self.show, methods=["GET"]),
            Route("/api/templates", self.create, methods=["POST"]),
            Route("/api/templates/{id:int}", self.change, methods=["POST"]),
        ]

    async def show(self, _: Request) -> Response:
        return answer({"templates": [shown(template) for template in self._store.templates.all()]})

    async def create(self, request: Request) -> Response:
        """Makes a template, or changes the text of one of the same name and language."""
        body = await parsed(request) or {}
        template = Template(
            None,
            body.get("discom", ""),
            body.get("name", ""),
            body.get("language", "hi"),
            body.get("category", "utility"),
            body.get("status", "APPROVED"),
            body.get("body"),
            tuple(body.get("buttons", ())),
        )
        if wrong := self._wrong(template):
            return answer({"error": wrong}, 422)
        return answer(shown(self._keep(template, None)), 201)

    async def change(self, request: Request) -> Response:
        """Approves, pauses, rejects …: `{"status": "PAUSED", "reason": "…"}`."""
        body = await parsed(request) or {}
        template = self._store.templates.get(request.path_params["id"])
        if template is None:
            return answer({"error": "there is no such template"}, 404)
        changed, reason = replace(template, status=body.get("status", "")), body.get("reason")
        if wrong := self._wrong(changed):
            return answer({"error": wrong}, 422)
        return answer(shown(self._keep(changed, reason if isinstance(reason, str) else None)))

    def _keep(self, template: Template, reason: str | None) -> Template:
        """Keeps it and tells the webhook, in one commit."""
        now, number = time.time(), self._numbers[template.discom]
        with self._store.writing():
            kept = self._store.templates.save(template)
            value = updates.account(number, kept.told(reason), "message_template_status_update", now)
            planned = self._store.webhooks.plan([Update(number.discom, f"template {kept.id}", now, value)], now)
        self._deliveries.add(planned)
        return kept

    def _wrong(self, it: Template) -> str | None:
        """What is wrong with a template, and what is allowed."""
        if it.discom not in self._numbers:
            return f"'discom' must be one of {', '.join(self._numbers)}"
        if not isinstance(it.name, str) or not NAME.fullmatch(it.name):
            return "'name' may hold only lower-case letters, digits and underscores"
        if not isinstance(it.language, str) or not LANGUAGE.fullmatch(it.language):
            return "'language' must be like hi or en_US"
        if it.category not in CATEGORIES:
            return f"'category' must be one of {', '.join(CATEGORIES)}"
        if it.status not in STATUSES:
            return f"'status' must be one of {', '.join(STATUSES)}"
        if it.body is not None and not (isinstance(it.body, str) and 0 < len(it.body) <= LONGEST_BODY):
            return f"'body' must be a text of 1 to {LONGEST_BODY} characters"
        if len(it.buttons) > MOST_BUTTONS or not all(
            isinstance(text, str) and 0 < len(text) <= LONGEST_BUTTON for text in it.buttons
        ):
            return f"'buttons' must be at most {MOST_BUTTONS} texts of 1 to {LONGEST_BUTTON} characters"
        return None


def shown(template: Template) -> dict[str, Any]:
    """One template as the API tells it."""
    return {
        "id": template.id,
        "discom": template.discom,
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "body": template.body,
        "buttons": template.buttons,
    }
