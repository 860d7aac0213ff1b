"""How the weights were made: scenes of two digits, and which two classes are in each, three times over."""

from __future__ import annotations

from zoo.blocks.small_resnet import both_right, named
from zoo.blocks.two_objects import pieces, scenes
from zoo.training import Run

from .networks import TRAININGS, Networks

SCENES, VALIDATION = 10_000, 500
"""To learn from, and of instances and photographs that are in no training."""


def train(run: Run) -> None:
    """Train the network with seeds from the run's onwards."""
    networks, shares = Networks(), []
    others = scenes(pieces("validation"), VALIDATION, seed=1)
    known = scenes(pieces("train"), SCENES, seed=0)
    for training in range(TRAININGS):
        net = named(run, known, run.seed + training, 1 / TRAININGS)
        networks.trained[training].load_state_dict(net.state_dict())
        shares.append(round(float(both_right(net, others).mean()), 4))
    run.save(networks.half(), validation_both_right=shares)
