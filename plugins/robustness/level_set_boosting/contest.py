"""What enters the task of the worst group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo.evidence.tasks.worst_group import Split, drawn, group_rates

from . import model

SETTINGS = tuple((weak, levels) for weak in model.WEAK for levels in (10, 20))
"""As many as each baseline of the task chooses among, and by the same rule."""


def answers(seed: int, rare: float) -> NDArray[np.int64]:
    """What is asked of a draw, answered: level sets boosted on three quarters, accepted on the held-out quarter.

    A prediction is the probability of a label given the colour as it was in training. Where it is calibrated for each
    colour, the odds of colours that tell nothing follow from it: those of the colour in training are taken away.
    """
    given = drawn(seed, rare)
    learned, held = given.parts()
    best = max(
        SETTINGS,
        key=lambda setting: min(group_rates(_said(learned, held, held.X, *setting), held.y, held.group)),
    )
    return _said(learned, held, given.asked, *best)


def _said(learned: Split, held: Split, rows: NDArray, weak: str, levels: int) -> NDArray[np.int64]:
    boosted = model.boost(
        (learned.X, learned.y.astype(float)), (held.X, held.y.astype(float)), model.WEAK[weak], levels
    )
    chance = boosted.predict(rows).clip(0.01, 0.99)
    shares = np.array([learned.y[learned.colour == colour].mean() for colour in (0, 1)])
    usual = shares[rows[:, -1].astype(int)]
    return (chance * (1 - usual) > usual * (1 - chance)).astype(np.int64)
