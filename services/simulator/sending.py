"""Takes a message that was asked for properly: onto the phone, with its reports planned, in one commit."""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.simulator.deliveries import Deliveries
from services.simulator.domain import limits, refusals
from services.simulator.domain.limits import Throughput
from services.simulator.domain.phones import Bubble, Number, Phone, Seen, seen
from services.simulator.domain.refusals import Refusal
from services.simulator.domain.reports import failure, reports
from services.simulator.domain.templates import Template, no_such_template
from services.simulator.domain.wamid import wamid
from services.simulator.faults import Faults
from services.simulator.hub import Hub
from services.simulator.store import Store

Body = dict[str, Any]
BLOCKED, WINDOW_CLOSED = 130403, 131047


@dataclass(frozen=True)
class Sending:
    """What becomes of a message that the schema allows."""

    store: Store
    hub: Hub
    deliveries: Deliveries
    faults: Faults
    titles: Mapping[int, str]
    """What Meta calls each error code."""
    traffic: Mapping[str, Throughput]
    status_seconds: tuple[float, float, float]

    def accept(self, number: Number, body: Body, failing: int | None) -> Body:
        """Meta's answer. `failing` is the code of a failure that a fault has asked for. Raises `Refusal`."""
        now = time.time()
        with self.store.writing():
            phone = self.recipient(number, body)
            look, category = self._look(number, body)
            wrote_at, blocked, paid_until = self.store.phones.chat(phone, number.discom)
            self._keep_limits(number, phone, paid_until, now)
            id = wamid(phone.shown_as, "business", os.urandom(9))
            code = failing or (BLOCKED if blocked else None)
            if code is None and body["type"] != "template" and limits.window_closed(wrote_at, now):
                code = WINDOW_CLOSED
            n = None
            if code is None:
                bubble = Bubble("in", number.discom, id, body["type"], look.text, now, "sent", body, look.choices)
                n = self.store.messages.add(phone, bubble)
                struck = self.faults.strike("status", number.discom, phone.wa_id)
                told = reports(number, phone, id, body, now, self.status_seconds, category, struck)
            else:
                told = [failure(number, phone, id, body, now, code, self.titles[code])]
            planned = self.store.webhooks.plan(told, now)
        self.deliveries.add(planned)
        if n is not None:
            self.hub.tell(phone.id, {"event": "message", "n": n})
        return _answer(body, phone, id)

    def recipient(self, number: Number, body: Body) -> Phone:
        """The phone that is meant; a number wins over a user id. Raises `Refusal`."""
        if body.get("recipient_type") == "group":
            raise refusals.invalid("recipient_type", "must be individual: there are no groups here")
        if "to" in body:
            digits = re.sub(r"[\s()-]", "", body["to"])
            if not re.fullmatch(r"\+?[0-9]{8,15}", digits):
                raise refusals.invalid("to", "is not a phone number")
            # without plus and country code WhatsApp puts the business's own country code in front
            wa_id = digits.lstrip("+") if len(digits) > 10 else f"91{digits}"
            if wa_id == number.display_phone_number:
                raise Refusal(131021, "(#131021) Recipient cannot be sender")
            return self.store.phones.get(wa_id)
        if phone := self.store.phones.of_user(body["recipient"]):
            return phone
        raise Refusal(131026, "(#131026) Message undeliverable", "The recipient is not known")

    def refusal(self, code: int, status: int = 400) -> Refusal:
        """A refusal in the words of Meta's error table."""
        return Refusal(code, f"(#{code}) {self.titles[code]}", self.titles[code], status, transient=status >= 500)

    def _look(self, number: Number, body: Body) -> tuple[Seen, str]:
        """What is to be seen on the phone, and in which category it is priced."""
        if body["type"] != "template":
            return seen(body), "service"
        content = body["template"]
        name, language = content["name"], content["language"]["code"]
        template = self.store.templates.find(number.discom, name, language)
        if template is None:
            if self.faults.rule("strict_templates", number.discom):
                raise no_such_template()
            # there is no Meta account to have it approved in: the first send makes it known
            template = self.store.templates.save(Template(None, number.discom, name, language))
        template.check(content)
        return template.seen(content), template.category

    def _keep_limits(self, number: Number, phone: Phone, paid_until: float, now: float) -> None:
        """Raises the `Refusal` of a limit that is asked for and reached."""
        rule = self.faults.rule("throughput_limit", number.discom)
        if rule and self.traffic[number.discom].full(now, rule.details["per_second"]):
            raise self.refusal(130429, 429)
        if self.faults.rule("pair_limit", number.discom, phone.wa_id):
            paid = limits.paid_until(paid_until, now)
            if paid is None:
                raise self.refusal(131056)
            self.store.phones.pay(phone, number.discom, paid)
        self.traffic[number.discom].count(now)


def _answer(body: Body, phone: Phone, id: str) -> Body:
    if "to" in body:
        contact = {"input": body["to"], "wa_id": phone.wa_id}
    else:
        contact = {"input": body["recipient"], "user_id": phone.user_id}
    message = {"id": id} | ({"message_status": "accepted"} if body["type"] == "template" else {})
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}
