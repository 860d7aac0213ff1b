"""DEMI on the task `mutual-information`: the first half of x's numbers is x', and critics are networks."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from zoo.blocks.information import Separable
from zoo.evidence.tasks.information import BATCH, Draw, fit, parts, sample
from zoo.method import Outcome

from . import bounds
from .gaussian import split


class Halves(nn.Module):
    """The critics of both terms.

    Args:
        of_x: numbers of x.
        of_y: numbers of y.
    """

    def __init__(self, of_x: int, of_y: int) -> None:
        super().__init__()
        self.middle = max(1, of_x // 2)
        self.first, self.rest = Separable(self.middle, of_y), Separable(of_x, of_y)

    def total(self, x: Tensor, y: Tensor) -> Tensor:
        """I_NCE(x'; y) + I_IS(x; y | x') of a batch, in nats."""
        first, rest = self.first(x[:, : self.middle], y), self.rest(x, y)
        (true, others), lower = split(first, len(x)), split(rest, len(x))
        return (bounds.contrast(true, others) + bounds.importance(*lower, bounds.weights(others))).mean()


def decomposed(given: object, samples: float) -> Outcome:
    """The sum on the half of the pairs that critics have not seen, in batches."""
    draw = cast(Draw, given)
    x, y, asked_x, asked_y = parts(*sample(draw, samples))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(draw.seed)
        critics = Halves(x.shape[1], y.shape[1])
    fit(critics.total, critics, x, y, draw.seed)
    with torch.no_grad():
        batches = zip(asked_x.split(BATCH), asked_y.split(BATCH), strict=True)
        said = [float(critics.total(left, right)) for left, right in batches if len(left) == BATCH]
    return Outcome(float(np.mean(said)))
