"""Messages that wait for the billing system, as this process knows them. The table `asks` is the truth."""

import asyncio
from collections.abc import Collection, Sequence

from libs.kit.database import Pool
from services.billing import store
from services.billing.store import Waiting


class Backlog:
    """Kept in step with the table, which is read only after something that may have set the two apart."""

    def __init__(self) -> None:
        self.more = asyncio.Event()
        """There is something to do."""
        self._items: dict[int, Waiting] = {}
        self._stored: Sequence[Waiting] = ()
        """Of a transaction that is not known to be committed."""
        self._in_step = False

    @property
    def open(self) -> Collection[Waiting]:
        """What is open as far as this process knows, oldest first."""
        return self._items.values()

    def stored(self, items: Sequence[Waiting]) -> None:
        """Written in the transaction under way."""
        if self._stored:
            self.doubt()  # of an earlier one, which failed, as a rule
        self._stored = items

    async def committed(self) -> None:
        """What was written last is open from now on."""
        if self._stored:
            self._items |= {item.id: item for item in self._stored}
            self._stored = ()
            self.more.set()

    async def claimed(self, _: Sequence[tuple[str, int]]) -> None:
        """What the last owner of these partitions left open is ours to answer."""
        self.doubt()
        self.more.set()

    def doubt(self) -> None:
        """The table may hold something else: to be read before anything is answered."""
        self._in_step = False

    async def read(self, pool: Pool, partitions: Collection[tuple[str, int]]) -> list[Waiting]:
        """What is open in these partitions, oldest first."""
        self.more.clear()
        if not self._in_step:
            self._in_step = True  # before reading: whatever happens from here on counts
            self._items.clear()
            self._items |= {item.id: item for item in await store.waiting(pool, partitions)}
        self._items = {id: item for id, item in sorted(self._items.items()) if item.record.source in partitions}
        return list(self._items.values())

    def go_on(self) -> None:
        """Calls for another round where something is left."""
        if self._items or not self._in_step:
            self.more.set()

    def answered(self, ids: Collection[int]) -> None:
        """These are open no more."""
        for id in ids:
            self._items.pop(id, None)

    def asks(self, item: Waiting) -> None:
        """What is to be asked about this message is known now."""
        self._items[item.id] = item
