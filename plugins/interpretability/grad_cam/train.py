"""How the weights were made: scenes of two digits, and which two classes are in each, three times over.

No place is ever said: a label is of a whole picture, be it a scene or a piece of one.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.blocks.two_objects import CLASSES, SIDE, Scenes, pieces, scenes
from zoo.training import Run

from .networks import TRAININGS, Networks, network, seen

SCENES = 10_000
SMALL = 32
"""Pixels of the pieces of scenes that a training begins with; two things on one picture teach too slowly at first."""
BATCHES = {"pieces": 64, "scenes": 32}
STEPS = {"pieces": 700, "scenes": 1_000}
RATES = {"pieces": 0.006, "scenes": 0.003}
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
    """A network after so many steps of telling which classes are in a picture: first small pieces, then scenes."""

    def pieces_of(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        rows = rng.integers(len(known.images), size=BATCHES["pieces"])
        which = rng.integers(2, size=len(rows))
        middles = known.boxes[rows, which].reshape(-1, 2, 2).mean(1)
        corners = (middles - SMALL / 2 + rng.integers(-3, 4, size=(len(rows), 2))).clip(0, SIDE - SMALL)
        cut = [
            known.images[row, top : top + SMALL, left : left + SMALL]
            for row, (top, left) in zip(rows, corners.astype(int), strict=True)
        ]
        return given(np.stack(cut), known.labels[rows, which][:, None], rng)

    def scenes_of(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        rows = rng.integers(len(known.images), size=BATCHES["scenes"])
        return given(known.images[rows], known.labels[rows], rng)

    def loss(net: nn.Module, drawn: tuple[Tensor, Tensor]) -> Tensor:
        images, wanted = drawn
        return F.binary_cross_entropy_with_logits(
            net(images.contiguous(memory_format=torch.channels_last)), wanted
        )

    torch.manual_seed(seed)
    net: nn.Module = network().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    for stage, batch, share in (("pieces", pieces_of, 0.3), ("scenes", scenes_of, 0.7)):
        net = run.fit(
            net,
            batch,
            loss,
            steps=STEPS[stage],
            lr=RATES[stage],
            stage=f"{stage}-{seed}",
            share=share / TRAININGS,
        )
    return net


def given(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Pictures and which classes are in them; red, green and blue in any order, so that tints differ every time."""
    return seen(images[..., rng.permutation(3)]), present(labels)


def present(labels: np.ndarray) -> Tensor:
    """Which classes are in each scene, (n, classes), from the two of each, (n, 2)."""
    return F.one_hot(torch.from_numpy(labels), CLASSES).amax(1).float()


@torch.inference_mode()
def right(net: nn.Module, others: Scenes) -> float:
    """The share of scenes whose two largest logits are those of what is in them."""
    logits = torch.cat([net(seen(part)) for part in np.array_split(others.images, 10)])
    said = logits.topk(2, dim=1).indices.sort(1).values
    return float((said == torch.from_numpy(others.labels).sort(1).values).all(1).float().mean())
