"""Conversations as tests: `consumer:` lines are played in, the services' lines must come out, whole and nothing else.

A line `consumer: [बिल राशि]` taps what was offered under that title. In a service's lines `…` stands for anything, and
`{number}` keeps a word for later lines. Choices stand in brackets after the body.
"""

import asyncio
import re
import textwrap
from dataclasses import dataclass, field

from tests.phone import Bubble, Phone, Voices

START = re.compile(r"^(consumer|menu|billing|complaints): ?(.*)$")
CHOICE = re.compile(r"\[([^\]]+)\]")
LOCATION = re.compile(r"\(location (-?[\d.]+), ?(-?[\d.]+)\)")
MEDIA = re.compile(r"\((image|audio|video|document|sticker)\)(.*)")
QUIET_SECONDS = 0.4


@dataclass
class Line:
    """One turn of a transcript."""

    who: str
    text: str


@dataclass
class Transcript:
    """One chat that is played."""

    phone: Phone
    voices: Voices
    kept: dict[str, str] = field(default_factory=dict)
    said: int = 0
    """Messages of the consumer."""
    heard: int = 0
    """Bubbles of the services."""

    async def reads(self, text: str) -> None:
        """Plays the conversation; fails with what really came."""
        waiting: list[Bubble] = []
        for line in parse(text):
            if line.who == "consumer":
                assert not waiting, f"not in the transcript:\n{waiting[0].shown()}"
                await self._play(line.text)
                continue
            if not waiting:
                try:
                    waiting = await self.phone.next_bubbles()
                except TimeoutError:
                    raise AssertionError(f"nothing came where {line.who} should say:\n{line.text}") from None
            bubble = waiting.pop(0)
            self.heard += 1
            self._compare(line, await self.voices.of(bubble), bubble.shown())
        await asyncio.sleep(QUIET_SECONDS)
        waiting += await self.phone.bubbles()
        assert not waiting, f"not in the transcript:\n{waiting[0].shown()}"

    async def _play(self, text: str) -> None:
        self.said += 1
        text = re.sub(r"\{(\w+)\}", lambda hole: self.kept.get(hole[1], hole[0]), text)
        if tap := CHOICE.fullmatch(text):
            await self.phone.taps(tap[1])
        elif place := LOCATION.fullmatch(text):
            await self.phone.sends(type="location", latitude=float(place[1]), longitude=float(place[2]))
        elif media := MEDIA.fullmatch(text):
            caption = {"caption": media[2].strip()} if media[2].strip() else {}
            await self.phone.sends(type=media[1], **caption)
        else:
            await self.phone.says(text)

    def _compare(self, line: Line, who: str, shown: str) -> None:
        expected, actual = tidy(line.text), tidy(shown)
        match = re.fullmatch(pattern(expected, self.kept), actual, re.DOTALL)
        assert who == line.who and match, (
            f"\nexpected {line.who}:\n{textwrap.indent(expected, '  ')}\nheard {who}:\n{textwrap.indent(actual, '  ')}"
        )
        self.kept |= match.groupdict()


def parse(text: str) -> list[Line]:
    """The turns of a transcript."""
    lines: list[Line] = []
    for raw in textwrap.dedent(text).strip().splitlines():
        if start := START.match(raw.strip()):
            lines.append(Line(start[1], start[2].strip()))
        else:
            lines[-1].text += "\n" + raw.strip()
    return lines


def tidy(text: str) -> str:
    """Without blank lines and the spaces around lines; all choices on the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    choices: list[str] = []
    while lines and re.fullmatch(r"(\[[^\]]+\]\s*)+", lines[-1]):
        choices[:0] = [lines.pop()]
    return "\n".join([*lines, " ".join(choices)] if choices else lines)


def pattern(expected: str, kept: dict[str, str]) -> str:
    """A regular expression for an expected bubble."""
    parts = re.split(r"(…|\{\w+\})", expected)
    out = []
    for part in parts:
        if part == "…":
            out.append(".*?")
        elif hole := re.fullmatch(r"\{(\w+)\}", part):
            out.append(re.escape(kept[hole[1]]) if hole[1] in kept else rf"(?P<{hole[1]}>[\w-]+)")
        else:
            out.append(re.escape(part))
    return "".join(out)
