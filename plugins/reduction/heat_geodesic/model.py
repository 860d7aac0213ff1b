"""Distances along a surface, measured by how heat spreads on the graph of a cloud's neighbours.

Huguet, Tong, De Brouwer, Zhang, Wolf, Adelstein and Krishnaswamy, "A heat diffusion perspective on geodesic preserving
dimensionality reduction" (2023). By Varadhan's formula -4t log Hₜ tends to the squared geodesic distance as t falls; a
graph has no such limit, and Harnack's inequality says what to take off at a time that is not short.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.spatial.distance import cdist, squareform

from zoo.blocks import flat_maps

Array = NDArray[np.float64]
Kind = Literal["normalised", "combinatorial"]
DECAY = 40
"""Power of the kernel's decay (that of PHATE's graph)."""
LEAST_WEIGHT = 1e-4
"""Edges of a smaller weight are left out."""
FLOOR = 1e-16
"""Least heat whose logarithm is taken; less is rounding."""


def graph(rows: Array, neighbours: int) -> Array:
    """Weights exp(-(|xᵢ - xⱼ| / sᵢ)⁴⁰) between rows, with sᵢ the distance to the last neighbour, both ways averaged.

    Args:
        rows: `(n, d)`.
        neighbours: less than n.

    Returns:
        `(n, n)`, symmetric, with a diagonal of 0.
    """
    apart = cdist(rows, rows)
    reach = np.partition(apart, neighbours, axis=1)[:, neighbours]
    smallest = reach[reach > 0].min(initial=np.inf)
    reach = np.where(reach > 0, reach, smallest if np.isfinite(smallest) else 1.0)  # of rows that occur often
    weights = np.exp(-(np.minimum(apart / reach[:, None], 2.0) ** DECAY))
    weights = (weights + weights.T) / 2
    weights[weights < LEAST_WEIGHT] = 0
    np.fill_diagonal(weights, 0)
    return weights


def laplacian(weights: Array, kind: Kind = "normalised") -> Array:
    """D - W, or I - D^(-1/2) W D^(-1/2), of weights `(n, n)`; a point without a neighbour keeps its heat."""
    degrees = weights.sum(axis=1)
    if kind == "combinatorial":
        return np.diag(degrees) - weights
    root = np.divide(1.0, np.sqrt(degrees), out=np.zeros_like(degrees), where=degrees > 0)
    return np.diag((degrees > 0).astype(float)) - root[:, None] * weights * root[None, :]


@dataclass(frozen=True)
class Heat:
    """How heat spreads on a graph, for any time.

    Attributes:
        rates: at which patterns fade, the eigenvalues of the Laplacian, `(n,)`.
        patterns: its eigenvectors, `(n, n)`, a column each.
    """

    rates: Array
    patterns: Array

    @classmethod
    def on(cls, weights: Array, kind: Kind = "normalised") -> Heat:
        """Heat on a graph with weights `(n, n)`."""
        rates, patterns = linalg.eigh(laplacian(weights, kind), driver="evd")
        return cls(np.maximum(rates, 0), patterns)

    def kernel(self, time: float) -> Array:
        """Hₜ = exp(-tL), `(n, n)`: how much of the heat put on one point is at another after a time."""
        half = self.patterns * np.exp(-time / 2 * self.rates)
        return half @ half.T

    def walk(self, time: float) -> Array:
        """Diffusion distance at a time, `(n, n)`: between the rows of Hₜ, without a logarithm."""
        faded = self.patterns * np.exp(-time * self.rates)
        return cdist(faded, faded)


def measured(kernel: Array, time: float, harnack: float = 1.0) -> Array:
    """Distances whose square is -4t log Hₜ(i, j) + s · 4t log((Hₜ(i, i) + Hₜ(j, j)) / 2), and 0 where that is less.

    Args:
        kernel: Hₜ, `(n, n)`.
        time: t.
        harnack: s, how much of the second term is taken; 0 is Varadhan's formula.
    """
    own = np.diag(kernel)
    both = (own[:, None] + own[None, :]) / 2
    squares = -4 * time * np.log(np.maximum(kernel, FLOOR))
    squares += harnack * 4 * time * np.log(np.maximum(both, FLOOR))
    np.fill_diagonal(squares, 0)
    return np.sqrt(np.maximum(squares, 0))


def tied(kernel: Array) -> float:
    """Share of pairs that no heat of a kernel `(n, n)` has reached; only the second term tells them apart."""
    return float((squareform(kernel, checks=False) <= FLOOR).mean())


def distances(rows: Array, neighbours: int = 10, time: float = 100.0) -> Array:
    """Heat-geodesic distances between rows `(n, d)`, `(n, n)`, by the normalised Laplacian and with Harnack's term."""
    return measured(Heat.on(graph(rows, neighbours)).kernel(time), time)


def aligned(true: Array, distances: Array) -> float:
    """Pearson's correlation of two tables of distances `(n, n)`, over all pairs: 1 where all lie on one line."""
    pairs = [squareform(table, checks=False) for table in (true, distances)]
    return float(np.corrcoef(*pairs)[0, 1]) if all(np.ptp(each) > 0 for each in pairs) else 0.0


def paths(rows: Array, neighbours: int) -> Array:
    """Isomap's distances, by scikit-learn: shortest paths between neighbours, `(n, n)`."""
    import warnings

    from sklearn.manifold import Isomap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a graph in pieces, which scikit-learn then joins
        return np.asarray(Isomap(n_neighbors=neighbours).fit(rows).dist_matrix_, float)


def scaled(distances: Array, steps: int) -> Iterator[Array]:
    """Metric scaling: places `(n, 2)` from classical scaling on, each step lowering the stress (SMACOF)."""
    places = flat_maps.classical(distances)
    places += 1e-9 * max(float(distances.max()), 1e-300) * np.random.default_rng(0).random(places.shape)
    yield places
    for _ in range(steps):
        apart = cdist(places, places)
        pulls = np.divide(distances, apart, out=np.zeros_like(apart), where=apart > 0)
        places = (places * pulls.sum(axis=1, keepdims=True) - pulls @ places) / len(places)
        yield places
