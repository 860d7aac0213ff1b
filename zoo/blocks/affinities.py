"""Who is near whom, and how near: exact nearest rows, and probabilities of a given perplexity.

Users: fit-sne, i-con, largevis; made for every map that is drawn from neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Array = NDArray[np.float64]
Places = NDArray[np.intp]


def nearest(rows: Array, count: int) -> tuple[Places, Array]:
    """The nearest other rows of each, by scikit-learn: their places and distances, both `(n, count)`, nearest first.

    Args:
        rows: `(n, d)`.
        count: how many; less than n.
    """
    from sklearn.neighbors import NearestNeighbors

    distances, places = NearestNeighbors(n_neighbors=count).fit(rows).kneighbors()
    return places, distances


def perplexed(distances: Array, perplexity: float, rounds: int = 60) -> Array:
    """Probabilities exp(-β d²) of each row's neighbours, whose entropy is log(perplexity), `(n, k)`.

    β is found by bisection, for all rows at once (Hinton and Roweis, "Stochastic neighbor embedding", 2002). Of
    neighbours that are all equally far each gets as much.

    Args:
        distances: to k neighbours, `(n, k)`.
        perplexity: more than 1 and less than k.
        rounds: of bisection.

    Raises:
        ValueError: so few neighbours cannot have that perplexity.
    """
    if not 1 < perplexity < distances.shape[1]:
        raise ValueError(f"{distances.shape[1]} neighbours cannot have a perplexity of {perplexity:g}.")
    squares = distances**2
    squares = squares - squares[:, :1]  # the nearest is first; its probability cannot underflow
    spread = squares.mean(axis=1, keepdims=True)
    squares = np.divide(squares, spread, out=np.zeros_like(squares), where=spread > 0)
    low, high = np.full((len(squares), 1), -20.0), np.full((len(squares), 1), 20.0)
    for _ in range(rounds):
        middle = (low + high) / 2
        entropy, _ = _entropy(squares, np.exp(middle))
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    return _entropy(squares, np.exp((low + high) / 2))[1]


def _entropy(squares: Array, beta: Array) -> tuple[Array, Array]:
    weights = np.exp(-beta * squares)
    shares = weights / weights.sum(axis=1, keepdims=True)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return -(shares * logs).sum(axis=1, keepdims=True), shares


def joint_of(rows: Array, perplexity: float) -> csr_matrix:
    """Joint probabilities `(n, n)` of rows `(n, d)`, from three times as many neighbours as the perplexity says."""
    places, distances = nearest(rows, min(int(3 * perplexity), len(rows) - 1))
    return joint(places, perplexed(distances, perplexity))


def joint(places: Places, shares: Array) -> csr_matrix:
    """What rows give each other, both ways, as a symmetric matrix `(n, n)` of sum 1."""
    from scipy.sparse import csr_matrix

    count, near = places.shape
    given = csr_matrix((shares.ravel(), places.ravel(), np.arange(0, count * near + 1, near)), (count, count))
    both = (given + given.T).tocsr()
    both.sort_indices()
    return both / both.sum()
