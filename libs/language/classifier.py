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

    def shares(self, names: Sequence[str]) -> dict[Intent, float]:
        """How likely each intent is; together 1."""
        rows = [self.weights[BIAS], *(self.weights[name] for name in names if name in self.weights)]
        scale = 1 / math.sqrt(len(rows))
        totals = [math.fsum(column) * scale for column in zip(*rows, strict=True)]
        top = max(totals)
        raised = [math.exp(total - top) for total in totals]
        whole = math.fsum(raised)
        return {intent: share / whole for intent, share in zip(self.intents, raised, strict=True)}

    def reasons(self, names: Sequence[str], intent: Intent, most: int = 4) -> list[str]:
        """The features that spoke most for an intent."""
        column = self.intents.index(intent)
        spoke = {name: self.weights[name][column] for name in names if name in self.weights}
        return [name for name in sorted(spoke, key=spoke.__getitem__, reverse=True)[:most] if spoke[name] > 0]


@cache
def model() -> Model:
    """The model that `training` wrote."""
    data = json.loads(MODEL.read_text("utf-8"))
    return Model(cast("tuple[Intent, ...]", tuple(data["intents"])), data["weights"])
