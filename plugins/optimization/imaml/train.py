"""How the starts in `weights/imaml` were made: all arms on one stream of tasks, step by step together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

import zoo.data
from zoo.training import Run

from .claims import accuracy
from .model import CHARACTERS, SINUSOIDS, Arm, Arms, Rule, Tasks, surrogate
from .tasks import Characters, sinusoids


def together(rules: Mapping[Arm, Rule]) -> Callable[[nn.ModuleDict, Tasks], Tensor]:
    """The sum of the arms' losses: they share no parameter, and Adam treats each parameter on its own,
    so each arm learns as if it were alone."""

    def loss(networks: nn.ModuleDict, tasks: Tasks) -> Tensor:
        return torch.stack([surrogate(arm, rule, networks[arm], tasks) for arm, rule in rules.items()]).sum()

    return loss


def train(run: Run) -> None:
    """Meta-train iMAML, MAML, first-order MAML and Reptile on the same tasks, for as many steps."""
    glyphs, doodles = (zoo.data.load(name, split="train") for name in ("glyphs", "quickdraw"))
    sources = Characters(glyphs.images, glyphs.labels), Characters(doodles.images, doodles.labels)

    def characters(rng: np.random.Generator) -> Tasks:
        source = sources[int(rng.random() < 0.25)]
        return source.draw(rng, tasks=4, classes=5, shots=1, queries=3, turn=True)

    def waves(rng: np.random.Generator) -> Tasks:
        return sinusoids(rng, tasks=25, shots=10, queries=10)

    arms = Arms(seed=run.seed)
    adam = torch.optim.Adam
    run.fit(
        arms.characters, characters, together(CHARACTERS), steps=1600, lr=5e-3, optimizer=adam,
        stage="characters", share=0.87,
    )  # fmt: skip
    run.fit(
        arms.sinusoids, waves, together(SINUSOIDS), steps=1500, lr=2e-3, optimizer=adam,
        stage="sinusoids", share=0.13,
    )  # fmt: skip
    valid = zoo.data.load("glyphs", split="valid")
    unseen = Characters(valid.images, valid.labels)
    run.save(
        arms,
        **{
            f"{arm}_valid_5way_1shot": float(np.mean([*accuracy(arms, arm, unseen, 5, 1, 200)]))
            for arm in CHARACTERS
        },
    )
