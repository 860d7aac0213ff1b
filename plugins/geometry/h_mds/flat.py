"""Euclidean maps of distances, which layouts are compared with."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.spatial.distance import cdist

from .model import Array


def between(places: Array) -> Array:
    """Euclidean distances, `(n, n)`."""
    return cdist(places, places)


def classical(distances: Array, dimensions: int) -> Array:
    """Eigenvectors of squared distances, centred both ways, `(n, dimensions)`."""
    squares = distances**2
    centred = squares - squares.mean(0) - squares.mean(1)[:, None] + squares.mean()
    values, vectors = np.linalg.eigh(-centred / 2)
    coordinates = np.zeros((len(distances), dimensions))
    kept = vectors[:, ::-1][:, :dimensions] * np.sqrt(np.maximum(values[::-1][:dimensions], 0))
    coordinates[:, : kept.shape[1]] = kept
    return coordinates


def stress(distances: Array, dimensions: int, steps: int = 300) -> Array:
    """The map whose distances differ least in squares, from the classical one on, `(n, dimensions)`."""
    from sklearn.manifold import smacof

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of arguments whose usual values will change
        start = classical(distances, dimensions)
        places, _ = smacof(distances, n_components=dimensions, init=start, n_init=1, max_iter=steps)
    return places
