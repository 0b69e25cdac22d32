"""Learns the weights of `model.json` from `examples/`: multinomial logistic regression, the same result on every run.

python -m libs.language.training
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from libs.language.features import features
from libs.language.script import clean

EXAMPLES: Final = Path(__file__).parent / "examples"
Weights = dict[str, dict[str, float]]
"""Feature → intent → weight."""

_ROUNDS: Final = 30
_RATE: Final = 0.5
_DECAY: Final = 3e-5
_LEAST: Final = 2
"""A feature seen in fewer sentences teaches nothing about others."""


def examples() -> list[tuple[str, str]]:
    """All example sentences with their intent."""
    found: list[tuple[str, str]] = []
    for path in sorted(EXAMPLES.glob("*.txt")):
        intent = {"stop": "stop/opt-out", "start": "start/opt-in"}.get(path.stem, path.stem)
        found += [(line, intent) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return found


def learn(sentences: Iterable[tuple[str, str]], rounds: int = _ROUNDS) -> Weights:
    """Weights that tell the intents of the sentences apart."""
    rows = [(features(clean(text)), intent) for text, intent in sentences]
    seen = Counter(name for names, _ in rows for name in names)
    rows = [([name for name in names if seen[name] >= _LEAST], intent) for names, intent in rows]
    intents = sorted({intent for _, intent in rows})
    weights = {name: dict.fromkeys(intents, 0.0) for names, _ in rows for name in names} | {
        "": dict.fromkeys(intents, 0.0)
    }
    squares = {name: dict.fromkeys(intents, 1e-2) for name in weights}
    order = list(range(len(rows)))
    for turn in range(rounds):
        order.sort(key=lambda i: (i * 7919 + turn * 104729) % 10007)
        for i in order:
            names, intent = rows[i]
            names = [*names, ""]
            scale = 1 / math.sqrt(len(names))
            scores = probabilities(weights, names, intents, scale)
            for other in intents:
                error = scores[other] - (other == intent)
                if abs(error) < 1e-3:
                    continue
                for name in names:
                    row, square = weights[name], squares[name]
                    slope = error * scale + _DECAY * row[other]
                    square[other] += slope * slope
                    row[other] -= _RATE * slope / math.sqrt(square[other])
    return weights


def probabilities(weights: Weights, names: Sequence[str], intents: Sequence[str], scale: float) -> dict[str, float]:
    """How likely each intent is."""
    totals = dict.fromkeys(intents, 0.0)
    for name in names:
        for intent, weight in weights[name].items():
            totals[intent] += weight * scale
    top = max(totals.values())
    shares = {intent: math.exp(total - top) for intent, total in totals.items()}
    whole = sum(shares.values())
    return {intent: share / whole for intent, share in shares.items()}


def write(weights: Weights, path: Path) -> None:
    """Writes the weights as the classifier reads them: one line for each feature."""
    intents = list(weights[""])
    rows = {name: [round(row[intent], 2) for intent in intents] for name, row in sorted(weights.items())}
    lines = ",\n".join(
        f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(row, separators=(',', ':'))}" for name, row in rows.items()
    )
    path.write_text(f'{{"intents":{json.dumps(intents)},"weights":{{\n{lines}\n}}}}\n', "utf-8")


if __name__ == "__main__":
    write(learn(examples()), Path(__file__).parent / "model.json")
