"""How the classifiers are trained in whose features drawn pictures are compared: `zoo train digit-features`."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

import zoo.data
from zoo.blocks.picture_features import PictureFeatures, classes, in_range
from zoo.blocks.printed_digits import Hand, drawn
from zoo.training import Run

STEPS = {"digit-features": 4_000, "garment-features": 2_000}
WRITTEN, PRINTED = 96, 32
"""Of each in a batch of digits."""
KEPT_BACK = 12
"""Every so manieth picture is not trained on, but classified in the end."""

Batch = tuple[NDArray[np.uint8], NDArray[np.int64]]


def train(run: Run) -> None:
    """Classify garments, or digits of which every fourth is printed."""
    digits = run.slug == "digit-features"
    photographs = zoo.data.load("mnist" if digits else "fashion-mnist")
    back = np.arange(len(photographs)) % KEPT_BACK == 0
    images, labels = photographs.images[~back], photographs.labels[~back]
    printed = zoo.data.load("printed-digits") if digits else None

    def batch(rng: np.random.Generator) -> Batch:
        rows = rng.integers(len(images), size=WRITTEN if printed else WRITTEN + PRINTED)
        if printed is None:
            return images[rows], labels[rows]
        outlines = rng.integers(len(printed), size=PRINTED)
        pictures = drawn(printed.outlines[outlines], Hand.random(PRINTED, rng))
        return np.concatenate([images[rows], pictures]), np.concatenate(
            [labels[rows], printed.labels[outlines]]
        )

    model = PictureFeatures()
    run.fit(model, batch, PictureFeatures.error, steps=STEPS[run.slug], lr=3e-3)
    answers = classes(model.cpu(), in_range(torch.from_numpy(photographs.images[back])))
    run.save(model, accuracy=float((answers == photographs.labels[back]).mean()))
