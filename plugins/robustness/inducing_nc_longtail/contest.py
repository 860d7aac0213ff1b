"""What enters the task of the worst group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zoo.evidence.tasks.worst_group import Split

from . import model

SETTINGS = tuple(
    replace(model.CONTESTANTS[model.OURS], pull=pull, apart=apart, steps=500)
    for pull in (0.003, 0.01)
    for apart in (0.2, 0.5, 1.5)
)
"""As many as each baseline of the task chooses among, and by the same rule."""


def answers(given: Split, setting: model.Setting, seed: int) -> NDArray[np.int64]:
    """What is asked, answered: the groups are the classes, and each stands for its label."""
    network = model.trained(given.X.astype(np.float32), given.group, setting, seed)
    return network.answer(given.asked.astype(np.float32)) // 2
