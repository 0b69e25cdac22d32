"""Whoever waits for the billing system longer than a moment sees that it is being worked on."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from libs.schemas.messages import Reply, Typing
from services.billing.asker import Asker
from services.billing.backends import Backend, BackendAccount
from services.billing.backends.database import DatabaseBackend
from services.billing.backlog import Backlog
from services.billing.patience import MOMENT, Patience
from services.billing.worker import Billing
from tests.integration.billing.conftest import PREPAID, Place


class Slow:
    """A billing system that answers when it may."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.may_answer = asyncio.Event()

    async def accounts(self, ids: Collection[str]) -> Mapping[str, BackendAccount]:
        await self.may_answer.wait()
        return await self.backend.accounts(ids)


@asynccontextmanager
async def running(place: Place, backend: Backend) -> AsyncIterator[None]:
    """A worker with everything beside it that production has."""
    worker, _ = place.worker(backend)
    backlog = Backlog()
    worker.handle = Billing(place.discom, backlog).handle
    asker = Asker(worker, backlog, backend, place.discom, {place.discom.code: place.discom})
    worker.companions = (asker.run, Patience(worker, backlog, place.discom.code).run)
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait_for(task, 30)


async def told(place: Place, chat: str, count: int = 1, seconds: float = 20.0) -> list[UUID]:
    """Ids of the events that say so, in the order they were written."""
    for _ in range(int(seconds / 0.02)):
        found = [e.id for e in place.heard if isinstance(e.data, Typing) and e.data.chat_id == chat]
        if len(found) >= count:
            break
        await asyncio.sleep(0.02)
    return found


async def test_a_slow_billing_system_is_told_of_once_and_before_its_answer(place: Place) -> None:
    backend, chat = Slow(DatabaseBackend(place.pool)), str(uuid4())
    async with running(place, backend):
        cause = await place.tap(f"billing:bill:{PREPAID}", chat)
        await told(place, chat)
        backend.may_answer.set()
        await place.until(1, chat)
        await asyncio.sleep(2 * MOMENT)
    said = [e for e in place.heard if isinstance(e.data, Typing | Reply) and e.data.chat_id == chat]
    assert [type(e.data) for e in said] == [Typing, Reply]
    assert said[1].id == cause.follow(0, "", "", chat, cause.data).id, "the answer's id does not depend on it"


async def test_a_quick_billing_system_is_not_told_of(place: Place) -> None:
    loop = asyncio.get_running_loop()
    async with running(place, DatabaseBackend(place.pool)):
        for _ in range(5):
            chat, began = str(uuid4()), loop.time()
            await place.tap(f"billing:bill:{PREPAID}", chat)
            await place.until(1, chat)
            if loop.time() - began < MOMENT:  # else this machine was slow, and the consumer was rightly told
                assert await told(place, chat, seconds=1.5 * MOMENT) == []
                break
        else:
            raise AssertionError("no answer came within a moment")


async def test_killed_in_between_it_is_told_at_most_once_more_under_the_same_id(place: Place) -> None:
    chat, late = str(uuid4()), Slow(DatabaseBackend(place.pool))
    async with running(place, late):
        cause = await place.tap(f"billing:bill:{PREPAID}", chat)
        await told(place, chat)
    again = Slow(DatabaseBackend(place.pool))
    await place.pool.execute("UPDATE asks SET asked_at = clock_timestamp()")
    async with running(place, again):
        ids = await told(place, chat, count=2)
        again.may_answer.set()
        assert len(await place.until(1, chat)) == 1
    assert len(ids) <= 2 and set(ids) == {cause.follow(2000, "", "", chat, cause.data).id}
