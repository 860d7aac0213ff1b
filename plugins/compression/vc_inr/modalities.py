"""The five kinds of signal, each cut into patches of one size that are coded alone.

Every kind is values at the points of a grid in [-1, 1]^p, and code and bitstream are the same. Networks differ in size
and in how they begin, see `DESIGNS`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Modality:
    """One kind of signal.

    A patch is float32 ``(*patch, channels)`` in [-1, 1].

    Attributes:
        name: what it is called in files and weights.
        patch: points along each axis of a patch.
        channels: values at each point.
        latent: numbers in the latent of one patch.
    """

    name: str
    patch: tuple[int, ...]
    channels: int
    latent: int

    @property
    def points(self) -> int:
        """Points of a patch, which is what rates are divided by."""
        return math.prod(self.patch)

    def coordinates(self) -> np.ndarray:
        """The points of a patch, float32 ``(points, len(patch))``: centres of equal cells that fill [-1, 1]."""
        axes = [(np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1 for size in self.patch]
        grid = np.meshgrid(*axes, indexing="ij")
        return np.stack(grid, axis=-1).reshape(self.points, len(self.patch))


MODALITIES = {
    modality.name: modality
    for modality in (
        Modality("picture", (32, 32), 3, 384),  # height, width; red, green, blue
        Modality("audio", (256,), 1, 192),  # samples at 16 kHz, 16 ms
        Modality("video", (8, 16, 16), 3, 192),  # frames, height, width; red, green, blue
        Modality("shape", (16, 16, 16), 1, 192),  # truncated signed distance, negative inside
        Modality("climate", (16, 16), 1, 144),  # latitude, longitude; standardised by the field's own range
    )
}
"""Every kind of signal by name."""

STEPS = {
    "picture": (2.4, 1.5, 0.95, 0.6, 0.36),
    "audio": (0.8, 0.4, 0.2, 0.1, 0.05),
    "video": (1.6, 0.9, 0.5, 0.3, 0.17),
    "shape": (0.6, 0.3, 0.15, 0.08),
    "climate": (0.4, 0.2, 0.1, 0.05, 0.025),
}
"""For each rate the step of rounding, in units of the signal's coefficients, that the compressor begins with.

The weight of distortion follows from it: lambda = 6 q / (step^2 ln 2) for q channels is where, at high rates, a
finer step would cost as many bits as its distortion is worth.
"""
