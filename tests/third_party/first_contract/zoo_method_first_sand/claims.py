"""What is claimed: shrinking pays. A seed draws the truth and its measurements."""

from __future__ import annotations

import numpy as np
from zoo.evidence.grid import paired
from zoo.method import Evidence, Progress, claim

from . import model

SEEDS, DRAWS = range(10), 100
SIZES = {"10 numbers": 10, "30 numbers": 30, "100 numbers": 100}


def errors(size: int, seed: int) -> dict[str, float]:
    """Mean squared errors over draws of `size` numbers that differ as much as the noise is large."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(DRAWS, size))
    measured = truth + rng.normal(size=truth.shape)
    estimates = np.stack([model.shrunk(row, model.share(row, 1.0)) for row in measured])
    return {"shrunk": np.mean((estimates - truth) ** 2), "measured": np.mean((measured - truth) ** 2)}


@claim(
    "Shrunk numbers are closer to the truth than the measurements themselves",
    paper="Section 2, the inequality of risks",
    unit="mean squared error",
    baseline="the measurements themselves",
    tuning="nothing to tune: the measurements are taken as they are",
    trials=(0, 0),
)
def closer_than_measurements(quick: bool, progress: Progress) -> Evidence:
    """At three numbers of means; ten seeds of a hundred draws each."""
    runs = paired(SIZES, SEEDS[:2] if quick else SEEDS, errors, progress)
    curve = runs.curve("", "mean squared error")
    return runs.evidence(
        "shrunk", "measured", better="lower", curves={"Error by the count of numbers": curve}
    )
