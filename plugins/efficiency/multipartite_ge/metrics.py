"""The paper's families of topological metrics (its topometrics) of a graph of a network.

Nodes count as shares of all nodes and edges as shares of all edges where that makes sense, so that networks of
different sizes can be compared.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, dia_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh

from .connectivity import coreness, cuts
from .encodings import Graph
from .motifs import motifs

PRODUCTS = 200_000_000
"""Steps of two edges that are followed for the 2-hop metric; beyond, on an even sample of nodes."""

DRAWS = 5_000
"""Stars and walks drawn for the motifs."""


def topometrics(graph: Graph) -> dict[str, float]:
    """All metrics by name; of a graph without edges they are what an empty graph has."""
    undirected = symmetric(graph)
    local, neighbourhood = local_metrics(graph), neighbourhood_metrics(graph, undirected)
    return {
        **local,
        **neighbourhood,
        **strength_metrics(undirected),
        **global_metrics(undirected),
        **expansion_metrics(undirected),
    }


def symmetric(graph: Graph) -> csr_array:
    """The graph without directions; no edge has one that goes back, so sizes stay what they are."""
    return csr_array(graph.weights + graph.weights.T)


def local_metrics(graph: Graph) -> dict[str, float]:
    """Dead ends: nodes that lose what they get, or pass on what they never got."""
    outgoing, incoming = degrees(graph)
    inner_out, inner_in = np.ones((2, graph.nodes), dtype=bool)
    inner_out[graph.starts[-2] :] = False  # outputs have no successors
    inner_in[: graph.starts[1]] = False  # inputs have no predecessors
    sinks = (outgoing == 0) & (incoming > 0) & inner_out
    sources = (outgoing > 0) & (incoming == 0) & inner_in
    edges = max(graph.edges, 1)
    return {
        "sink nodes": sinks.sum() / graph.nodes,
        "source nodes": sources.sum() / graph.nodes,
        "disconnected nodes": ((outgoing == 0) & (incoming == 0)).sum() / graph.nodes,
        "removable out-edges": incoming[sinks].sum() / edges,
        "removable in-edges": outgoing[sources].sum() / edges,
    }


def degrees(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    """Edges that leave every node and edges that reach it, (n,) each."""
    return np.diff(graph.weights.indptr), np.bincount(graph.weights.indices, minlength=graph.nodes)


def neighbourhood_metrics(graph: Graph, undirected: csr_array) -> dict[str, float]:
    """Mean numbers of nodes within one and two steps forwards, the node itself included, and motifs."""
    count, _ = motifs(undirected, DRAWS, np.random.default_rng(0))
    return {
        "1-hop": 1 + graph.edges / graph.nodes,
        "2-hop": two_hops(graph.weights),
        "motifs": float(np.log1p(count / graph.nodes)),
    }


def two_hops(weights: csr_array) -> float:
    """Mean number of nodes within two steps forwards, the node itself included."""
    n = weights.shape[0]
    ones = csr_array((np.ones(weights.nnz, np.float32), weights.indices, weights.indptr), shape=weights.shape)
    outgoing = np.diff(weights.indptr)
    steps = ones @ outgoing.astype(np.float64)
    every = int(np.ceil(steps.sum() / PRODUCTS)) or 1
    nodes = np.arange(0, n, every)
    reached = 0
    # a few rows at a time, so that the product of a large graph is never whole in memory
    for part in np.array_split(nodes, max(1, int(steps[nodes].sum() // 20_000_000))):
        rows = ones[part]
        reached += (rows + rows @ ones).nnz
    return 1 + reached / len(nodes)


def strength_metrics(undirected: csr_array) -> dict[str, float]:
    """Mean weighted degree and mean coreness."""
    return {
        "strength": float(undirected.data.sum(dtype=np.float64)) / undirected.shape[0],
        "coreness": float(coreness(undirected).mean()),
    }


def global_metrics(undirected: csr_array) -> dict[str, float]:
    """Connected components, bridges (edges) and cut vertices (nodes)."""
    nodes, edges = undirected.shape[0], max(undirected.nnz // 2, 1)
    components, _ = connected_components(undirected, directed=False)
    bridges, points = cuts(undirected)
    return {
        "components": components / nodes,
        "bridges": bridges / edges,
        "articulation points": points / nodes,
    }


def expansion_metrics(undirected: csr_array) -> dict[str, float]:
    """Gap between the first and third largest |eigenvalue|, and the largest eigenvalue of the Laplacian."""
    first = largest(undirected, 3)
    strength = dia_array((undirected.sum(axis=1)[None], 0), shape=undirected.shape)
    return {
        "spectral gap": float(first[0] - first[2]),
        "spectral radius": float(largest(csr_array(strength - undirected), 1)[0]),
    }


def largest(matrix: csr_array, count: int) -> np.ndarray:
    """The largest sizes of eigenvalues of a symmetric matrix, (count,), largest first; 0 where there are fewer."""
    n = matrix.shape[0]
    if n <= 60:
        values = np.linalg.eigvalsh(matrix.toarray().astype(np.float64))
    elif matrix.nnz == 0:
        values = np.zeros(count)
    else:
        start = np.random.default_rng(0).random(n)  # positive, as the first eigenvector is
        values = eigsh(matrix.astype(np.float64), k=count, ncv=max(20, 4 * count), v0=start, tol=1e-6,
                       return_eigenvectors=False)  # fmt: skip
    sizes = np.sort(np.abs(values))[::-1][:count]
    return np.pad(sizes, (0, count - len(sizes)))
