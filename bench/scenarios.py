"""What is measured: who says what to whom, and the goals. To add one, add a line to SCENARIOS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.load.order import Crowd, Part, Say, Turn
from libs.schemas.discom import Discom

ONE = "mvvnl"
"""The discom of the scenarios with one."""
TROUBLED = "pvvnl"
"""The discom whose billing database is stopped."""
MEMBERS = 60_000
"""People per discom whose account is linked; enough that nobody is asked again while still waiting."""
KNOWN = 1_000_000
"""Chats that a grown database holds."""
STRANGERS = Crowd(1_000_000_000, 900_000_000)
RETURNING = Crowd(2_000_000_000, KNOWN)
STORM_PEOPLE, STORM_SECONDS = 10_000, 60.0
TROUBLE_RATE = 200
SOAK_MINUTES = 30

GREETING = (Turn((Say("text", "नमस्ते"),), shows='"id":"billing:bill"'),)
BILL = (Turn((Say("tap", "billing:bill"),), shows="₹"),)
BALANCE = (Turn((Say("tap", "billing:balance"),), shows="₹"),)
TWO = (Turn((Say("tap", "menu:contacts"), Say("tap", "menu:home")), replies=2, shows='"id":"billing:bill"'),)
NO_LIGHT = (Turn((Say("text", "बिजली नहीं आ रही है"),)),)
DANGER = (Turn((Say("text", "बिजली का तार टूटकर गिरा है"),)),)
ANYTHING = (Turn((Say("text", "नमस्ते"),)),)
"""Whatever a closed discom says to a greeting is its answer."""


@dataclass(frozen=True, slots=True)
class Goals:
    """What the product promises on two cores with everything on them. Milliseconds, at 500/s unless said otherwise."""

    clean_rate: int
    reply_p95: int
    ack_p99: int
    gap_p95: int | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to use the product."""

    name: str
    says: str
    kind: Literal["rate", "storm", "trouble", "idle", "texts", "soak"]
    discoms: Literal["one", "five"] = "one"
    turns: tuple[Turn, ...] = GREETING
    members: bool = False
    """Held by people with a linked account, not by strangers."""
    guess: int = 500
    """Where the search for the highest clean rate begins."""
    rates: tuple[int, ...] = (100, 500)
    """Rates at which delays are measured, besides the highest clean one and its half."""
    per_post: int = 1
    statuses: int = 0
    """Status updates per POST; 0 sends none."""
    goals: Goals | None = None
    limit: int = 0
    """Messages a second that the number may send; 0 puts its limit out of the way."""
    apart: bool = False
    """Only measured when named."""

    @property
    def queues(self) -> bool:
        """Whether a storm comes faster than its number may send: answers wait in line, and danger must not."""
        return 0 < self.limit < STORM_PEOPLE / STORM_SECONDS


SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("greeting", "message → menu list", "rate", guess=1500, goals=Goals(1500, 40, 30)),
        Scenario(
            "bill", "tap → amount", "rate", turns=BILL, members=True, guess=1200, goals=Goals(1200, 50, 30)
        ),
        Scenario(
            "errand", "greeting → bill → balance, one person", "rate", turns=GREETING + BILL + BALANCE, members=True,
            guess=400,
        ),
        Scenario(
            "two-bubbles", "two taps in one POST → two bubbles", "rate", turns=TWO, guess=1000,
            goals=Goals(1000, 60, 30, gap_p95=50),
        ),
        Scenario(
            "statuses", "greeting, three status webhooks per send", "rate", statuses=1, guess=700,
            goals=Goals(700, 80, 50),
        ),
        Scenario(
            "statuses-batched", "the same, up to 100 statuses per POST", "rate", statuses=100, guess=900, apart=True
        ),
        Scenario("batch", "1,000 messages per POST", "rate", per_post=1000, guess=2000, rates=(500,)),
        Scenario("storm", "10,000 × “no light” in 60 s, number at 1,000/s", "storm", limit=1000),
        Scenario("storm-80", "the same, number at 80/s", "storm", limit=80),
        Scenario(
            "greeting-five", "message → menu list, five discoms", "rate", "five", guess=1000,
            goals=Goals(1000, 100, 30),
        ),
        Scenario("trouble", "bill, one discom's billing database stopped", "trouble", "five", BILL, members=True),
        Scenario("idle", "nobody writes to five discoms", "idle", "five"),
        Scenario("texts", "a text is understood that was not seen before", "texts"),
        Scenario("soak", "greeting at half its rate, 30 minutes", "soak", apart=True),
    )
}  # fmt: skip


def parts_of(scenario: Scenario, discoms: Sequence[Discom], grown: bool) -> tuple[Part, ...]:
    """The conversations of a scenario, evenly over these discoms; closed ones are greeted."""
    if scenario.kind == "storm":
        ordinary = part("ordinary", discoms[0], STRANGERS, NO_LIGHT)
        return (part("danger", discoms[0], STRANGERS, DANGER), *[ordinary] * 49)
    strangers = RETURNING if grown else STRANGERS
    found = []
    for place, discom in enumerate(discoms):
        if discom.open:
            crowd = members_of(place) if scenario.members else strangers
            found.append(part(label_of(scenario, discom), discom, crowd, scenario.turns))
        elif not scenario.members:
            found.append(part(label_of(scenario, discom), discom, strangers, ANYTHING))
    return tuple(found)


def label_of(scenario: Scenario, discom: Discom) -> str:
    """What a discom's figures stand under."""
    return "others" if scenario.kind == "trouble" and discom.code != TROUBLED else discom.code


def part(label: str, discom: Discom, crowd: Crowd, turns: tuple[Turn, ...]) -> Part:
    """A conversation with one discom."""
    return Part(label, discom.phone_number_id, discom.display_phone_number, crowd, turns)


def members_of(place: int) -> Crowd:
    """The people with an account at the discom in this place of the list."""
    return Crowd(place * MEMBERS, MEMBERS)
