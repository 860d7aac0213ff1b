"""How the weights were made: networks of several topology weights side by side on the same batches of the spheres."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from zoo.training import Run, constant

from . import data, model

NAMES = {
    "weight 0": (0.0, "both"), "weight 0.15": (0.15, "both"), "weight 0.5": (0.5, "both"),
    "weight 1.5": (1.5, "both"), "weight 5": (5.0, "both"), "data's tree alone": (1.5, "data"),
    "map's tree alone": (1.5, "map"), "over the batch's largest": (1.5, "largest"),
    "all pairs": (1.5, "all"), "random pairs": (1.5, "random"),
}  # fmt: skip
BATCH, RATE, SEED, SHOWN = 28, 1e-3, 0, 400
"""As `claims` chose; the seed of the spheres, and how many held-out points are followed."""
MOMENTS = (0, 20, 50, 100, 200, 400, 800, 1600, 3200, 6400)
"""Steps after which it is kept where they lie; the last ends the training, after 20 times every row."""


def train(run: Run) -> None:
    """Train all at once; a moment that a shorter run does not reach is its end."""
    spheres, (weights, kinds) = data.spheres(SEED), zip(*NAMES.values(), strict=True)
    rows = spheres.known.astype(np.float32)

    def loss(bank: model.Bank, batch: Tensor) -> Tensor:
        step = int(bank.encoder.norms[0].num_batches_tracked)  # type: ignore[arg-type]
        if step in MOMENTS:
            bank.journey[MOMENTS.index(step) :] = torch.from_numpy(bank.places(spheres.new[:SHOWN]))
        return bank.loss(batch)

    bank = model.Bank(weights, kinds, data.COLUMNS, moments=len(MOMENTS), shown=SHOWN)
    run.fit(
        bank, lambda rng: model.drawn(rows, BATCH, rng), loss, steps=MOMENTS[-1], lr=RATE, schedule=constant,
        optimizer=lambda params, lr: torch.optim.Adam(params, lr=lr, weight_decay=model.DECAY),
    )  # fmt: skip
    bank.journey[-1] = torch.from_numpy(bank.places(spheres.new[:SHOWN]))
    run.save(bank.half())
