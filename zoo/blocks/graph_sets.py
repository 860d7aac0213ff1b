"""Graphs that methods are tried and measured on: small ones that people know, and drawn ones whose truth is known.

    circle = graph_sets.karate()
    near = graph_sets.adjacency(circle.graph)

Users: dagnn, grf, node2vec, and the task ``few-labels``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo.errors import InputError
from zoo.types import Graph, note

if TYPE_CHECKING:
    from scipy import sparse

DEGREE = 7
"""Neighbours of a row in a neighbourhood graph; fewer leave the digits in pieces, more are slow to draw."""


@dataclass(frozen=True)
class Known:
    """A graph and what is known of its nodes.

    Attributes:
        graph: n nodes.
        labels: class of each node, int64 `(n,)`, places in `classes`.
        classes: their names.
        features: of each node, float64 `(n, d)`, or None.
    """

    graph: Graph
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    features: NDArray[np.float64] | None = None


def adjacency(graph: Graph, weighted: bool = True) -> sparse.csr_array:
    """Weights of edges in both directions, float64 `(n, n)`; 1 each if not ``weighted`` or where there are none.

    Loops are left out: a walk that stays where it is says nothing of neighbours.
    """
    from scipy import sparse

    weights = np.ones(len(graph.edges)) if graph.weights is None or not weighted else graph.weights
    apart = graph.edges[:, 0] != graph.edges[:, 1]
    (start, end), weights = graph.edges[apart].T, weights[apart]
    rows, columns = np.concatenate([start, end]), np.concatenate([end, start])
    size = len(graph.nodes)
    return sparse.csr_array((np.concatenate([weights, weights]), (rows, columns)), shape=(size, size))


def start_of(graph: Graph, name: str, what: str) -> int:
    """Place of the node of a name, in capitals or not, that a walk can start from; of most edges if there is no name.

    A name that the graph lacks, such as that of the graph before, is told and taken for none.

    Args:
        graph: n nodes.
        name: of the node, or empty.
        what: the input that the name comes from, for the message.

    Raises:
        InputError: the node has no edges to others.
    """
    apart = graph.edges[graph.edges[:, 0] != graph.edges[:, 1]]
    degrees = np.bincount(apart.ravel(), minlength=len(graph.nodes))
    if not name.strip():
        return int(degrees.argmax())
    places = {node.casefold(): place for place, node in enumerate(graph.nodes)}
    place = places.get(name.strip().casefold())
    if place is None:
        place = int(degrees.argmax())
        note(
            f"{what}: there is no node {name.strip()[:40]!r}; {graph.nodes[place][:40]!r} of most edges was taken."
        )
    if not degrees[place]:
        raise InputError(f"{what}: {graph.nodes[place][:40]} has no edges to walk along.")
    return place


def karate() -> Known:
    """Zachary's karate club (1977): 34 members, and whom each followed when it split. As networkx carries it."""
    import networkx

    club = networkx.karate_club_graph()
    sides = [record["club"] for _, record in club.nodes(data=True)]
    names = ("Mr. Hi", "Officer")
    leaders = {0: "Mr. Hi", 33: "the officer"}
    nodes = [leaders.get(number, f"member {number + 1}") for number in club.nodes]
    weights = [record["weight"] for *_, record in club.edges(data=True)]
    graph = Graph.of({"nodes": nodes, "edges": list(club.edges), "weights": weights})
    return Known(graph, np.array([names.index(side) for side in sides]), names)


def les_miserables() -> Known:
    """Who appears with whom in Les Misérables (Knuth, The Stanford GraphBase, 1993), as networkx carries it.

    Weights are chapters together; the classes are communities by Louvain's method, for the book has none.
    """
    import networkx

    graph = Graph.of(networkx.les_miserables_graph())
    labels = communities(graph)
    return Known(graph, labels, tuple(f"circle {number + 1}" for number in range(int(labels.max()) + 1)))


def communities(graph: Graph, seed: int = 0) -> NDArray[np.int64]:
    """Community of each node by Louvain's method (networkx), the largest first, int64 `(n,)`."""
    import networkx

    parts = networkx.community.louvain_communities(graph.network(), seed=seed)
    places = {name: place for place, name in enumerate(graph.nodes)}
    labels = np.zeros(len(graph.nodes), np.int64)
    for number, part in enumerate(sorted(parts, key=lambda part: (-len(part), min(map(places.get, part))))):  # type: ignore[type-var]
        labels[[places[name] for name in part]] = number
    return labels


