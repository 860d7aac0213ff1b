"""How the weights were made: four networks that learned from the same batches, two of them at many moments."""

from __future__ import annotations

from itertools import islice

import numpy as np
import torch
from torch import Tensor

from zoo.training import Run

from . import data, model


def mixed(rng: np.random.Generator, digits: data.Digits) -> tuple[Tensor, Tensor]:
    """A batch of 64, half of it as RTS, half with 1 to 12 pieces of clutter on top."""
    kinds = data.RTS, data.RTS._replace(pieces=int(rng.integers(1, 13)))
    pictures, labels = zip(*(data.drawn(rng, digits, 32, kind) for kind in kinds), strict=True)
    return torch.cat(pictures), torch.cat(labels)


def train(run: Run) -> None:
    """Train each network on the same batches."""
    trajectories, known, others = model.Trajectories(), data.mnist("train"), data.mnist("validation")
    kinds = {"RTS": data.RTS, "cluttered": data.CLUTTERED}
    tests = {kind: data.drawn(np.random.default_rng(1), others, 2000, how) for kind, how in kinds.items()}
    wrong: dict[str, list[float]] = {}
    last = run.steps or model.AFTER[-1]
    for name, goals in trajectories.places().items():
        torch.manual_seed(run.seed)
        net, done = model.BUILT[name](), 0
        steps = model.trained(net, lambda rng: mixed(rng, known), last, model.RATE, run.seed)
        for moment, goal in zip(model.AFTER[-len(goals) :], goals, strict=True):
            done += sum(1 for _ in islice(steps, min(moment, last) - done))
            goal.load_state_dict(net.state_dict())
            for kind, test in tests.items():
                wrong.setdefault(f"{name}, {kind}", []).append(round(model.error(net, *test), 2))
    run.save(trajectories.half(), validation_error=wrong)
