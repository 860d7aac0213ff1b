"""How the weights were made: CIFAR-10 without labels, three trainings of each arm.

The arms of a training begin alike. DEMI and its control are given the same views; plain InfoNCE, whose step costs
less, is given more steps, so that each arm has the same processor time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from zoo import data
from zoo.blocks.two_views import view
from zoo.training import Run

from .encoders import SIDE, Arm, Contrast, Critic, cut_out
from .networks import TRAININGS, Networks

BATCH, STEPS, RATE = 128, 2_000, 0.003
PLAIN_STEPS = 2_400
"""Of InfoNCE alone; as much time as `STEPS` of either other arm took."""
SETS: tuple[tuple[tuple[Arm, ...], int], ...] = ((("demi", "control"), STEPS), (("infonce",), PLAIN_STEPS))
"""Arms that are trained side by side, and for how many steps."""
VALIDATION = 5_000
"""The last so many training pictures are only for choosing settings."""


class Arms(nn.Module):
    """Arms that begin alike and are given the same views; no gradient runs from one to another.

    Args:
        arms: which.
        seed: of where they begin.
    """

    def __init__(self, arms: Sequence[Arm], seed: int) -> None:
        super().__init__()
        self.arms = nn.ModuleDict()
        for arm in arms:
            torch.manual_seed(seed)
            self.arms[arm] = Contrast(Critic(), arm)

    def loss(self, x: Tensor, y: Tensor, part: Tensor) -> Tensor:
        """The sum of the arms' losses."""
        return torch.stack([arm.loss(x, y, part) for arm in self.arms.values()]).sum()  # type: ignore[operator]


def train(run: Run) -> None:
    """Train every arm with seeds from the run's onwards."""
    images = np.asarray(data.load("cifar10", split="train").images[:-VALIDATION])
    networks = Networks()
    for training in range(TRAININGS):
        for arms, steps in SETS:
            trained = contrasted(run, images, arms, run.seed + training, steps)
            for arm in arms:
                critic = cast(Contrast, trained.arms[arm]).critic
                networks.encoder(arm, training).load_state_dict(critic.encoder.state_dict())
                if training == 0:
                    networks.projections[arm].load_state_dict(critic.projections.state_dict())
    run.save(networks.half())


def contrasted(run: Run, images: np.ndarray, arms: Sequence[Arm], seed: int, steps: int) -> Arms:
    """Arms after so many steps of views of pictures."""

    def batch(rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        chosen = images[rng.integers(len(images), size=BATCH)]
        x, y = (view(chosen, rng, SIDE)[0] for _ in range(2))
        return x, y, cut_out(x, rng)

    def loss(model: Arms, views: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        return model.loss(*views)

    stage = f"{'-'.join(arms)}-{seed}"
    model = Arms(arms, seed)
    return cast(
        Arms, run.fit(model, batch, loss, steps=steps, lr=RATE, optimizer=descent, stage=stage, share=1 / 6)
    )


def descent(parameters: list[nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """AdamW."""
    return torch.optim.AdamW(parameters, lr=lr, weight_decay=1e-4)
