"""The four learners on the task `few-shot`: letters of unseen scripts, as every contestant gets them."""

from __future__ import annotations

import numpy as np
import torch

from zoo.evidence.tasks.few_shot import Draw, episodes
from zoo.method import Outcome

from . import model
from .accuracy import answers
from .model import AT_TEST, Arm, Tasks


def named(arms: model.Arms, arm: Arm, draw: Draw, shots: float) -> Outcome:
    """What a learner names the questions of an item, after adapting to nothing but the examples of each episode."""
    asked = episodes(draw, shots)
    tasks = Tasks(
        _ink(asked.examples),
        torch.from_numpy(asked.names),
        _ink(asked.questions),
        torch.from_numpy(asked.answers),
    )
    said = answers(arms.characters[arm], arm, AT_TEST[arm], tasks, draw[1])
    return Outcome((said.numpy(), asked.answers))


def _ink(pictures: np.ndarray) -> torch.Tensor:
    """Bytes (episodes, n, 28, 28) as (episodes, n, 1, 28, 28) in [0, 1]."""
    return torch.from_numpy(pictures).float().div(255)[:, :, None]
