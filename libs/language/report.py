"""How well texts are understood: cross-validation, a confusion table, the sample and the traps.

python -m libs.language.report      learns the sentences first where they have changed
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from libs.language.classifier import MODEL, Model, model
from libs.language.lexicon import said
from libs.language.meaning import SURE, Intent
from libs.language.numbers import read
from libs.language.script import clean
from libs.language.training import examples, fingerprint, learn, write
from libs.language.understanding import understand

_TESTS: Final = Path("tests/unit/language")
_FOLDS: Final = 5
_Sentence = tuple[str, Intent]
_Judged = tuple[str, Intent, Intent, float]
"""Text, meant, understood, confidence."""


def meaning_of(text: str) -> str:
    """The concepts of a text in order: two spellings of one sentence are the same sentence."""
    return " ".join(said(clean(read(text).rest)).concepts) or clean(text)


def judged(sentences: Iterable[_Sentence], learnt: Model | None = None) -> list[_Judged]:
    """The sentences as they are understood."""
    found: list[_Judged] = []
    for text, intent in sentences:
        understood = understand(text, learnt=learnt)
        found.append((text, intent, understood.intent, understood.confidence))
    return found


def cross_validated(sentences: Sequence[_Sentence]) -> list[_Judged]:
    """Every sentence understood by a model that saw neither it nor another spelling of it."""
    meanings = sorted({meaning_of(text) for text, _ in sentences})
    fold_of = {meaning: number % _FOLDS for number, meaning in enumerate(meanings)}
    found: list[_Judged] = []
    for fold in range(_FOLDS):
        left_out = [s for s in sentences if fold_of[meaning_of(s[0])] == fold]
        found += judged(left_out, learn(s for s in sentences if fold_of[meaning_of(s[0])] != fold))
    return found


def right(rows: Sequence[_Judged]) -> str:
    """How many were understood, and how many of those that would be acted upon without asking."""
    good = sum(meant == got for _, meant, got, _ in rows)
    sure = [row for row in rows if row[3] >= SURE]
    sure_good = sum(meant == got for _, meant, got, _ in sure)
    return f"{good} of {len(rows)} = {good / len(rows):.1%}; where sure ({len(sure)}): {sure_good / len(sure):.1%}"


def confusion(rows: Sequence[_Judged]) -> str:
    """Meant (down) against understood (across); a dot is a zero."""
    names = sorted({name for row in rows for name in row[1:3]})
    pairs = Counter((meant, got) for _, meant, got, _ in rows)
    short = {name: name.removeprefix("complaint-")[:9] for name in names}
    lines = [" " * 20 + " ".join(f"{short[name]:>9}" for name in names)]
    for meant in names:
        cells = " ".join(f"{pairs[meant, got] or '·':>9}" for got in names)
        lines.append(f"{meant.removeprefix('complaint-'):20}{cells}")
    return "\n".join(lines)


_COST: Final = """
import resource, sys, time
held = lambda: int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
before, began = held(), time.perf_counter()
from libs.language.understanding import understand
understand("light nahi hai")
start, memory = time.perf_counter() - began, held() - before
spent = []
for text in sys.stdin.read().splitlines():
    began = time.perf_counter()
    understand(text)
    spent.append((time.perf_counter() - began) * 1000)
spent.sort()
print(f"{sum(spent) / len(spent):.3f} ms a text, 99 in 100 below {spent[len(spent) * 99 // 100]:.3f} ms;"
      f" the first one {start:.2f} s and {memory:.0f} MB after the start")
"""


def cost(texts: Sequence[str]) -> str:
    """What a process of its own takes to be ready, and for each text that it reads for the first time."""
    lines = "\n".join(text.replace("\n", " ") for text in texts)
    command = [sys.executable, "-c", _COST]
    return subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.strip()


def tests(name: str) -> list[dict[str, Any]]:
    """The lines of a file of tests."""
    return [json.loads(line) for line in (_TESTS / name).read_text("utf-8").splitlines()]


def main() -> int:
    """Prints the report; fails where a trap is misunderstood."""
    if model().learnt_from != fingerprint():
        write(learn(examples()), MODEL)
        model.cache_clear()
        print("The sentences or the words have changed: libs/language/model.json was learnt anew.\n")
    sentences = examples()
    sample: list[_Sentence] = [(line["text"], line["intent"]) for line in tests("utterances.jsonl")]
    unseen: list[_Sentence] = [(line["text"], line["intent"]) for line in tests("unseen.jsonl")]
    traps = [(line["text"], line["intent"]) for line in tests("traps.jsonl")]

    own = cross_validated(sentences)
    print(f"Own sentences, {_FOLDS}-fold cross-validation, spellings of one sentence kept together:\n  {right(own)}\n")
    print(confusion(own))

    seen = {meaning_of(text) for text, _ in sample}
    strange = learn(s for s in sentences if meaning_of(s[0]) not in seen)
    print("\nSample, understood by a model that saw no sentence with the same concepts in the same order:")
    print(f"  {right(judged(sample, strange))}")
    print(f"Sample, as shipped:\n  {right(judged(sample))}")
    print("\nLines written before their writer had seen the words and sentences; 371 of 382 when they were first read:")
    print(f"  {right(judged(unseen))}")

    print(f"\nCost: {cost([text for text, _ in (*traps, *sample)])}")

    wrong = [row for row in judged(traps) if row[1] != row[2]]
    print(f"\nTraps: {len(traps) - len(wrong)} of {len(traps)}")
    for text, meant, got, _ in wrong:
        print(f"  {text!r} means {meant}, understood as {got}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
