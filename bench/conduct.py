"""The whole benchmark: which scenarios, on which stage, in which order."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import people, yardstick
from bench.machine import description
from bench.measure import QUICK, Lengths, Measurement
from bench.scenarios import ONE, SCENARIOS, Scenario
from bench.stage import Stage, servers, stage
from bench.store import Store, fingerprint
from deploy.local.files import LOCAL
from deploy.local.progress import Say

DIRECTORY = LOCAL / "bench"
MOST_SLOW = 4.0
"""Nobody waits longer than two minutes for a warm JVM."""
LONGEST = 42 * 60.0
"""Seconds in which a whole run is to be done, the soak apart: with the services' start and end it is 45 minutes."""
LEAST = {"rate": 240.0, "storm": 150.0, "trouble": 150.0, "idle": 60.0, "texts": 15.0, "soak": 0.0}
"""Seconds that are kept for each scenario to come, by its kind: without retreats it needs no more."""
IN_QUICK = frozenset(("greeting", "bill", "two-bubbles", "statuses", "storm", "greeting-five"))
"""The rows of the goals' table: what a quick run measures unless others are named."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller wishes."""

    scenarios: tuple[str, ...] = ()
    """Empty: all but those that are apart."""
    quick: bool = False
    grown: bool = False
    profiled: bool = False
    anyway: bool = False

    @property
    def chosen(self) -> list[Scenario]:
        """The scenarios in their order."""
        if self.scenarios:
            return [SCENARIOS[name] for name in SCENARIOS if name in self.scenarios]
        wanted = IN_QUICK if self.quick else SCENARIOS.keys()
        return [
            scenario
            for scenario in SCENARIOS.values()
            if not scenario.apart and scenario.name in wanted and (scenario.discoms == "one" or not self.grown)
        ]

    @property
    def store(self) -> Store:
        """Where results lie; different kinds of run do not disturb one another."""
        kind = "quick" if self.quick else "full"
        return Store(DIRECTORY / (f"{kind}-grown" if self.grown else kind))

    def about(self) -> dict[str, Any]:
        """What has to be the same for results to belong together."""
        return {"code": fingerprint(), "quick": self.quick, "grown": self.grown, "machine": description()}


async def conduct(options: Options, store: Store, say: Say) -> None:
    """Measures what is chosen and not yet done. Leaves nothing running, however it ends."""
    began = time.monotonic()
    done = store.open(options.about(), [scenario.name for scenario in options.chosen])
    if steps := len(list(store)):
        say(f"going on with what was measured before: {steps} steps")
    chosen = sorted(options.chosen, key=lambda scenario: scenario.discoms == "five")
    waiting = [scenario for scenario in chosen if scenario.name not in done]
    spent = sum(store.about["minutes"].get(scenario.name, 0.0) for scenario in chosen) * 60
    until = deadlines(waiting, began + LONGEST - spent)
    say("starting Kafka and PostgreSQL")
    async with servers(DIRECTORY / "stage") as (kafka, postgres):
        for kind, codes in (("one", ONE), ("five", "all")):
            if scenarios := [scenario for scenario in waiting if scenario.discoms == kind]:
                say(f"starting the services for {codes}")
                async with stage(DIRECTORY / "stage", kafka, postgres, codes) as running:
                    await _measure(scenarios, until, running, options, store, say)
        store.close()
        say("stopping")
    say(f"done after {(time.monotonic() - began) / 60:.1f} minutes")


def deadlines(scenarios: Sequence[Scenario], end: float) -> Mapping[str, float]:
    """Until when each may look for a lower rate, so that all that follow are done at the end, too."""
    found = {}
    for scenario in reversed(scenarios):
        end -= LEAST[scenario.kind]
        found[scenario.name] = end
    return found


async def _measure(
    waiting: Sequence[Scenario], until: Mapping[str, float], running: Stage, options: Options, store: Store, say: Say
) -> None:
    lengths = QUICK if options.quick else Lengths()
    await _fill(waiting, running, options, say)
    speed = await yardstick.measured()
    slow = 1.0 if options.quick else min(MOST_SLOW, max(1.0, yardstick.slowness(speed)))
    say(f"warming up for {lengths.stage_warm * slow:.0f} s")
    greeting = SCENARIOS["greeting"]
    await Measurement(running, greeting, store, lengths, say).warm(lengths.stage_warm * slow, rate=200.0)
    for scenario in waiting:
        measurement = Measurement(
            running,
            scenario,
            store,
            lengths,
            say,
            quick=options.quick,
            grown=options.grown,
            profiled=options.profiled,
            until=until[scenario.name],
            speed=speed if options.quick else None,
        )
        await measurement.run()
        store.finish(scenario.name)


async def _fill(waiting: Sequence[Scenario], running: Stage, options: Options, say: Say) -> None:
    if any(scenario.members for scenario in waiting):
        say("linking people to accounts")
        await people.add_members(running.postgres, running.discoms)
    if options.grown:
        say("growing: 1 million chats, 10 million rows in each inbox; this takes some minutes")
        await people.grow(running.postgres, running.discoms[0])
