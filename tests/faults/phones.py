"""What the phones saw: the half of the audit that production has not."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid5

import aiohttp

from deploy.local.files import ROOT
from libs.kit.audit import Findings, Tables, Trail
from libs.schemas.discom import load
from libs.schemas.events import NAMESPACE
from libs.schemas.topics import STATUSES


@dataclass
class Phones:
    """Everything that was written and seen at the phones of one discom."""

    accepted: set[UUID] = field(default_factory=set)
    """Messages whose webhook was answered 200, by the id of their event."""
    statuses: set[UUID] = field(default_factory=set)
    """Status webhooks that were answered 200, by the id of their event."""
    pending: int = 0
    """What is still on its way to the phones' webhook: messages, and webhooks of either kind."""
    bubbles: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Callbacks of the bubbles, by number, as they arrived."""

    def take(self, number_id: str, wa_id: str, messages: Iterable[dict[str, Any]]) -> None:
        for message in messages:
            if message["direction"] == "in":
                self.bubbles[wa_id].append(str(message["payload"].get("biz_opaque_callback_data")))
            elif message["status"] == "sent":
                self.pending += 1
            else:
                self.accepted.add(uuid5(NAMESPACE, f"{number_id}{message['wamid']}"))


async def look(
    http: aiohttp.ClientSession, simulator: str, numbers: Iterable[tuple[str, str]], posted: Iterable[tuple[str, UUID]]
) -> dict[str, Phones]:
    """Reads all phones."""
    found: dict[str, Phones] = defaultdict(Phones)
    for discom, id in posted:
        found[discom].accepted.add(id)
    for discom, wa_id in numbers:
        number_id = load(ROOT / "deploy" / "discoms" / f"{discom}.toml").phone_number_id
        after = 0
        page: list[dict[str, Any]] = [{}]
        while page:
            async with http.get(f"{simulator}/api/phones/{wa_id}/messages?after={after}") as response:
                page = (await response.json())["messages"]
            found[discom].take(number_id, wa_id, (message for message in page if message["discom"] == discom))
            after = page[-1]["n"] if page else after
    async with http.get(f"{simulator}/api/webhooks") as response:
        for discom, waiting in (await response.json())["waiting"].items():
            found[discom].pending += waiting
    return found


def compared(findings: Findings, phones: Phones, trail: Trail, tables: Tables) -> Findings:
    """The account with what the phones know."""
    lost, twice, doubled, disordered = (
        dict(found) for found in (findings.lost, findings.twice, findings.doubled, findings.disordered)
    )
    for id in phones.accepted - trail.received.keys():
        lost[str(id)] = "answered 200, and Kafka does not hold it"
    for id in phones.statuses - trail.events[STATUSES.pattern].keys():
        lost[str(id)] = "a status that was answered 200, and Kafka does not hold it"
    by_callback = {send.callback: (id, send) for id, send in tables.sends.items()}
    counts = Counter(callback for callbacks in phones.bubbles.values() for callback in callbacks)
    for callback, (id, send) in by_callback.items():
        if send.state in ("sent", "delivered", "read") and callback not in counts:
            lost[str(id)] = "sent according to the ledger, no phone has it"
    for callback, count in counts.items():
        if callback not in by_callback:
            twice[callback] = "a bubble that the ledger does not know"
        elif count > 1 and count > 1 + by_callback[callback][1].repeats:
            doubled[callback] = f"{count} bubbles, {by_callback[callback][1].repeats} repeats"
    for callbacks in phones.bubbles.values():
        sends = [by_callback[callback] for callback in dict.fromkeys(callbacks) if callback in by_callback]
        places = [(send.n, callback) for id, send in sends if id in trail.replies for callback in [send.callback]]
        for (n, _), (m, callback) in itertools.pairwise(places):
            if m < n:
                disordered[callback] = "came to the phone after a later reply"
    return replace(
        findings,
        # a post whose answer nobody waited for may have been accepted, too
        accepted=len(phones.accepted | {id for id, event in trail.received.items() if event.due}),
        arrived=len(counts.keys() & by_callback.keys()),
        statuses=len(phones.statuses),
        unsent=findings.unsent + phones.pending,
        lost=lost,
        twice=twice,
        doubled=doubled,
        disordered=disordered,
    )
