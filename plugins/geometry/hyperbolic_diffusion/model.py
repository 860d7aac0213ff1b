"""Hyperbolic diffusion distance: densities of a random walk at dyadic times, one above another in a half-space.

Source: Lin, Coifman, Mishne and Talmon 2023, arXiv 2305.18962, sections 4.1 to 4.3; the floors under eigenvalues and
densities, and the kernel exp(-d / σ) of a distance that is not squared, are the authors' released code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform

Array = NDArray[np.float64]
FLOOR = 1e-6
"""Eigenvalues of rows, and densities, are at least so large; it sets how far the farthest are apart."""
HALF = 0.5
"""α, of all of the paper's experiments."""


@dataclass(frozen=True)
class Walk:
    """A random walk P = left · diag(values) · right among n points.

    Attributes:
        values: eigenvalues, `(n,)`.
        left: `(n, n)`.
        right: its inverse, `(n, n)`.
    """

    values: Array
    left: Array
    right: Array

    @classmethod
    def of_rows(cls, distances: Array, sigma: float) -> Walk:
        """Of distances `(n, n)`: exp(-d / σ), σ in medians, divided by densities, rows of sum 1 (section 4.1)."""
        above = squareform(distances, checks=False)
        middle = float(np.median(above)) or float(above.mean()) or 1.0
        kernel = np.exp(-distances / (sigma * middle))
        density = kernel.sum(axis=1)
        kernel = kernel / np.outer(density, density)
        root = np.sqrt(kernel.sum(axis=1))
        values, vectors = np.linalg.eigh(kernel / np.outer(root, root))
        return cls(np.maximum(values, FLOOR), vectors / root[:, None], vectors.T * root)

    @classmethod
    def of_graph(cls, adjacency: Array) -> Walk:
        """P = exp(-L) of a graph `(n, n)` with its Laplacian L = D - A, as the paper has it for graphs."""
        values, vectors = np.linalg.eigh(np.diag(adjacency.sum(axis=1)) - adjacency)
        return cls(np.exp(-values), vectors, vectors.T)

    def slowed(self, time: float) -> Walk:
        """The same walk, in which time 1 is what `time` was."""
        return Walk(self.values**time, self.left, self.right)

    def densities(self, time: float) -> Array:
        """Where a walk from each point is after a time, `(n, n)`; rows sum to 1."""
        return (self.left * self.values**time) @ self.right


def floors(walk: Walk, scales: int, *, bend: Callable[[Array], Array] = np.sqrt) -> list[Array]:
    """Points of the half-spaces, at times 2^-k for k = 0, 1, …: roots of densities, and at last the height.

    Args:
        walk: of n points.
        scales: K, how many.
        bend: what is made of densities; roots, so that distances are Hellinger's. Others are controls.

    Returns:
        `(n, n + 1)` each; the height is 2^(k α - 2).
    """
    points = []
    for k in range(scales):
        densities = np.maximum(walk.densities(2.0**-k), FLOOR)
        parts = bend(densities)
        points.append(np.column_stack([parts, np.full(len(parts), 2 ** (k * HALF - 2))]))
    return points


def layers(points: Sequence[Array]) -> Array:
    """Distances within each floor, 2 arsinh(|x - y| / 2h) for points of one height h, `(K, n, n)`."""
    return np.stack(
        [squareform(2 * np.arcsinh(pdist(floor[:, :-1]) / (2 * floor[0, -1]))) for floor in points]
    )


def distances(walk: Walk, scales: int) -> Array:
    """Hyperbolic diffusion distances `(n, n)`: the sum over floors (equation 9), the l1 metric of the product."""
    return layers(floors(walk, scales)).sum(axis=0)


def diffusion(walk: Walk, time: float) -> Array:
    """Plain diffusion distance, straight between densities at one time, `(n, n)`."""
    return squareform(pdist(walk.densities(time)))
