"""What people ask the gateway from the command line: what is held, lift it, what became of a chat's bubbles."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from libs.kit.database import Pool, open_pool
from libs.kit.logs import configure
from libs.kit.process import discoms_of
from libs.kit.settings import Settings, load
from services.gateway import store

COMMANDS = ("held", "lift", "ledger")


def run(given: Namespace) -> int:
    """Runs one command; 0, or 1 where there was nothing to do or to show, 2 where the question was incomplete."""
    settings = load(Settings)
    configure(settings.log_level, sys.stderr, service="gateway", role=given.role)
    if given.role == "lift" and not given.discom:
        return _say("Which discom? lift --discom mvvnl [--template NAME]; `held` lists what is held.", 2)
    if given.role == "ledger" and given.chat is None:
        return _say("Whose? ledger --chat UUID; logs name chats by it.", 2)
    wanted = given.discom if given.role == "lift" else given.discoms
    return asyncio.run(_run(settings, list(discoms_of(settings, wanted)), given))


async def _run(settings: Settings, codes: list[str], given: Namespace) -> int:
    async with AsyncExitStack() as stack:
        pools: dict[str, Pool] = {}
        for code in codes:
            pools[code] = pool = await open_pool(settings, "gateway", code, size=1)
            stack.callback(pool.terminate)
        if given.role == "held":
            return await held(pools)
        if given.role == "lift":
            return await lift(pools, given.template)
        return await ledger(pools, given.chat)


async def held(pools: Mapping[str, Pool]) -> int:
    """Lists holds over discoms: since when, why, how many bubbles wait."""
    count = 0
    for code, pool in pools.items():
        for hold, waiting in await store.held(pool):
            count += 1
            _say(
                f"{code}  {hold.scope} {hold.name or '-'}  since {_time(hold.since)}  {hold.reason}  {waiting} waiting"
            )
    return 0 if count else _say("Nothing is held.", 0)


async def lift(pools: Mapping[str, Pool], template: str | None) -> int:
    """Lifts; the sender goes on within a second."""
    lifted = [(code, hold) for code, pool in pools.items() for hold in await store.lift(pool, template)]
    for code, hold in lifted:
        _say(f"{code}  {hold.scope} {hold.name or '-'} lifted, was held since {_time(hold.since)}: {hold.reason}")
    return 0 if lifted else _say("Nothing of that is held.", 1)


async def ledger(pools: Mapping[str, Pool], chat: Any) -> int:
    """Shows a chat's bubbles, oldest first."""
    shown = 0
    for code, pool in pools.items():
        for row in await store.history(pool, chat):
            shown += 1
            _say(
                f"{code}  {_time(row['queued_at'])}  {'notice' if row['notice'] else 'reply'}  {row['state']}"
                f"  settled {_time(row['settled_at'])}  attempts {row['attempts']}  repeats {row['repeats']}"
                f"  requeues {row['requeues']}  code {row['error_code'] or '-'}"
                f"  not before {_time(row['not_before'])}  held by {row['held_by'] or '-'}  {row['reply_id']}"
            )
    return 0 if shown else _say("The ledger knows no bubble of this chat.", 1)


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}" if at else "-"


def _say(line: str, status: int = 0) -> int:
    sys.stdout.write(line + "\n")
    return status
