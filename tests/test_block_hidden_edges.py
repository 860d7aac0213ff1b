"""Edges that are hidden: what is left, what is asked for, and a score beside networkx."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from zoo.blocks import graph_sets
from zoo.blocks.hidden_edges import adamic_adar, hidden, products

BOOK = graph_sets.les_miserables().graph
SPLIT = hidden(BOOK, 3)


def test_what_is_left_is_connected_and_knows_no_hidden_edge() -> None:
    edges, seen = {tuple(edge) for edge in BOOK.edges.tolist()}, set()
    assert connected_components(SPLIT.near)[0] == 1
    for pairs in (SPLIT.learned, SPLIT.choosing, SPLIT.judged):
        rows = [tuple(pair) for pair in pairs.nodes.tolist()]
        assert pairs.joined.mean() == 0.5
        assert [pair in edges for pair in rows] == pairs.joined.astype(bool).tolist()
        assert not seen & set(rows)
        seen |= set(rows)
    for pairs in (SPLIT.choosing, SPLIT.judged):
        assert (SPLIT.near[pairs.nodes[:, 0], pairs.nodes[:, 1]] == 0).all()
    assert edges <= seen
    assert len(SPLIT.choosing.nodes) == pytest.approx(len(edges) / 3, abs=2)


def test_common_neighbours_weigh_as_in_networkx() -> None:
    graph = networkx.from_scipy_sparse_array(SPLIT.near)
    pairs = [tuple(pair) for pair in SPLIT.judged.nodes.tolist()]
    ours = adamic_adar(SPLIT.near)
    for start, end, score in networkx.adamic_adar_index(graph, pairs):
        assert ours[start, end] == pytest.approx(score)


def test_products_do_not_depend_on_lengths() -> None:
    vectors = np.random.default_rng(0).standard_normal((5, 4))
    pairs = np.array([[0, 1], [2, 3]])
    scales = np.array([1, 2, 0.5, 9, 3.0])[:, None]
    np.testing.assert_allclose(products(vectors, pairs), products(vectors * scales, pairs))
    assert np.linalg.norm(products(np.ones((5, 4)), pairs)) == pytest.approx(np.sqrt(8))
