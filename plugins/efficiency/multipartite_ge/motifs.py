"""How many sets of four nodes hang together, estimated without bias from spanning trees drawn at random.

A set of four nodes that hangs together has between 1 and 16 spanning trees, each a star or a path of three
edges. There are far too many sets to list, but stars and walks are easily counted and drawn evenly; the mean of
1 / (spanning trees of the set) over the draws, times the number of stars and walks, is the number of sets.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

PAIRS = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])


def motifs(graph: csr_array, draws: int, rng: np.random.Generator) -> tuple[float, float]:
    """The number of connected induced subgraphs of four nodes.

    Args:
        graph: symmetric (n, n), without loops.
        draws: stars drawn, and walks drawn.
        rng: draws them.

    Returns:
        The estimate and its standard error.
    """
    degree = np.diff(graph.indptr).astype(np.float64)
    edges = _sorted_edges(graph)
    total = variance = 0.0
    for count, draw in (
        (degree * (degree - 1) * (degree - 2) / 6, _stars),
        (_walk_counts(graph, degree), _walks),
    ):
        number = count.sum()
        if number == 0:
            continue
        chosen = np.searchsorted(np.cumsum(count), rng.random(draws) * number, side="right")
        chosen = np.minimum(chosen, np.flatnonzero(count)[-1])
        sets = draw(graph, chosen, rng)
        value = number * _one_over_trees(edges, graph.shape[0], sets)
        total += value.mean()
        variance += value.var() / draws
    return total, variance**0.5


def _sorted_edges(graph: csr_array) -> np.ndarray:
    """Every edge in both directions as one number, sorted."""
    source = np.repeat(np.arange(graph.shape[0], dtype=np.int64), np.diff(graph.indptr))
    return np.sort(source * graph.shape[0] + graph.indices)


def _walk_counts(graph: csr_array, degree: np.ndarray) -> np.ndarray:
    """For every entry of the matrix that goes upwards, the walks of three edges with it in the middle."""
    source = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    return np.where(source < graph.indices, (degree[source] - 1) * (degree[graph.indices] - 1), 0)


def _stars(graph: csr_array, centres: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A centre and three of its neighbours, drawn evenly without repetition: (draws, 4)."""
    degree = np.diff(graph.indptr)[centres]
    a = rng.integers(degree)
    b = rng.integers(degree - 1)
    b += b >= a
    low, high = np.minimum(a, b), np.maximum(a, b)
    c = rng.integers(degree - 2)
    c += c >= low
    c += c >= high
    leaves = graph.indices[graph.indptr[centres][:, None] + np.stack([a, b, c], axis=1)]
    return np.column_stack([centres, leaves])


def _walks(graph: csr_array, middles: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The middle edge and one more edge at either end, drawn evenly: (draws, 4); ends may coincide."""
    source = np.searchsorted(graph.indptr, middles, side="right") - 1
    target = graph.indices[middles]
    ends = []
    for node, other in ((source, target), (target, source)):
        # to avoid the other end, draw from all neighbours but the last, and where it is drawn take the last
        place = rng.integers(np.diff(graph.indptr)[node] - 1)
        drawn = graph.indices[graph.indptr[node] + place]
        last = graph.indices[graph.indptr[node + 1] - 1]
        ends.append(np.where(drawn == other, last, drawn))
    return np.column_stack([source, target, *ends])


def _one_over_trees(edges: np.ndarray, n: int, sets: np.ndarray) -> np.ndarray:
    """1 / spanning trees of the subgraph induced by each set (draws, 4); 0 where two of its nodes coincide."""
    pair = sets[:, PAIRS].astype(np.int64)
    key = pair[..., 0] * n + pair[..., 1]
    place = np.minimum(np.searchsorted(edges, key), len(edges) - 1)
    tied = edges[place] == key
    laplacian = np.zeros((len(sets), 4, 4))
    laplacian[:, PAIRS[:, 0], PAIRS[:, 1]] = laplacian[:, PAIRS[:, 1], PAIRS[:, 0]] = -tied.astype(float)
    diagonal = np.arange(4)
    laplacian[:, diagonal, diagonal] = -laplacian.sum(axis=2)
    trees = np.linalg.det(laplacian[:, 1:, 1:]).round()  # Kirchhoff
    distinct = (pair[..., 0] != pair[..., 1]).all(axis=1)
    return np.where(distinct, 1 / np.maximum(trees, 1), 0.0)
