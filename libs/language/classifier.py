"""The learnt part: how likely each intent is, from the features of a text and the weights of `model.json`."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

from libs.language.meaning import Intent

MODEL: Final = Path(__file__).parent / "model.json"
BIAS: Final = ""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature, one for each of `intents`."""

    intents: tuple[Intent, ...]
    weights: Mapping[str, Sequence[float]]
    learnt_from: str = ""
    """`training.fingerprint` of the sentences."""

    def shares(self, names: Sequence[str]) -> dict[Intent, float]:
        """How likely each intent is; together 1."""
        rows = [self.weights[name] for name in (*names, BIAS) if name in self.weights]
        return dict(zip(self.intents, self.softmax(rows), strict=True))

    @staticmethod
    def softmax(rows: Sequence[Sequence[float]]) -> list[float]:
        """Rows of weights added up, made shares of 1; long texts do not speak louder than short ones."""
        scale = 1 / math.sqrt(len(rows))
        totals = [sum(column) * scale for column in zip(*rows, strict=True)]
        top = max(totals)
        raised = [math.exp(total - top) for total in totals]
        whole = sum(raised)
        return [share / whole for share in raised]

    def reasons(self, names: Sequence[str], intent: Intent, most: int = 4) -> list[str]:
        """The features that spoke most for an intent."""
        column = self.intents.index(intent)
        spoke = {name: self.weights[name][column] for name in names if name in self.weights}
        return [name for name in sorted(spoke, key=spoke.__getitem__, reverse=True)[:most] if spoke[name] > 0]


@cache
def model() -> Model:
    """The model that `training` wrote."""
    data = json.loads(MODEL.read_text("utf-8"))
    weights = {name: [tenths / 10 for tenths in row] for name, row in data["tenths"].items()}
    return Model(cast("tuple[Intent, ...]", tuple(data["intents"])), weights, data["learnt_from"])
