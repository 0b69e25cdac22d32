"""How each kind of scenario is measured, step by step."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from bench import people, profile, yardstick
from bench.load.order import Order
from bench.report import Results
from bench.scenarios import (
    SOAK_MINUTES,
    STORM_PEOPLE,
    STORM_SECONDS,
    TROUBLE_RATE,
    TROUBLED,
    Scenario,
    parts_of,
)
from bench.search import LEAST, best, dirt, next_rate, rounded
from bench.stage import Stage
from bench.store import Store
from bench.usage import memory
from deploy.local.files import LOCAL
from deploy.local.progress import Say
from libs.language import report as understanding

PROBES, REPEATS = 9, 3
RETREATS = (1.0, 0.93, 0.9, 0.85, 0.8, 0.75)
"""By what the rate that a short run found is lowered, step after step, until longer ones are clean."""
POSTS = 3
"""So many there are in a run at least, where one POST holds many messages."""
PROFILE_RATE, PROFILE_SECONDS = 300.0, 20.0
SOAK_RATE = 500.0
"""Where the greeting's clean rate has not been measured before."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many seconds each step lasts."""

    stage_warm: float = 30.0
    """A new JVM costs two to three times as much in its first half minute, which is longer on a slower machine."""
    warm: float = 6.0
    probe: float = 8.0
    clean: float = 30.0
    delay: float = 15.0
    storm: float = STORM_SECONDS
    idle: float = 30.0
    pairs: int = 3
    """Healthy and troubled runs, in turn."""


QUICK = Lengths(stage_warm=6.0, warm=1.0, probe=4.0, delay=2.5, storm=4.0, idle=5.0, pairs=1)


