"""Some edges of a graph taken away, to be found again among pairs that have none.

    split = hidden_edges.hidden(graph, seed)
    scores = adamic_adar(split.near)[tuple(split.judged.nodes.T)]

Users: the claims of node2vec; made for every method that tells which nodes are near.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from zoo.blocks import graph_sets
from zoo.types import Graph

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of nodes, as many with an edge as without.

    Attributes:
        nodes: int64 `(2 m, 2)`.
        joined: 1 where the graph has an edge, 0 elsewhere, `(2 m,)`.
    """

    nodes: NDArray[np.int64]
    joined: NDArray[np.int64]


@dataclass(frozen=True)
class Hidden:
    """A graph without some of its edges.

    Attributes:
        near: weights of the edges that are left, `(n, n)`, symmetric.
        learned: all of these, and as many pairs without an edge.
        choosing: half of the hidden edges, by which settings may be chosen, and as many pairs without.
        judged: the other half, likewise.
    """

    near: sparse.csr_array
    learned: Pairs
    choosing: Pairs
    judged: Pairs


def hidden(graph: Graph, seed: int, share: float = 1 / 3) -> Hidden:
    """Hide a share of the edges; what was connected stays connected, by a spanning tree that is kept.

    Args:
        graph: at least three times as many pairs have no edge as have one.
        seed: draws edges, and pairs without.
        share: of all edges.
    """
    import networkx

    rng, edges = np.random.default_rng(seed), graph.edges[graph.edges[:, 0] != graph.edges[:, 1]].tolist()
    network = networkx.Graph(edges)
    kept = {tuple(sorted(edge)) for edge in networkx.minimum_spanning_edges(network, data=False)}
    free = [edge for edge in edges if tuple(edge) not in kept]
    taken = [free[place] for place in rng.permutation(len(free))[: int(share * len(edges))]]
    near = sparse.lil_array(graph_sets.adjacency(graph))
    for start, end in taken:
        near[start, end] = near[end, start] = 0
    left = sparse.csr_array(near)
    left.eliminate_zeros()
    remaining = np.column_stack(sparse.coo_array(sparse.triu(left)).coords).tolist()
    strangers = _strangers(len(graph.nodes), {tuple(edge) for edge in edges}, rng)

    def pairs(joined: list[list[int]]) -> Pairs:
        apart = list(itertools.islice(strangers, len(joined)))
        return Pairs(np.array(joined + apart, np.int64), np.repeat([1, 0], len(joined)))

    half = len(taken) // 2
    return Hidden(left, pairs(remaining), pairs(taken[:half]), pairs(taken[half:]))


def _strangers(count: int, edges: set[tuple[int, ...]], rng: np.random.Generator) -> Iterator[list[int]]:
    """Pairs that no edge joins, each once."""
    seen = set(edges)
    while True:
        pair = sorted(rng.choice(count, 2, replace=False).tolist())
        if tuple(pair) not in seen:
            seen.add(tuple(pair))
            yield pair


def products(vectors: Array, pairs: NDArray, level: bool = True) -> Array:
    """Hadamard products of the vectors `(n, axes)` of both ends, `(pairs, axes)`.

    Args:
        vectors: of all nodes.
        pairs: of nodes, `(pairs, 2)`.
        level: whether each vector is brought to the length sqrt(axes) first.
    """
    if level:
        sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.where(sizes > 1e-12, sizes, 1) * np.sqrt(vectors.shape[1])
    return vectors[pairs[:, 0]] * vectors[pairs[:, 1]]


def adamic_adar(near: sparse.csr_array) -> Array:
    """Common neighbours of all pairs, each by 1 / log of its own number of neighbours, `(n, n)`."""
    joined = (near.toarray() > 0).astype(float)
    return (joined / np.log(np.maximum(joined.sum(axis=1), 2))) @ joined.T
