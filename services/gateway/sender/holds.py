"""What this number must not send for now. The rows are the truth; between two looks at them memory adds what is new."""

import asyncio
import time
from functools import partial

from libs.kit.database import Pool, until_it_works
from libs.kit.logs import log
from services.gateway import store
from services.gateway.metrics import HELD, TEMPLATES_HELD
from services.gateway.store import Hold


class Holds:
    """Holds of one discom's number, its account and its templates."""

    def __init__(self, pool: Pool, discom: str) -> None:
        self._pool = pool
        self._discom = discom
        self._holds: dict[tuple[str, str], Hold] = {}
        self._noted: dict[tuple[str, str], float] = {}
        """When a hold was written here: a look that began before that may not know it."""
        self._free = asyncio.Event()
        self._free.set()

    @property
    def number(self) -> str:
        """Why nothing is sent at all, or empty."""
        return "; ".join(sorted(hold.reason for hold in self._holds.values() if hold.scope != "template"))

    def template(self, key: str) -> bool:
        """Whether this template, `name/language`, is held in its language or in all."""
        return ("template", key) in self._holds or ("template", key.partition("/")[0]) in self._holds

    async def add(self, hold: Hold) -> None:
        """Holds from now on, also after a restart."""
        if hold.key in self._holds:
            return
        self._noted[hold.key] = float("inf")
        self._show({**self._holds, hold.key: hold})
        await until_it_works(partial(store.hold, self._pool, [hold]), "sender.hold_waits", discom=self._discom)
        self._noted[hold.key] = time.monotonic()

    def seen(self, holds: tuple[Hold, ...], began: float) -> None:
        """Takes in what the rows said to a look that began then."""
        self._noted = {key: at for key, at in self._noted.items() if at >= began}
        new = {key: hold for key, hold in self._holds.items() if key in self._noted}
        self._show({**new, **{hold.key: hold for hold in holds}})

    def _show(self, holds: dict[tuple[str, str], Hold]) -> None:
        before, self._holds = self._holds, holds
        for key in holds.keys() - before.keys():
            hold = holds[key]
            log.error("sender.held", discom=self._discom, scope=hold.scope, name=hold.name, why=hold.reason)
        for key in before.keys() - holds.keys():
            log.warning("sender.released", discom=self._discom, scope=key[0], name=key[1])
        HELD.labels(self._discom).set(1 if self.number else 0)
        TEMPLATES_HELD.labels(self._discom).set(sum(1 for hold in holds.values() if hold.scope == "template"))
        if self.number:
            self._free.clear()
        else:
            self._free.set()

    async def free(self) -> None:
        """Returns when the number is not held, or `wake` was called."""
        await self._free.wait()

    def wake(self) -> None:
        """Lets all that wait look around: the sender stops."""
        self._free.set()
