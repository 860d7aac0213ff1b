"""What enters the task of the worst group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zoo.evidence.tasks.worst_group import Split, drawn, group_rates

from . import model

SETTINGS = tuple(
    replace(model.CONTESTANTS[model.OURS], pull=pull, apart=apart, steps=500)
    for pull in (0.003, 0.01)
    for apart in (0.2, 0.5, 1.5)
)
"""As many as each baseline of the task chooses among, and by the same rule."""


def answers(seed: int, rare: float) -> NDArray[np.int64]:
    """What is asked of a draw, answered: the groups are the classes, and each stands for its label."""
    given = drawn(seed, rare)
    learned, held = given.parts()
    rates = [min(group_rates(_said(learned, setting, seed), held.y, held.group)) for setting in SETTINGS]
    return _said(given, SETTINGS[int(np.argmax(rates))], seed)


def _said(given: Split, setting: model.Setting, seed: int) -> NDArray[np.int64]:
    network = model.trained(given.X.astype(np.float32), given.group, setting, seed)
    return network.answer(given.asked.astype(np.float32)) // 2
