"""Graphs to try methods on: their sizes, their truths, and their adjacency."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from zoo.blocks import graph_sets
from zoo.errors import InputError
from zoo.types import Graph
from zoo.types.base import hearing

SETS = {
    "karate": graph_sets.karate,
    "les miserables": graph_sets.les_miserables,
    "planted partition": lambda: graph_sets.planted(0),
    "contextual blocks": lambda: graph_sets.contextual(0),
    "digits": graph_sets.digits,
    "breast cancer": graph_sets.breast_cancer,
}


@pytest.mark.parametrize("name", SETS)
def test_every_set_says_of_each_node_what_it_is(name: str) -> None:
    known = SETS[name]()
    count = len(known.graph.nodes)
    assert known.labels.shape == (count,)
    assert set(known.labels.tolist()) == set(range(len(known.classes)))
    assert known.features is None or known.features.shape[0] == count
    near = graph_sets.adjacency(known.graph)
    assert (near != near.T).nnz == 0
    assert near.nnz == 2 * len(known.graph.edges)


def test_known_graphs_have_their_sizes() -> None:
    club, book, pictures = graph_sets.karate(), graph_sets.les_miserables(), graph_sets.digits()
    assert (len(club.graph.nodes), len(club.graph.edges)) == (34, 78)
    assert np.bincount(club.labels).tolist() == [17, 17]
    assert (len(book.graph.nodes), len(book.graph.edges)) == (77, 254)
    assert (len(pictures.graph.nodes), len(pictures.classes)) == (1797, 10)
    assert len(pictures.graph.edges) < 10_000
    assert connected_components(graph_sets.adjacency(pictures.graph))[0] == 1


def test_weights_stand_in_the_adjacency_unless_they_are_left_out() -> None:
    graph = Graph.of({"nodes": ["a", "b", "c"], "edges": [[0, 1], [1, 2], [2, 2]], "weights": [2.0, 0.5, 9]})
    np.testing.assert_array_equal(
        graph_sets.adjacency(graph).toarray(), [[0, 2, 0], [2, 0, 0.5], [0, 0.5, 0]]
    )
    assert graph_sets.adjacency(graph, weighted=False).sum() == 4


def test_blocks_have_the_degrees_and_means_that_were_asked_for() -> None:
    known = graph_sets.contextual(3, nodes=3000, signal=0.5)
    start, end = known.labels[known.graph.edges].T
    assert 2 * (start == end).sum() / 3000 == pytest.approx(3.2, rel=0.06)
    assert 2 * (start != end).sum() / 3000 == pytest.approx(0.8, rel=0.12)
    means = np.stack([known.features[known.labels == label].mean(axis=0) for label in range(5)])
    assert means.std() == pytest.approx(0.5, rel=0.12)
    again = graph_sets.contextual(3, nodes=3000, signal=0.5)
    np.testing.assert_array_equal(known.graph.edges, again.graph.edges)
    np.testing.assert_array_equal(known.features, again.features)


def test_communities_are_those_of_networkx_the_largest_first() -> None:
    graph = graph_sets.planted(0, sizes=(30, 20, 10), within=9, across=0.3).graph
    labels = graph_sets.communities(graph)
    sizes = np.bincount(labels)
    assert (np.diff(sizes) <= 0).all()
    parts = [{graph.nodes[node] for node in np.flatnonzero(labels == part)} for part in range(len(sizes))]
    assert networkx.community.modularity(graph.network(), parts) > 0.5


def test_a_walk_starts_from_a_node_that_has_edges_to_others() -> None:
    book = graph_sets.les_miserables().graph
    assert book.nodes[graph_sets.start_of(book, " ", "start")] == "Valjean"
    assert book.nodes[graph_sets.start_of(book, " cosette ", "start")] == "Cosette"
    notes: list[str] = []
    with hearing(notes):
        assert book.nodes[graph_sets.start_of(book, "Nobody", "start")] == "Valjean"
    assert notes == ["start: there is no node 'Nobody'; 'Valjean' of most edges was taken."]
    loop = Graph.of((["alone", "a", "b"], [[0, 0], [1, 2]]))
    with pytest.raises(InputError, match="node: alone has no edges"):
        graph_sets.start_of(loop, "alone", "node")
