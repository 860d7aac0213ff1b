"""How the weights were made: scenes, two views of each, and all arms side by side on the very same views.

Arms of a training begin with the same encoder and are given the same views in the same order; they share nothing else.
The supervised encoder learns which categories of things are in a scene, from a view of it and no place.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo import data
from zoo.blocks.two_views import view
from zoo.training import Run

from .model import Contrast, Encoder
from .networks import ARMS, TRAININGS, Networks

SIDE = 48
"""Pixels of a view."""
BATCH = 32
STEPS = 4_500
"""Of each training; about 40 epochs of the scenes."""
RATE = 0.002
VALIDATION = 500
"""The last so many training scenes are only for choosing settings."""
SETTINGS = {"densecl": {"share": 0.5}, "moco": {"share": 0.0}, "random": {"share": 0.5, "matching": "random"}}


class Arms(nn.Module):
    """The arms of one training; their losses add up, and no gradient runs from one to another.

    Args:
        seed: of where they all begin.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.arms = nn.ModuleDict()
        for arm in ARMS:
            torch.manual_seed(seed)
            self.arms[arm] = Contrast(Encoder(), **SETTINGS[arm])

    def loss(self, first: Tensor, second: Tensor) -> Tensor:
        """The sum of the arms' losses."""
        return torch.stack([arm.loss(first, second) for arm in self.arms.values()]).sum()  # type: ignore[operator]


class Named(nn.Module):
    """An encoder and a linear layer on its mean, which names the categories in a scene.

    Args:
        categories: how many there are.
    """

    def __init__(self, categories: int) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.name = nn.Linear(self.encoder.channels, categories)

    def loss(self, views: Tensor, present: Tensor) -> Tensor:
        """Binary cross-entropy of each category (n, categories), present or not."""
        return F.binary_cross_entropy_with_logits(self.name(self.encoder(views).mean((2, 3))), present)


def train(run: Run) -> None:
    """Train every arm with seeds from the run's onwards, and the supervised encoder once."""
    scenes = data.load("scenes", split="train")
    images = np.asarray(scenes.images[:-VALIDATION])
    networks = Networks()
    for training in range(TRAININGS):
        arms = contrasted(run, images, run.seed + training)
        for arm in ARMS:
            networks.encoder(arm, training).load_state_dict(arms.arms[arm].encoder.state_dict())
        if training == 0:
            networks.supervised.load_state_dict(named(run, images, categories(scenes)).encoder.state_dict())
    run.save(networks.half())


def contrasted(run: Run, images: np.ndarray, seed: int) -> Arms:
    """The arms after so many steps of two views of scenes."""

    def batch(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        chosen = images[rng.integers(len(images), size=BATCH)]
        return view(chosen, rng, SIDE)[0], view(chosen, rng, SIDE)[0]

    def loss(model: Arms, views: tuple[Tensor, Tensor]) -> Tensor:
        return model.loss(*(part.contiguous(memory_format=torch.channels_last) for part in views))

    model = Arms(seed).to(memory_format=torch.channels_last)
    return run.fit(
        model, batch, loss, steps=STEPS, lr=RATE, optimizer=descent, stage=f"contrast-{seed}", share=0.305
    )


def named(run: Run, images: np.ndarray, present: np.ndarray) -> Named:
    """The supervised encoder after as many views as an arm's queries were."""

    def batch(rng: np.random.Generator) -> tuple[Tensor, np.ndarray]:
        chosen = rng.integers(len(images), size=BATCH)
        return view(images[chosen], rng, SIDE)[0], present[chosen]

    def loss(model: Named, drawn: tuple[Tensor, Tensor]) -> Tensor:
        return model.loss(drawn[0].contiguous(memory_format=torch.channels_last), drawn[1])

    torch.manual_seed(run.seed)
    model = Named(present.shape[1]).to(memory_format=torch.channels_last)
    return run.fit(
        model, batch, loss, steps=STEPS, lr=RATE, optimizer=descent, stage="supervised", share=0.085
    )


def descent(parameters: list[nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """AdamW with the paper's weight decay; in so few steps SGD learned less."""
    return torch.optim.AdamW(parameters, lr=lr, weight_decay=1e-4)


def categories(scenes: data.Split) -> np.ndarray:
    """Which categories of things are in each scene, float32 (n, categories), in the order of their names."""
    _, kinds = np.unique(scenes.categories, return_inverse=True)
    objects = np.asarray(scenes.objects)
    present = np.zeros((len(objects), kinds.max() + 1), np.float32)
    rows, places = np.nonzero(objects >= 0)
    present[rows, kinds[objects[rows, places]]] = 1
    return present
