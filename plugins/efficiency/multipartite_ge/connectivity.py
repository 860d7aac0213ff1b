"""Bridges, articulation points and coreness of large undirected graphs, in arrays.

A depth-first search numbers the nodes so that the descendants of a node are the run of numbers after its own.
What Tarjan's algorithm collects recursively, the lowest number that the descendants reach, is then computed in
one sweep from the last number to the first.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, depth_first_order


def cuts(graph: csr_array) -> tuple[int, int]:
    """How many bridges (edges) and articulation points (nodes) hold the graph together.

    Args:
        graph: symmetric (n, n), without loops.

    Returns:
        The two counts: removing any one of them leaves more components than before.
    """
    n = graph.shape[0]
    order, parent, roots = _depth_first(graph)
    number = np.empty(n, dtype=np.int64)
    number[order] = np.arange(n)

    # the lowest number among a node and its neighbours, but for the parent from which the search reached it
    source = np.repeat(np.arange(n), np.diff(graph.indptr))
    other = graph.indices
    free = other != parent[source]
    lowest = number.copy()
    np.minimum.at(lowest, source[free], number[other[free]])

    low = lowest[order].tolist()
    parent_number = np.where(roots, -1, number[np.where(roots, 0, parent)])[order].tolist()
    for child in range(n - 1, -1, -1):
        above = parent_number[child]
        if above >= 0 and low[child] < low[above]:
            low[above] = low[child]

    low = np.array(low)
    above = np.array(parent_number)
    inner = above >= 0  # all but the roots
    bridges = int((low[inner] > above[inner]).sum())
    is_root = np.zeros(n, dtype=bool)
    is_root[number[roots]] = True
    children = np.bincount(above[inner], minlength=n)
    blocked = np.bincount(above[inner][low[inner] >= above[inner]], minlength=n)
    points = np.where(is_root, children > 1, blocked > 0)
    return bridges, int(points.sum())


def _depth_first(graph: csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A depth-first search of all components.

    Returns:
        Nodes in the order found (n,), the node each was found from (n,), which are the first of their component.
    """
    n = graph.shape[0]
    count, label = connected_components(graph, directed=False)
    first = np.full(count, n)
    np.minimum.at(first, label, np.arange(n))
    # one more node, tied to the first of every component, so that one search finds all
    indptr = np.concatenate([graph.indptr, [graph.indptr[-1] + count]])
    indices = np.concatenate([graph.indices, first]).astype(graph.indices.dtype)
    whole = csr_array((np.ones(len(indices)), indices, indptr), shape=(n + 1, n + 1))
    order, parent = depth_first_order(whole, n)
    return order[1:], parent[:n], parent[:n] == n


def coreness(graph: csr_array) -> np.ndarray:
    """The coreness of every node: the largest k such that it lies in a part where all degrees are k or more.

    Args:
        graph: symmetric (n, n), without loops.

    Returns:
        (n,) int64.
    """
    degree = np.diff(graph.indptr).astype(np.int64)
    core = np.zeros(len(degree), dtype=np.int64)
    left = np.ones(len(degree), dtype=bool)
    k = 0
    while left.any():
        k = max(k, int(degree[left].min()))
        leaving = np.flatnonzero(left & (degree <= k))
        while len(leaving):
            core[leaving] = k
            left[leaving] = False
            touched = _neighbours(graph, leaving)
            touched = touched[left[touched]]
            degree -= np.bincount(touched, minlength=len(degree))
            touched = np.unique(touched)
            leaving = touched[degree[touched] <= k]
    return core


def _neighbours(graph: csr_array, nodes: np.ndarray) -> np.ndarray:
    """All neighbours of some nodes, one after the other, with repetitions."""
    begin, length = graph.indptr[nodes], np.diff(graph.indptr)[nodes]
    ends = np.cumsum(length)
    places = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - length, length)
    return graph.indices[np.repeat(begin, length) + places]