def ring(nodes: int, near: int = 5) -> sparse.csr_array:
    """Adjacency `(n, n)` of a ring whose nodes know the `near` nearest on either side: of any size, for costs."""
    from scipy import sparse

    steps = [*range(1, near + 1), *(nodes - step for step in range(1, near + 1))]
    upper = sparse.diags_array([np.ones(nodes - step) for step in steps], offsets=steps, shape=(nodes, nodes))
    return sparse.csr_array(upper + upper.T)


def planted(
    seed: int,
    sizes: Sequence[int] = (60, 60, 60, 60),
    within: float = 6.0,
    across: float = 1.5,
) -> Known:
    """A partition that is planted: pairs are joined by chance, more often within a group than across.

    Args:
        seed: draws the edges.
        sizes: nodes of each group.
        within: edges that a node has within its group, on average.
        across: edges to all other groups, on average.
    """
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return Known(
        _drawn(labels, within, across, np.random.default_rng(seed)), labels, _named("group", len(sizes))
    )


def contextual(
    seed: int,
    nodes: int = 1500,
    classes: int = 5,
    within: float = 3.2,
    across: float = 0.8,
    features: int = 50,
    signal: float = 0.25,
) -> Known:
    """A contextual stochastic block model: a planted partition whose nodes have noisy features.

    Features are standard normal around the mean of their class, and a mean is ``signal`` times standard normal.

    Args:
        seed: draws edges, means and features.
        nodes: how many, as many in each class.
        classes: how many.
        within: edges that a node has within its class, on average.
        across: edges to all other classes, on average.
        features: of each node.
        signal: how far apart the means are.
    """
    rng = np.random.default_rng(seed)
    labels = np.sort(np.arange(nodes) % classes)
    graph = _drawn(labels, within, across, rng)
    means = signal * rng.standard_normal((classes, features))
    rows = means[labels] + rng.standard_normal((nodes, features))
    return Known(graph, labels, _named("class", classes), rows)


def digits(neighbours: int = DEGREE) -> Known:
    """1,797 handwritten digits of scikit-learn, joined to those most alike; features are the 64 pixels, 0 to 1."""
    from sklearn import datasets

    bunch = datasets.load_digits()
    names = [f"{digit} (picture {number})" for number, digit in enumerate(bunch.target.tolist())]
    rows = bunch.data / 16
    return Known(neighbourhood(rows, neighbours, names), bunch.target, _named("digit", 10, first=0), rows)


def breast_cancer(neighbours: int = DEGREE) -> Known:
    """569 tumours of scikit-learn, joined to those most alike; features are 30 measurements, brought to scale."""
    from sklearn import datasets

    bunch = datasets.load_breast_cancer()
    rows = (bunch.data - bunch.data.mean(axis=0)) / bunch.data.std(axis=0)
    names = [f"tumour {number + 1}" for number in range(len(rows))]
    return Known(neighbourhood(rows, neighbours, names), bunch.target, tuple(bunch.target_names), rows)


def neighbourhood(rows: NDArray, neighbours: int, names: Sequence[str]) -> Graph:
    """Each row `(n, d)` joined to its nearest ones; two are neighbours if either chooses the other."""
    from scipy import sparse
    from sklearn.neighbors import kneighbors_graph

    near = sparse.coo_array(kneighbors_graph(rows, neighbours))
    pairs = np.unique(np.sort(np.column_stack(near.coords), axis=1), axis=0)
    return Graph.of((names, pairs))


def _named(word: str, count: int, first: int = 1) -> tuple[str, ...]:
    return tuple(f"{word} {number}" for number in range(first, first + count))


def _drawn(labels: NDArray, within: float, across: float, rng: np.random.Generator) -> Graph:
    """Edges of a planted partition, each pair by a coin of its own."""
    start, end = np.triu_indices(len(labels), 1)
    same = labels[start] == labels[end]
    sizes = np.bincount(labels)
    own = (sizes * (sizes - 1)).sum() / len(labels)  # others of its group that a node has
    rest = len(labels) - 1 - own
    chance = np.where(same, within / own, across / max(rest, 1))
    chosen = rng.random(len(start)) < chance
    names = [f"{label + 1}.{number + 1}" for number, label in enumerate(labels.tolist())]
    return Graph.of((names, np.column_stack([start[chosen], end[chosen]])))
