"""Targets and starts in the plane: closed-form mixtures, a checkerboard, and ink.

All named shapes lie within [-3, 3]^2. Rings, moons and clouds are mixtures of round Gaussians strung along
curves, so that their samples, density and score are all exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SIDE = 3.0
"""Half the width of the plane that drawings are laid on."""


@dataclass(frozen=True)
class Mixture:
    """Equal round Gaussians: `centres` `(k, d)` and one standard deviation."""

    centres: Array
    deviation: float

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Independent samples, `(n, d)`."""
        chosen = self.centres[rng.integers(len(self.centres), size=n)]
        return chosen + self.deviation * rng.standard_normal(chosen.shape)

    def _log_parts(self, x: Array) -> Array:
        square = (x**2).sum(1)[:, None] - 2 * x @ self.centres.T + (self.centres**2).sum(1)
        return -0.5 * square / self.deviation**2

    def log_density(self, x: Array) -> Array:
        """Logarithm of the density at `(n, d)`, `(n,)`."""
        from scipy.special import logsumexp

        d = x.shape[1]
        scale = np.log(len(self.centres)) + 0.5 * d * np.log(2 * np.pi * self.deviation**2)
        return logsumexp(self._log_parts(x), axis=1) - scale

    def score(self, x: Array) -> Array:
        """Gradient of the log density at `(n, d)`, `(n, d)`."""
        share = self._log_parts(x)
        share -= share.max(axis=1, keepdims=True)
        np.exp(share, out=share)
        return (share @ self.centres / share.sum(axis=1, keepdims=True) - x) / self.deviation**2


def _arc(radius: float, start: float, stop: float, centres: int) -> Array:
    angle = np.linspace(start, stop, centres)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def rings() -> Mixture:
    """Two circles with one centre."""
    inner, outer = _arc(1.0, 0, 2 * np.pi, 49)[:-1], _arc(2.3, 0, 2 * np.pi, 111)[:-1]
    return Mixture(np.concatenate([inner, outer]), 0.12)


def moons() -> Mixture:
    """Two half circles, each reaching into the other."""
    offset = np.array([0.8, 0.4])
    upper, lower = _arc(1.6, 0, np.pi, 40), _arc(1.6, np.pi, 2 * np.pi, 40)
    return Mixture(np.concatenate([upper - offset, lower + offset]), 0.15)


def clouds() -> Mixture:
    """Eight round Gaussians on a circle."""
    return Mixture(_arc(2.2, 0, 2 * np.pi, 9)[:-1], 0.22)


MIXTURES = {"rings": rings, "moons": moons, "mixture": clouds}
"""Targets whose score is known."""


def checkerboard(n: int, rng: np.random.Generator) -> Array:
    """Uniform samples on the dark squares of a 4 x 4 board, `(n, 2)`."""
    row = rng.integers(4, size=n)
    column = 2 * rng.integers(2, size=n) + row % 2
    corner = np.stack([column, row], axis=1)
    return (corner + rng.random((n, 2))) * (2 * SIDE - 1) / 4 - (SIDE - 0.5)


def handwritten(digit: int, rng: np.random.Generator) -> Array:
    """The ink of one of scikit-learn's 8 x 8 handwritten digits, four times as fine, `(32, 32)`."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    digits = load_digits()
    picture = digits.images[rng.choice(np.flatnonzero(digits.target == digit))]
    return zoom(picture / 16, 4, order=3).clip(0, 1) ** 2


def ink_samples(ink: Array, n: int, rng: np.random.Generator) -> Array:
    """Samples with the density of ink `(height, width)`, `(n, 2)`; the longer side spans the plane.

    Raises:
        ValueError: there is no ink.
    """
    total = ink.sum()
    if not total > 0:
        raise ValueError("no ink")
    height, width = ink.shape
    pixel = rng.choice(ink.size, size=n, p=(ink / total).ravel())
    row, column = np.divmod(pixel, width)
    xy = np.stack([column + rng.random(n) - width / 2, height / 2 - row - rng.random(n)], axis=1)
    return xy * (2 * SIDE / max(height, width))


def start(name: str, n: int, rng: np.random.Generator) -> Array:
    """Where particles begin: `gaussian`, `corner`, `square` or `circle`, `(n, 2)`."""
    if name == "corner":
        return 0.4 * rng.standard_normal((n, 2)) - 2
    if name == "square":
        return rng.uniform(-SIDE, SIDE, (n, 2))
    if name == "circle":
        return Mixture(_arc(2.6, 0, 2 * np.pi, 91)[:-1], 0.08).sample(n, rng)
    return rng.standard_normal((n, 2))