@dataclass
class Measurement:
    """One scenario on a running stage."""

    stage: Stage
    scenario: Scenario
    store: Store
    lengths: Lengths
    say: Say
    quick: bool = False
    grown: bool = False
    profiled: bool = False
    until: float = inf
    """When to go down in one step: else those to come have no time left."""
    speed: dict[str, Any] | None = None
    """The machine's, for a run that has no time to ask for it before each scenario."""

    async def run(self) -> None:
        """All steps that are not done yet."""
        kinds: Mapping[str, Callable[[], Awaitable[None]]] = {
            "rate": self._rate,
            "storm": self._storm,
            "trouble": self._trouble,
            "idle": self._idle,
            "texts": self._texts,
            "soak": self._soak,
        }
        if self.scenario.kind not in ("idle", "texts"):
            await self.warm(self.lengths.warm)
        await self._once("yardstick", self._speed)
        # an interrupted run's is that of other processes
        self.store.forget(self.scenario.name, "memory-start", "memory-end")
        await self._once("memory-start", self._memory)
        await kinds[self.scenario.kind]()
        await self._once("memory-end", self._memory)

    async def warm(self, seconds: float, rate: float = 150.0) -> None:
        """Load that is not counted: caches, plans and connections come to be."""
        await self.stage.run(self._order(max(rate, self.scenario.per_post), seconds))
        await people.analyze(self.stage.postgres, self.stage.discoms)

    async def _rate(self) -> None:
        if self.quick:
            goals = self.scenario.goals
            await self._at(goals.clean_rate if goals else self.scenario.guess, "goal", self.lengths.probe)
            rate = float("inf")
        elif rate := await self._highest():
            await self._at(rounded(rate / 2), "half", self.lengths.delay)
        for wanted in self.scenario.rates:
            if wanted <= rate:
                await self._at(wanted, f"at-{wanted}", self.lengths.delay)
        if self.profiled:
            await self._once("profile", self._profile)

    async def _highest(self) -> float:
        """Searches once, repeats at the rate found, lower where a longer run is not clean; 0 if no short one is."""
        guess, least = self.scenario.guess / await self._slowness(), max(LEAST, self.scenario.per_post / 10)
        tried: list[tuple[float, bool]] = []
        while len(tried) < PROBES and (rate := next_rate(tried, guess, least)):
            found = await self._at(rate, f"probe-{rate:g}", self.lengths.probe, give_up=1.5)
            tried.append((rate, not dirt(found)))
        rate = best(tried)
        if rate is None:
            return 0.0
        retreats = list(RETREATS)
        while retreats:
            if time.monotonic() > self.until and len(retreats) > 1:
                self.say(f"{self.scenario.name}: no time is left to go down in small steps, so one large one is taken")
                del retreats[:-1]
            rate = rounded(rate * retreats.pop(0))
            if await self._held(rate):
                break
        return rate

    async def _slowness(self) -> float:
        """How many times slower this machine is than the one of the goals: it holds less, and is asked for less."""
        return max(1.0, yardstick.slowness(await self._once("yardstick", self._speed)))

    async def _speed(self) -> dict[str, Any]:
        return self.speed or await yardstick.measured()

    async def _held(self, rate: float) -> bool:
        for number in range(1, REPEATS + 1):
            if dirt(await self._at(rate, f"clean-{rate:g}-{number}", self.lengths.clean, give_up=3.0)):
                return False
        return True

    async def _storm(self) -> None:
        async def storm() -> dict[str, Any]:
            await self.stage.limit(self.scenario.limit)
            try:
                return await self.stage.run(
                    self._order(STORM_PEOPLE / STORM_SECONDS, self.lengths.storm, patience=600.0)
                )
            finally:
                await self.stage.limit(0)

        await self._once("storm", storm)

    async def _trouble(self) -> None:
        database = f"{TROUBLED}_billing"
        rate = rounded(TROUBLE_RATE / await self._slowness())

        async def troubled() -> dict[str, Any]:
            restarts = self.stage.system.restarts
            async with self.stage.supervision():
                await people.allow_connections(self.stage.postgres, database, False)
                # back when the run is over, so that everybody is answered at last
                back = asyncio.create_task(self._back(database, self.lengths.delay))
                try:
                    # its people wait for all of the run, which must not end it
                    found = await self._at_rate(rate, self.lengths.delay, give_up=0.0)
                finally:
                    back.cancel()
                    await people.allow_connections(self.stage.postgres, database, True)
            return {**found, "restarts": self.stage.system.restarts - restarts}

        for number in range(1, self.lengths.pairs + 1):
            await self._at(rate, f"healthy-{number}", self.lengths.delay)
            await self._once(f"troubled-{number}", troubled)

    async def _back(self, database: str, seconds: float) -> None:
        await asyncio.sleep(seconds + 0.5)
        await people.allow_connections(self.stage.postgres, database, True)

    async def _idle(self) -> None:
        async def idle() -> dict[str, Any]:
            # what the load before left to autovacuum is done, not counted
            await people.vacuum(self.stage.postgres, self.stage.discoms)
            await asyncio.sleep(self.lengths.idle / 3)
            before = self.stage.usage()
            await asyncio.sleep(self.lengths.idle)
            used = self.stage.usage().since(before)
            share = used.ours / self.lengths.idle
            foreign = (used.busy - used.ours) / self.lengths.idle
            cpu = {name: round(seconds, 3) for name, seconds in sorted(used.cpu.items())}
            return {"core_share": round(share, 4), "cpu": cpu, "foreign_cores": round(max(0.0, foreign), 2)}

        await self._once("idle", idle)

    async def _texts(self) -> None:
        async def understood() -> dict[str, Any]:
            texts = [line["text"] for name in ("traps.jsonl", "utterances.jsonl") for line in understanding.tests(name)]
            return {"said": await asyncio.to_thread(understanding.cost, texts)}

        await self._once("texts", understood)

    async def _soak(self) -> None:
        # memory and tables of another stage would not go on from there
        self.store.drop(self.scenario.name)
        await self._once("memory-start", self._memory)
        clean, _ = Results.of({}, self.store).clean("greeting")
        for minute in range(1, SOAK_MINUTES + 1):
            await self._at(rounded(clean / 2) or SOAK_RATE, f"minute-{minute:02}", 60.0)
            await self._once(f"memory-{minute:02}", self._memory)

    async def _at(self, rate: float, step: str, seconds: float, give_up: float = 2.0) -> dict[str, Any]:
        return await self._once(step, lambda: self._at_rate(rate, seconds, give_up))

    async def _at_rate(self, rate: float, seconds: float, give_up: float = 2.0) -> dict[str, Any]:
        return await self.stage.run(self._order(rate, seconds, give_up))

    def _order(self, rate: float, seconds: float, give_up: float = 0.0, patience: float = 60.0) -> Order:
        scenario = self.scenario
        return Order(
            rate=rate,
            seconds=max(seconds, POSTS * scenario.per_post / rate),
            parts=parts_of(scenario, self.stage.discoms, self.grown),
            per_post=scenario.per_post,
            statuses=scenario.statuses,
            give_up=give_up,
            patience=patience,
        )

    async def _memory(self) -> dict[str, Any]:
        backlog = await people.backlog(self.stage.postgres, self.stage.discoms)
        return {"mb": memory(self.stage.pids, self.stage.postgres.pid or 0), "backlog": backlog}

    async def _profile(self) -> dict[str, Any]:
        directory = LOCAL / "bench" / "profile" / self.scenario.name
        pids = {name: pid for name, pid in self.stage.pids.items() if name != "kafka"}
        run = asyncio.create_task(self._at_rate(PROFILE_RATE, PROFILE_SECONDS + 3))
        try:
            await asyncio.sleep(1)
            files = await profile.record(pids, PROFILE_SECONDS, directory)
            await run
        finally:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
        costs = profile.costs_of(files)
        return {"costs": {name: [[cost.where, cost.share] for cost in found] for name, found in costs.items()}}

    async def _once(self, step: str, work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        found = await self.store.once(self.scenario.name, step, work)
        if "reply" in found:
            reply = found["reply"]
            wrong = ", ".join(dirt(found)) or "clean"
            self.say(
                f"{self.scenario.name:16} {step:14} {found['rate']:6.0f}/s  p50 {reply['p50']:6.1f}  "
                f"p95 {reply['p95']:6.1f}  p99 {reply['p99']:6.1f} ms  {wrong}"
            )
        return found
