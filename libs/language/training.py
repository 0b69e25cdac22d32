"""Learns the weights of `model.json` from `examples/`: multinomial logistic regression, the same result on every run.

python -m libs.language.training
"""

import hashlib
import json
import math
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final, cast

from libs.language.classifier import BIAS, MODEL, Model
from libs.language.features import features
from libs.language.lexicon import said
from libs.language.meaning import Intent
from libs.language.numbers import read
from libs.language.script import clean

EXAMPLES: Final = Path(__file__).parent / "examples"
"""One file of sentences for each intent, one sentence on each line."""
ASIDES: Final = Path(__file__).parent / "asides.txt"
"""What people say around what they want; … stands for that."""
_FEW: Final = 2
_FILES: Final[dict[str, Intent]] = {"stop": "stop/opt-out", "start": "start/opt-in"}

_ROUNDS: Final = 12
_RATE: Final = 0.5
_DECAY: Final = 3e-5
_LEAST: Final = 3
"""A feature seen in fewer sentences teaches nothing about others."""
_WEAK: Final = 0.8
"""A feature that speaks for or against no intent louder than this is left out of the model."""


def examples() -> list[tuple[str, Intent]]:
    """All example sentences with their intent."""
    return [
        (line, _FILES.get(path.stem, cast("Intent", path.stem)))
        for path in sorted(EXAMPLES.glob("*.txt"))
        for line in path.read_text("utf-8").splitlines()
        if line
    ]


def learn(sentences: Iterable[tuple[str, Intent]]) -> Model:
    """The model that tells the intents of the sentences apart; features must repeat to count."""
    counted = [(_features(text), intent) for text, intent in _talkative(list(sentences))]
    often = {name for name, times in Counter(name for names, _ in counted for name in names).items() if times >= _LEAST}
    intents = tuple(sorted({intent for _, intent in counted}))
    rows = [([*(name for name in names if name in often), BIAS], intents.index(intent)) for names, intent in counted]
    weights = {name: [0.0] * len(intents) for name in (*sorted(often), BIAS)}
    squares = {name: [1e-2] * len(intents) for name in weights}
    model = Model(intents, weights)
    for turn in range(_ROUNDS):
        for names, right in sorted(rows, key=lambda row: _lot(f"{turn} {row[0]}")):
            scale = 1 / math.sqrt(len(names))
            errors = model.softmax([weights[name] for name in names])
            errors[right] -= 1
            wrong = [column for column, error in enumerate(errors) if abs(error) > 2e-3]
            for name in names if wrong else ():
                row, square = weights[name], squares[name]
                for column in wrong:
                    slope = errors[column] * scale + _DECAY * row[column]
                    square[column] += slope * slope
                    row[column] -= _RATE * slope / math.sqrt(square[column])
    loud = {name: row for name, row in weights.items() if name == BIAS or max(map(abs, row)) >= _WEAK}
    return Model(intents, {name: [round(weight, 1) for weight in row] for name, row in loud.items()})


def _lot(text: str) -> int:
    """A number drawn for a text; the same on every run, so that learning again yields the same file."""
    return zlib.crc32(text.encode())


def _talkative(sentences: list[tuple[str, Intent]]) -> list[tuple[str, Intent]]:
    """The sentences, and those of a few words once more with something said around them that means nothing here."""
    asides = ASIDES.read_text("utf-8").splitlines()
    long = [(text, intent) for text, intent in sentences if text.count(" ") >= _FEW]
    more = [(asides[_lot(text) % len(asides)].replace("…", text), intent) for text, intent in long]
    return [*sentences, *more]


def _features(text: str) -> list[str]:
    numbers = read(text)
    return features(numbers, said(clean(numbers.rest)))


def write(model: Model, path: Path) -> None:
    """Writes the model as the classifier reads it: one line for each feature, weights in tenths."""
    rows = ",\n".join(
        f"{json.dumps(name, ensure_ascii=False)}:[{','.join(str(round(weight * 10)) for weight in row)}]"
        for name, row in sorted(model.weights.items())
    )
    head = f'"learnt_from":"{fingerprint()}","intents":{json.dumps(model.intents)}'
    path.write_text(f'{{{head},"tenths":{{\n{rows}\n}}}}\n', "utf-8")


def fingerprint() -> str:
    """What the model was learnt from; another value means that it must be learnt again."""
    digest = hashlib.sha256()
    for path in (ASIDES, EXAMPLES.parent / "lexicon.toml", *sorted(EXAMPLES.glob("*.txt"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    write(learn(examples()), MODEL)
