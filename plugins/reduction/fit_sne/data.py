"""Points that push one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def disc(count: int, seed: int) -> Array:
    """Points on a disc as wide as maps of so many points are, about 0.9 √n."""
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0, 2 * np.pi, count), 0.45 * np.sqrt(count * rng.random(count))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def shaped(shape: str, count: int, seed: int) -> Array:
    """Points that lie on a disc, on ten islands, or on a ring, as wide as maps are."""
    rng = np.random.default_rng(seed)
    if shape == "disc":
        return disc(count, seed)
    wide = 0.45 * np.sqrt(count)
    if shape == "ring":
        angle = rng.uniform(0, 2 * np.pi, count)
        around = wide * np.column_stack([np.cos(angle), np.sin(angle)])
        return around + wide / 25 * rng.standard_normal((count, 2))
    centres = disc(10, seed) * wide / (0.45 * np.sqrt(10))
    return centres[rng.integers(10, size=count)] + wide / 12 * rng.standard_normal((count, 2))
