"""How the weights were made: scenes of two digits, and which two classes are in each, three times over."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.blocks.two_objects import CLASSES, Scenes, pieces, scenes
from zoo.training import Run

from .networks import TRAININGS, Networks, network, seen

SCENES = 10_000
BATCH = 32
STEPS = 1_800
"""Of each training; about six passes over the scenes."""
RATE = 0.004
VALIDATION = 500
"""Scenes of instances and photographs that are in no training."""


def train(run: Run) -> None:
    """Train the network with seeds from the run's onwards."""
    networks, shares = Networks(), []
    others = scenes(pieces("validation"), VALIDATION, seed=1)
    known = scenes(pieces("train"), SCENES, seed=0)
    for training in range(TRAININGS):
        net = named(run, known, run.seed + training)
        networks.trained[training].load_state_dict(net.state_dict())
        shares.append(round(right(net, others), 4))
    run.save(networks.half(), validation_both_right=shares)


def named(run: Run, known: Scenes, seed: int) -> nn.Module:
    """A network after so many steps of telling which classes are in a scene."""

    def batch(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        rows = rng.integers(len(known.images), size=BATCH)
        # any order of red, green and blue: tints differ from pass to pass
        return seen(known.images[rows][..., rng.permutation(3)]), present(known.labels[rows])

    def loss(net: nn.Module, drawn: tuple[Tensor, Tensor]) -> Tensor:
        images, wanted = drawn
        return F.binary_cross_entropy_with_logits(
            net(images.contiguous(memory_format=torch.channels_last)), wanted
        )

    torch.manual_seed(seed)
    net = network().to(memory_format=torch.channels_last)
    return run.fit(net, batch, loss, steps=STEPS, lr=RATE, stage=f"digits-{seed}", share=1 / TRAININGS)


def present(labels: np.ndarray) -> Tensor:
    """Which classes are in each scene, (n, classes), from the two of each, (n, 2)."""
    return F.one_hot(torch.from_numpy(labels), CLASSES).amax(1).float()


@torch.inference_mode()
def right(net: nn.Module, others: Scenes) -> float:
    """The share of scenes whose two largest logits are those of what is in them."""
    logits = torch.cat([net(seen(part)) for part in np.array_split(others.images, 10)])
    said = logits.topk(2, dim=1).indices.sort(1).values
    return float((said == torch.from_numpy(others.labels).sort(1).values).all(1).float().mean())
