"""People who write: errands as consumers have them, at a bounded rate, whatever comes back."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from deploy.local.system import System
from tests.faults.poster import Poster
from tests.phone import Bubble, Phone

PATIENCE = 12.0
"""Seconds that a person looks at the phone before writing something else."""
TEXTS = (
    "नमस्ते", "hello", "1", "2", "3", "6", "मेरा बिल कितना है", "mera bill", "balance batao", "बिजली नहीं आ रही है",
    "light nahi hai kal se", "शिकायत", "meter kharab hai", "bill galat aaya hai", "links", "helpline number", "शहर",
    "गांव", "town", "0", "menu", "English", "हिंदी", "thanks", "complaint status", "asdf qwer", "👍", "नया कनेक्शन",
)  # fmt: skip
CONFIRM = "complaints:confirm:"


class Pace:
    """Lets so many messages a second through, for everybody together."""

    def __init__(self, per_second: float) -> None:
        self._seconds = 1 / per_second
        self._next = 0.0

    async def __call__(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now) + self._seconds
        await asyncio.sleep(self._next - self._seconds - now)


@dataclass
class Person:
    """One phone and one discom, talking as it comes."""

    phone: Phone
    pace: Pace
    accounts: list[str]
    chance: random.Random
    offered: list[str] = field(default_factory=list)
    """Ids of what may be tapped in the last bubble."""

    async def errand(self) -> None:
        """One of the things people do."""
        choices: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (3, self.greets_and_looks_around),
            (2, self.asks_for_the_bill),
            (2, self.complains),
            (1, self.writes_four_at_once),
            (1, self.writes_freely),
        )
        await self.chance.choices([errand for _, errand in choices], [weight for weight, _ in choices])[0]()

    async def greets_and_looks_around(self) -> None:
        await self.hears(self._write(text="नमस्ते"))
        for _ in range(self.chance.randint(1, 4)):
            await self.hears(self._taps_anything())

    async def asks_for_the_bill(self) -> None:
        await self.hears(self._write(text=self.chance.choice(["मेरा बिल", "balance"])))
        await self.hears(self._write(text=self.chance.choice(self.accounts)))
        await self.hears(self._taps_anything())

    async def complains(self) -> None:
        """Until there is something to confirm, which is tapped twice, as with a slow network."""
        await self.hears(self._write(text=self.chance.choice(["बिजली नहीं आ रही है", "meter kharab hai", "शिकायत"])))
        for answer in ("शहर", "1", "गोमती नगर, हनुमान मंदिर के पास", "1", "हाँ"):
            if confirm := next((id for id in reversed(self.offered) if id.startswith(CONFIRM)), None):
                await self.hears(asyncio.gather(self._write(tap=confirm), self._write(tap=confirm)))
                return
            await self.hears(self._write(text=answer))

    async def writes_four_at_once(self) -> None:
        texts = self.chance.sample(TEXTS, 4)
        await self.hears(asyncio.gather(*(self._write(text=text) for text in texts)))

    async def writes_freely(self) -> None:
        await self.hears(self._write(text=self.chance.choice(TEXTS)))

    async def hears(self, writing: Awaitable[object]) -> list[Bubble]:
        """Writes and waits a while for an answer."""
        await writing
        try:
            found = await self.phone.next_bubbles(seconds=PATIENCE)
        except TimeoutError:
            return []
        self.offered = [id for bubble in found for id, _ in bubble.choices] or self.offered
        return found

    async def _taps_anything(self) -> None:
        if self.offered:
            await self._write(tap=self.chance.choice(self.offered))
        else:
            await self._write(text=self.chance.choice(TEXTS))

    async def _write(self, **body: object) -> None:
        await self.pace()
        await self.phone.sends(**body)


class Crowd:
    """All who write in one run."""

    _numbers = itertools.count(919700000001)

    def __init__(
        self,
        system: System,
        poster: Poster,
        discoms: Mapping[str, list[str]],
        people: int,
        per_second: float,
    ) -> None:
        chance = random.Random(1)
        self.poster = poster
        pace = Pace(per_second)
        codes = list(discoms)
        self.people = [
            Person(
                Phone(poster.http, system.url("simulator"), str(next(self._numbers)), codes[n % len(codes)]),
                pace,
                discoms[codes[n % len(codes)]],
                random.Random(chance.random()),
            )
            for n in range(people)
        ]
        self._pace = pace
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def numbers(self) -> set[tuple[str, str]]:
        """Discom and number of every phone that wrote."""
        return {(person.phone.discom, person.phone.wa_id) for person in self.people} | self.poster.phones

    def begin(self) -> None:
        """They write until `end`."""
        self._tasks = [asyncio.create_task(self._go_on(person)) for person in self.people]
        if self.people:
            self._tasks.append(asyncio.create_task(self._post()))

    async def end(self) -> None:
        """Nobody writes any more; what is on its way to us arrives."""
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _go_on(self, person: Person) -> None:
        while True:
            await person.errand()

    async def _post(self) -> None:
        """Beside them, what only Meta's own servers can do."""
        person = self.people[0]
        for n in itertools.count():
            number, discom = str(next(self._numbers)), person.phone.discom
            self.poster.phones.add((discom, number))
            # opens the window, as every conversation does
            await Phone(self.poster.http, person.phone.base, number, discom).says("hello")
            await self._pace()
            if n % 2:
                await self.poster.four_at_once(discom, number, ["1", "नमस्ते", "bill", "0"])
            else:
                await self.poster.ten_times(discom, number, "नमस्ते")
            await asyncio.sleep(1)
