"""Theorem 3.1 on an example small enough to be computed exactly: three coins, two modalities and a label.

Coin s is shown by both modalities, a by the picture alone, b by the word alone, all fair and independent. The label is
1 with probability σ(w_s s + w_a a + w_b b), coins being -1 or 1. A code that is the same for a picture and for every
word that may come with it can depend on nothing but s, so that the best perfectly aligned code is s itself.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, xlogy

COINS = np.array(list(itertools.product((-1, 1), repeat=3)))
"""All values of s, a and b, (8, 3)."""


@dataclass(frozen=True)
class Losses:
    """Cross-entropies and informations, in nats.

    Attributes:
        best: of whoever sees picture and word, H(Y | s, a, b).
        aligned: of the best reader of a perfectly aligned code, H(Y | s).
        picture: I(picture; Y).
        word: I(word; Y).
    """

    best: float
    aligned: float
    picture: float
    word: float

    @property
    def excess(self) -> float:
        """What alignment costs; the left side of the theorem."""
        return self.aligned - self.best

    @property
    def gap(self) -> float:
        """The information gap Δp, which the excess is never below; the right side."""
        return abs(self.picture - self.word)


def entropy(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a label that is 1 with these chances, in nats."""
    return -xlogy(chances, chances) - xlogy(1 - chances, 1 - chances)


def losses(shared: float, picture: float, word: float) -> Losses:
    """Everything about the label for these weights of the three coins."""
    chances = expit(COINS @ np.array([shared, picture, word]))

    def unknown(*seen: int) -> float:
        """H(Y | the coins at these places)."""
        keys = COINS[:, list(seen)] @ (3 ** np.arange(len(seen)))
        kinds = [chances[keys == key] for key in np.unique(keys)]
        return float(sum(len(kind) / 8 * entropy(kind.mean()) for kind in kinds))

    nothing = float(entropy(chances.mean()))
    return Losses(unknown(0, 1, 2), unknown(0), nothing - unknown(0, 1), nothing - unknown(0, 2))
