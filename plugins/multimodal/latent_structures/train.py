"""How the weights were made: all arms side by side on the very same views of emoji and of their words.

Arms of a training begin alike and are given the same views in the same order; they share nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from zoo.blocks.text_grams import Bags
from zoo.blocks.two_towers import tensors
from zoo.blocks.two_views import as_pictures
from zoo.training import Run

from . import pairs
from .model import ROWS, Arm
from .networks import ARMS, GAP_ARMS, TRAININGS, Networks

BATCH = 256
STEPS = 900
"""Of each training; about 230 times every emoji."""
RATE = 3e-3
DECAY = 0.1
"""CyCLIP's weight decay."""


@dataclass(frozen=True)
class Setting:
    """What an arm is trained with; chosen by `tuning` on emoji that no claim uses."""

    temperature: float = 0.1
    weights: Mapping[str, float] = field(default_factory=dict)
    time: float = 0.25


_GEOMETRY = {"cyclic": 0.001, "geometry": 0.001}
WEIGHTS = {
    "plain": {},
    "cyclip": {"cyclic": 0.001},
    "separation": {"separation": 0.03},
    "bridge": {"bridge": 0.3},
    "geometry": _GEOMETRY,
    "together": {"separation": 0.03, "bridge": 0.3} | _GEOMETRY,
    "sharp": {},
    "aligned_half": {"alignment": 0.5},
    "aligned": {"alignment": 1.0},
}
"""Of regularisers the largest that cost less than a point of recall in tuning, where none gained any; of L_Align the
paper's."""
SETTINGS = {arm: Setting(0.06 if arm in GAP_ARMS else 0.17, WEIGHTS[arm]) for arm in ARMS}
"""Temperatures: the best of L_Con alone; and in the gap experiment one near CLIP's, at which L_Align's slope does not
outweigh the contrast as much."""


class Arms(nn.Module):
    """The arms of one training; their losses add up, and no gradient runs from one to another.

    Args:
        settings: of each arm.
        seed: of where they all begin.
    """

    def __init__(self, settings: Mapping[str, Setting], seed: int) -> None:
        super().__init__()
        self.arms = nn.ModuleDict()
        for name, setting in settings.items():
            torch.manual_seed(seed)
            self.arms[name] = Arm(setting.temperature, setting.weights, setting.time)

    def arm(self, name: str) -> Arm:
        """An arm by its name."""
        return self.arms[name]  # type: ignore[return-value]

    def loss(self, views: Tensor, bags: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """The sum of the arms' losses."""
        return torch.stack([arm.loss(views, bags) for arm in self.arms.values()]).sum()  # type: ignore[operator]


def contrasted(run: Run, settings: Mapping[str, Setting], seed: int, steps: int = STEPS) -> Arms:
    """The arms after so many steps of two views of pictures and two texts of each."""
    emoji = pairs.part("known")
    pictures = as_pictures(emoji.images)

    return run.fit(  # type: ignore[return-value]
        Arms(settings, seed),
        functools.partial(batch, emoji, pictures),
        lambda model, drawn: model.loss(*drawn),
        steps=steps,
        lr=RATE,
        optimizer=descent,
        stage=f"contrast-{seed}",
        share=1 / TRAININGS,
    )


def batch(
    emoji: pairs.Emoji, pictures: Tensor, rng: np.random.Generator
) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    """Two views of some pictures, and two texts of each."""
    rows = rng.choice(len(pictures), BATCH, replace=False)
    seen = torch.cat([pairs.views(pictures[rows], rng) for _ in range(2)])
    said = [text for _ in range(2) for text in pairs.texts(emoji, rows, rng)]
    return seen, tensors(Bags.of(said, ROWS))


def descent(parameters: list[nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """AdamW with CyCLIP's weight decay."""
    return torch.optim.AdamW(parameters, lr=lr, weight_decay=DECAY)


def train(run: Run) -> None:
    """Train every arm with seeds from the run's onwards."""
    networks = Networks()
    for training in range(TRAININGS):
        trained = contrasted(run, SETTINGS, run.seed + training)
        for arm in ARMS:
            towers = networks.towers(arm, training)
            towers.load_state_dict(trained.arm(arm).towers.state_dict())
            towers.texts.pack()
    run.save(networks.half())
