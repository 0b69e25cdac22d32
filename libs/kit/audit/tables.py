"""What the databases of one discom hold about the events on its trail. The audit's SQL, all of it reading."""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from libs.kit.audit.trail import Seen, Trail
from libs.kit.database import Pool, open_pool
from libs.kit.settings import Settings
from libs.kit.setup import SERVICES
from libs.schemas.topics import INBOUND

CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A bubble in the gateway's ledger."""

    n: int
    state: str
    repeats: int
    callback: str
    held_by: str | None = None
    """The held template it waits for."""
    later: bool = False
    """Whether its next try has a time, which has not come yet."""


@dataclass
class Tables:
    """The databases' side of the trail."""

    unhandled: set[UUID] = field(default_factory=set)
    """Events whose reader's inbox does not know them: they have had no effect."""
    parked: set[UUID] = field(default_factory=set)
    outbox: dict[UUID, str] = field(default_factory=dict)
    """Events that were decided and are not known to be in Kafka, with their topic."""
    sends: dict[UUID, Sent] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    """Templates, as `name/language`, and why they are held; empty for the number."""
    turns: dict[str, int] = field(default_factory=dict)
    """How many messages each chat has written, as the gateway counts."""
    complaints: dict[str, UUID] = field(default_factory=dict)
    """Number to the key of the confirmation."""


class Databases:
    """One small pool per service of a discom."""

    def __init__(self, settings: Settings, discom: str) -> None:
        self._settings = settings
        self._discom = discom
        self._pools: dict[str, Pool] = {}
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        for service in SERVICES:
            pool = await open_pool(self._settings, service, self._discom, size=1)
            self._stack.push_async_callback(pool.close)
            self._pools[service] = pool

    async def close(self) -> None:
        await self._stack.aclose()

    async def read(self, trail: Trail) -> Tables:
        """Looks up everything that is on the trail."""
        tables = Tables()
        for service, pool in self._pools.items():
            if not await pool.fetchval("SELECT to_regclass('outbox') IS NOT NULL"):
                raise SystemExit(f"{self._discom}_{service} has no tables: {service} was never started there.")
            rows = await pool.fetch("SELECT id FROM parked WHERE replayed_at IS NULL")
            tables.parked |= {row["id"] for row in rows}
            rows = await pool.fetch("SELECT (headers->>'ce_id')::uuid AS id, topic FROM outbox")
            tables.outbox |= {row["id"]: row["topic"] for row in rows}
            if service in INBOUND:
                tables.unhandled |= await _unknown(pool, trail.inbound(service).values())
        gateway = self._pools["gateway"]
        for events in (trail.received, trail.replies, trail.notices):
            tables.unhandled |= await _unknown(gateway, events.values())
        tables.sends = await _sends(gateway, [*trail.replies.values(), *trail.notices.values()])
        tables.holds = await _holds(gateway)
        tables.turns = await _turns(gateway, {event.key for event in trail.messages()})
        tables.complaints = await _complaints(self._pools["complaints"], trail)
        return tables


async def _chunks(pool: Pool, query: str, events: Iterable[Seen]) -> list[Any]:
    """Rows of a query over days and ids."""
    listed, found = list(events), []
    for start in range(0, len(listed), CHUNK):
        chunk = listed[start : start + CHUNK]
        found += await pool.fetch(query, [event.day for event in chunk], [event.id for event in chunk])
    return found


async def _unknown(pool: Pool, events: Iterable[Seen]) -> set[UUID]:
    rows = await _chunks(
        pool,
        """SELECT t.event_id FROM unnest($1::date[], $2::uuid[]) AS t (day, event_id)
        WHERE NOT EXISTS (SELECT FROM inbox i WHERE (i.day, i.event_id) = (t.day, t.event_id))""",
        events,
    )
    return {row["event_id"] for row in rows}


async def _sends(pool: Pool, events: Sequence[Seen]) -> dict[UUID, Sent]:
    rows = await _chunks(
        pool,
        """SELECT s.n, s.state, s.repeats, s.day, s.reply_id, s.held_by, coalesce(s.not_before > now(), false) AS later
        FROM unnest($1::date[], $2::uuid[]) AS t (day, reply_id) JOIN sends s USING (day, reply_id)""",
        events,
    )
    return {
        row["reply_id"]: Sent(
            row["n"],
            row["state"],
            row["repeats"],
            callback(row["day"], row["reply_id"]),
            row["held_by"],
            row["later"],
        )
        for row in rows
    }


async def _holds(pool: Pool) -> dict[str, str]:
    rows = await pool.fetch("SELECT name, string_agg(reason, '; ' ORDER BY scope) AS why FROM holds GROUP BY name")
    return {row["name"]: row["why"] for row in rows}


def callback(day: date, reply: UUID) -> str:
    """What WhatsApp's status webhooks bring back about a send."""
    return f"{day:%Y%m%d}.{reply}"


async def _turns(pool: Pool, chats: Iterable[str]) -> dict[str, int]:
    rows = await pool.fetch(
        "SELECT chat_id, turn FROM chats WHERE chat_id = ANY($1::uuid[])", [UUID(chat) for chat in sorted(chats)]
    )
    return {str(row["chat_id"]): row["turn"] for row in rows}


async def _complaints(pool: Pool, trail: Trail) -> dict[str, UUID]:
    numbers = {event.key for event in trail.facts("complaint.registered")}
    chats = {UUID(event.key) for event in trail.inbound("complaints").values()}
    rows = await pool.fetch(
        """SELECT number, key FROM complaints
        WHERE number = ANY($1::text[]) OR (chat_id = ANY($2::uuid[]) AND registered_at >= $3)""",
        sorted(numbers),
        sorted(chats),
        trail.since,
    )
    return {row["number"]: row["key"] for row in rows}
