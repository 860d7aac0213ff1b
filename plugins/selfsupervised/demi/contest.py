"""DEMI on the task `mutual-information`: the first half of x's numbers is x', and critics are networks."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from zoo.blocks.information import Separable
from zoo.evidence.tasks.information import Critics, Draw, by_critics
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
        first, first_others = split(self.first(x[:, : self.middle], y), len(x))
        true, others = split(self.rest(x, y), len(x))
        rest = bounds.importance(true, others, bounds.weights(first_others))
        return (bounds.contrast(first, first_others) + rest).mean()


def decomposed(given: object, samples: float) -> Outcome:
    """The sum on the half of the pairs that critics have not seen, in batches."""

    def begin(of_x: int, of_y: int) -> Critics:
        critics = Halves(of_x, of_y)
        return critics, critics.total, critics.total

    return by_critics(begin, cast(Draw, given), samples)
