"""The four learners on the task `few-shot`: letters of unseen scripts, as every contestant gets them."""

from __future__ import annotations

import numpy as np
import torch

from zoo.blocks.inner_loop import Layout
from zoo.task import Outcome
from zoo.tasks.few_shot import Draw, episodes

from . import model
from .claims import FITTING
from .model import AT_TEST, Arm, Tasks


def named(arms: model.Arms, arm: Arm, draw: Draw, shots: float) -> Outcome:
    """What a learner names the questions of an item, after adapting to the examples of each episode alone."""
    found = episodes(draw, shots)
    tasks = Tasks(
        _ink(found.examples),
        torch.from_numpy(found.names),
        _ink(found.questions),
        torch.from_numpy(found.answers),
    )
    network, rule = arms.characters[arm], AT_TEST[arm]
    theta = network.start(draw[1])
    layout = Layout.of(theta)
    start = layout.pack(theta).detach()
    at_once = max(1, FITTING // tasks.support.shape[1])
    said = []
    for first in range(0, tasks.number, at_once):
        part = Tasks(*(one[first : first + at_once] for one in tasks))
        support, _ = model.losses(network, layout, part)
        phi = model.adapted(arm, rule, support, start.expand(part.number, -1))
        with torch.no_grad():
            said.append(model.outputs(network, layout, phi, part, query=True).argmax(-1))
    return Outcome((torch.cat(said).numpy(), found.answers))


def _ink(pictures: np.ndarray) -> torch.Tensor:
    """Bytes (episodes, n, 28, 28) as (episodes, n, 1, 28, 28) in [0, 1]."""
    return torch.from_numpy(pictures).float().div(255)[:, :, None]
