"""Metrics of rolled encodings that expander theory suggests, the baseline of the paper.

A d-regular bipartite graph expands best when its third largest |eigenvalue| lies below
sqrt(d_left - 1) + sqrt(d_right - 1), which makes it a Ramanujan graph. The bound only holds for graphs whose
left degrees agree, so the iterative versions take the mean over the sub-graphs of equal left degree.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from .encodings import Graph
from .metrics import largest

LEAST_DEGREE = 3


def difference_of_bound(graph: Graph) -> float:
    """(bound - third |eigenvalue|) / bound of a whole layer; NaN if a mean degree is below 3."""
    return _scores(_biadjacency(graph))[0]


def iterative(graph: Graph) -> tuple[float, float]:
    """Means over the sub-graphs of equal left degree, at least 3.

    Returns:
        The relative difference of bound, and the weighted spectral gap; NaN where there is no such sub-graph.
    """
    matrix = _biadjacency(graph)
    degree = np.diff(matrix.indptr)
    scores = [_scores(matrix[degree == size]) for size in np.unique(degree[degree >= LEAST_DEGREE])]
    scores = [pair for pair in scores if np.isfinite(pair).all()]
    return tuple(np.mean(scores, axis=0)) if scores else (np.nan, np.nan)


def _biadjacency(graph: Graph) -> csr_array:
    """(left, right) part of a two-layer graph."""
    left = int(graph.starts[1])
    return csr_array(graph.weights[:left][:, left:])


def _scores(matrix: csr_array) -> tuple[float, float]:
    """Relative difference of bound and weighted spectral gap of a bipartite graph, nodes of degree 0 left out.

    The eigenvalues of a bipartite graph are plus and minus its singular values, so the third is the second
    singular value: its square is an eigenvalue of the smaller of M M' and M' M.
    """
    right = np.bincount(matrix.indices, minlength=matrix.shape[1])
    matrix = matrix[:, right > 0]
    left_mean = matrix.nnz / max((np.diff(matrix.indptr) > 0).sum(), 1)
    right_mean = matrix.nnz / max((right > 0).sum(), 1)
    if left_mean < LEAST_DEGREE or right_mean < LEAST_DEGREE:
        return np.nan, np.nan
    pattern = matrix.copy()
    pattern.data = np.ones_like(pattern.data)
    bound = np.sqrt(left_mean - 1) + np.sqrt(right_mean - 1)
    third = _singular(pattern)[1]
    first, second = _singular(matrix)
    return float((bound - third) / bound), float(first - second)


def _singular(matrix: csr_array) -> np.ndarray:
    """The two largest singular values."""
    square = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    return np.sqrt(largest(csr_array(square), 2))
