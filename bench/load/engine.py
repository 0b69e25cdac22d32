"""One run: conversations begin when the schedule says so, whatever the answers do; every bubble is accounted for."""

import asyncio
import gc
import time
from collections import deque
from functools import partial
from itertools import count
from time import monotonic
from typing import Any

from bench.load.bodies import Envelope, messages_of, status_form
from bench.load.book import Book, Conversation
from bench.load.client import Client
from bench.load.order import Crowd, Order, Part, phone_of
from bench.load.provider import Provider
from bench.load.schedule import arrivals, grows, summary

WORDS = (("sent", 0.05), ("delivered", 0.25), ("read", 1.0))
"""What Meta tells of a bubble, and how many seconds after it was accepted."""
COLLECT = 0.02
"""Seconds for which statuses wait for company where several share a POST."""
SAMPLE = 0.1
QUIET = 0.5
"""Seconds without a bubble in which one that comes twice would show."""


class Load:
    """The generator and the provider, for one run after the other."""

    def __init__(self, host: str, port: int, secret: str) -> None:
        self.provider = Provider(self._arrived)
        self._client = Client(host, port)
        self._envelope = Envelope(host, port, secret)
        self._turn_of: dict[Crowd, count[int]] = {}
        self._ids = count(1)
        self._book = Book()
        self._order: Order | None = None
        self._part_of: dict[bytes, Part] = {}
        self._statuses: tuple[deque[tuple[float, bytes]], ...] = tuple(deque() for _ in WORDS)
        self._status_acks: list[float] = []
        self._statuses_due = 0
        self._last_arrival = 0.0

    def close(self) -> None:
        """Ends all connections."""
        self._client.close()
        self.provider.close()

    async def run(self, order: Order) -> dict[str, Any]:
        """Carries the order out and tells what came of it."""
        self._order, self._book = order, Book(overdue=self._book.overdue)
        self._part_of = {part.number_id.encode(): part for part in order.parts}
        self._status_acks = []
        cpu, began = time.process_time(), monotonic()
        waiting, gave_up = await self._hold(order, began)
        cpu, ended = time.process_time() - cpu, monotonic()
        await self._wind_down(order, ended)
        drained = monotonic() - ended
        await self._fall_silent()
        self._book.close()
        gc.collect()
        held = ended - began
        return self._told() | {
            "rate": order.rate,
            "seconds": round(held, 2),
            "drain_seconds": round(drained, 2),
            "waiting_at_most": max(waiting, default=0),
            "grows": grows(waiting, order.rate, order.per_post),
            "gave_up": gave_up,
            "load_share": round(cpu / held, 3),
        }

    async def _hold(self, order: Order, began: float) -> tuple[list[float], bool]:
        """Starts conversations on time; samples how many wait for an answer."""
        due = deque(began + at for at in arrivals(order.rate / order.per_post, order.seconds, order.seed))
        parts, number = order.parts, 0
        waiting: list[float] = []
        next_sample, end = began + SAMPLE, began + order.seconds
        while (now := monotonic()) < end or due:
            while due and due[0] <= now:
                moment = due.popleft()
                talks = []
                for _ in range(order.per_post):
                    part = parts[number % len(parts)]
                    number += 1
                    talks.append(self._book.begin(part, self._next_person(part.crowd), moment))
                self._post([talk for talk in talks if talk], moment)
            self._post_statuses(now)
            if now >= next_sample:
                waiting.append(self._book.waiting)
                next_sample += SAMPLE
                if order.give_up and self._book.waiting > order.give_up * order.rate + 100 + order.per_post:
                    return waiting, True
            await asyncio.sleep(0.001)
        return waiting, False

    def _next_person(self, crowd: Crowd) -> int:
        turn = self._turn_of.setdefault(crowd, count())
        return crowd.first + next(turn) % crowd.count

    def _post(self, talks: list[Conversation], due: float) -> None:
        changes: list[bytes] = []
        for talk in talks:
            says = talk.said.says
            first = next(self._ids) * 10
            changes += messages_of(talk.part, says, phone_of(talk.person).encode(), first, _second())
        if changes:
            self._client.post(self._envelope.request(changes), partial(self._acknowledged, talks, due))

    def _acknowledged(self, talks: list[Conversation], due: float, status: int) -> None:
        self._book.acknowledged(talks, status, due, monotonic())

    def _arrived(self, number_id: bytes, phone: bytes, reply: bytes, wamid: bytes, request: bytes, now: float) -> None:
        self._last_arrival = now
        talk = self._book.replied(phone, reply, request, now)
        if talk:
            self._post([talk], now)
        if self._order and self._order.statuses:
            part = self._part_of[number_id]
            for queue, (word, after) in zip(self._statuses, WORDS, strict=True):
                form = status_form(part.number_id, part.number, word)
                queue.append((now + after, form.filled(phone=phone, wamid=wamid, time=_second(), callback=reply)))

    def _post_statuses(self, now: float) -> None:
        """Sends the statuses that are due: each alone, or those of some moments together."""
        assert self._order
        most = self._order.statuses
        hold = COLLECT if most > 1 else 0.0
        for queue in self._statuses:
            while queue and queue[0][0] + hold <= now:
                due = queue[0][0]
                changes: list[bytes] = []
                while queue and len(changes) < most and queue[0][0] <= now:
                    changes.append(queue.popleft()[1])
                self._statuses_due += 1
                self._client.post(self._envelope.request(changes), partial(self._status_acknowledged, due))

    def _status_acknowledged(self, due: float, status: int) -> None:
        self._statuses_due -= 1
        self._status_acks.append(monotonic() - due)
        if status != 200:
            self._book.wrong["refused"] += 1

    async def _wind_down(self, order: Order, ended: float) -> None:
        """Waits until everybody has an answer, or patience ends."""
        while self._book.waiting and monotonic() - ended < order.patience:
            self._post_statuses(monotonic())
            await asyncio.sleep(0.001)

    async def _fall_silent(self) -> None:
        """Lets statuses go out, and bubbles that come twice arrive."""
        since = self._last_arrival = monotonic()
        while monotonic() - self._last_arrival < QUIET or any(self._statuses) or self._statuses_due:
            if monotonic() - since > 20:
                self._book.wrong["restless"] += 1
                return
            self._post_statuses(monotonic())
            await asyncio.sleep(0.001)

    def _told(self) -> dict[str, Any]:
        book = self._book
        return {
            "started": book.started,
            "finished": book.finished,
            "wrong": dict(book.wrong),
            "wrong_by_label": {label: dict(found) for label, found in sorted(book.wrong_by_label.items())},
            "late": book.late,
            "reply": summary([delay for found in book.delays.values() for delay in found]),
            "reply_by_label": {label: summary(found) for label, found in sorted(book.delays.items())},
            "ack": summary(book.acks),
            "gap": summary(book.gaps),
            "status_ack": summary(self._status_acks),
        }


def _second() -> bytes:
    return b"%d" % time.time()
