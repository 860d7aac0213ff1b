"""Estimating many means from one noisy measurement each: shrinkage towards their common mean.

Source: James and Stein 1961, section 2; towards the mean rather than zero as in Efron and Morris 1973, whose factor has
n - 3 for n - 2. Measurements are x = θ + ε, `(n,)`, with independent ε of standard deviation `noise`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def share(values: Array, noise: float) -> float:
    """The share of the differences from the mean that is kept: (1 - (n - 3) noise² / Σ (x - x̄)²)₊.

    Args:
        values: one measurement of each mean, `(n,)`.
        noise: their standard deviation, in the same unit.

    Returns:
        0 to 1; 1 for fewer than four numbers, of which nothing is gained.
    """
    if len(values) < 4:
        return 1.0
    spread = float(((values - values.mean()) ** 2).sum())
    return max(0.0, 1.0 - (len(values) - 3) * noise**2 / spread) if spread > 0 else 0.0


def shrunk(values: Array, kept: float) -> Array:
    """Every number, `(n,)`, with `kept` of its difference from their mean; `(n,)`."""
    centre = values.mean()
    return centre + kept * (values - centre)
