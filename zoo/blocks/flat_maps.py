"""Euclidean maps of a table of distances: classical scaling, and the map of least stress from there on.

Users: h-mds, heat-geodesic, and the task ``trees``.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def classical(distances: Array, dimensions: int = 2) -> Array:
    """Classical scaling (Torgerson, 1952): main directions of squared distances, centred both ways.

    Args:
        distances: between n points, `(n, n)`.
        dimensions: of the map; axes that no positive eigenvalue is left for are 0.

    Returns:
        `(n, dimensions)`; each axis has its largest end to the right.
    """
    squares = -(distances**2) / 2
    squares -= squares.mean(axis=0)
    squares -= squares.mean(axis=1, keepdims=True)
    count, kept = len(squares), min(dimensions, len(squares))
    # All eigenvectors: where many eigenvalues are equal, as of trees, LAPACK's ways to some of them may give fewer.
    values, vectors = np.linalg.eigh((squares + squares.T) / 2)
    places = np.zeros((count, dimensions))
    places[:, :kept] = (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1][:, :kept]
    largest = places[np.abs(places).argmax(axis=0), range(dimensions)]
    return places * np.where(largest < 0, -1, 1)


def stress(distances: Array, dimensions: int = 2, steps: int = 300, tolerance: float = 1e-6) -> Array:
    """The map whose distances differ least in squares, from the classical one on (SMACOF, scikit-learn's).

    Args:
        distances: between n points, `(n, n)`.
        dimensions: of the map.
        steps: at most.
        tolerance: change of the stress in a step, relative, at which it ends.

    Returns:
        `(n, dimensions)`.
    """
    from sklearn.manifold import smacof

    start = classical(distances, dimensions)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of arguments whose usual values will change
        places, _ = smacof(
            distances, n_components=dimensions, init=start, n_init=1, max_iter=steps, eps=tolerance
        )
    return places
