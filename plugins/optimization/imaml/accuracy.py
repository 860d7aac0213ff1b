"""How often learners name drawings rightly, on tasks that are the same for every learner."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from zoo.blocks.inner_loop import Layout

from . import model
from .model import Arm, Rule, Tasks
from .tasks import Characters

TOGETHER = 20
"""Tasks of a group; the mean of each group is one number of the evidence."""
FITTING = 100
"""Pictures that are learnt from at once: with more, the maps of the first layer leave the processor's cache."""


def answers(network: model.Recogniser, arm: Arm, rule: Rule, tasks: Tasks, classes: int) -> Tensor:
    """What a learner names the queries of each task, (tasks, queries), adapted to nothing but its support set.

    Statistics of normalisation come from the support set, so that queries do not help each other.
    """
    theta = network.start(classes)
    layout = Layout.of(theta)
    start = layout.pack(theta).detach()
    at_once = max(1, FITTING // tasks.support.shape[1])
    said = []
    for first in range(0, tasks.number, at_once):
        part = Tasks(*(tensor[first : first + at_once] for tensor in tasks))
        support, _ = model.losses(network, layout, part)
        phi = model.adapted(arm, rule, support, start.expand(part.number, -1))
        with torch.no_grad():
            said.append(model.outputs(network, layout, phi, part, query=True).argmax(-1))
    return torch.cat(said)


def accuracy(
    network: model.Recogniser,
    arm: Arm,
    rule: Rule,
    characters: Characters,
    classes: int,
    shots: int,
    tasks: int,
    seed: int = 0,
) -> Iterator[float]:
    """Share of query pictures named rightly, one number for each group of 20 tasks.

    Queries are 15 a class, or 5 where there are more than five classes.
    """
    for batch in unseen_tasks(characters, classes, shots, tasks, seed):
        right = answers(network, arm, rule, batch, classes) == batch.wanted
        yield right.float().mean().item()


def nearest_accuracy(
    characters: Characters, classes: int, shots: int, tasks: int, seed: int = 0
) -> Iterator[float]:
    """The same for the nearest example in pixels."""
    for batch in unseen_tasks(characters, classes, shots, tasks, seed):
        near = torch.cdist(batch.query.flatten(2), batch.support.flatten(2)).argmin(-1)
        yield (batch.answers.gather(1, near) == batch.wanted).float().mean().item()


def unseen_tasks(characters: Characters, classes: int, shots: int, tasks: int, seed: int) -> Iterator[Tasks]:
    """Groups of 20 tasks, always the same for a seed."""
    for group in range(tasks // TOGETHER):
        rng = np.random.default_rng([seed, classes, shots, group])
        yield characters.draw(rng, TOGETHER, classes, shots, 15 if classes <= 5 else 5, turn=False)
