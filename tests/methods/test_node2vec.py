"""The mathematics of node2vec: chances by the formula, walks by their chances, and what skip-gram factorises."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chisquare

from plugins.graphs.node2vec import Node2vec, model
from zoo.blocks import graph_sets
from zoo.errors import InputError
from zoo.types import Graph

EDGES = [(0, 1, 1.0), (0, 2, 2.0), (1, 2, 0.5), (2, 3, 1.0), (3, 4, 3.0), (1, 3, 1.0)]
SMALL = graph_sets.adjacency(
    Graph.of(
        {
            "nodes": list("abcde"),
            "edges": [edge[:2] for edge in EDGES],
            "weights": [edge[2] for edge in EDGES],
        }
    )
)
WAYS = model.Ways.of(SMALL)


def table(p: float, q: float) -> dict[tuple[int, int], dict[int, float]]:
    """Chances of the next node by (t, v), as section 3.2.2 has them, from a networkx graph."""
    graph = networkx.Graph()
    graph.add_weighted_edges_from(EDGES)
    chances = {}
    for t, v in [pair for edge in graph.edges for pair in (edge, edge[::-1])]:
        weights = {
            x: graph[v][x]["weight"] * (1 / p if x == t else 1 if graph.has_edge(t, x) else 1 / q)
            for x in graph[v]
        }
        chances[t, v] = {x: weight / sum(weights.values()) for x, weight in weights.items()}
    return chances


@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.25, 4), (4, 0.5)])
def test_chances_are_those_of_the_paper(p: float, q: float) -> None:
    chances, truth = WAYS.chances(p, q), table(p, q)
    target = SMALL.indices
    for edge, (t, v) in enumerate(zip(WAYS.source, target, strict=True)):
        ours = {
            int(target[WAYS.onward[way]]): chances[way]
            for way in range(WAYS.first[edge], WAYS.first[edge + 1])
        }
        assert ours == pytest.approx(truth[int(t), int(v)])


@pytest.mark.parametrize(("p", "q"), [(0.25, 4), (4, 0.5)])
def test_walkers_step_as_often_as_the_chances_say(p: float, q: float) -> None:
    paths = model.walks(WAYS, p, q, np.tile(np.arange(5), 2000), 12, 3)
    firsts = SMALL.toarray()[0] / SMALL.toarray()[0].sum()
    counts = np.bincount(paths[paths[:, 0] == 0, 1], minlength=5)
    assert chisquare(counts[firsts > 0], 2000 * firsts[firsts > 0]).pvalue > 1e-3
    for (t, v), chances in table(p, q).items():
        after = paths[:, 2:][(paths[:, :-2] == t) & (paths[:, 1:-1] == v)]
        counts = np.array([(after == x).sum() for x in chances])
        assert counts.sum() == len(after)
        if len(chances) > 1:
            assert chisquare(counts, len(after) * np.array(list(chances.values()))).pvalue > 1e-4


def test_without_a_bias_the_walk_does_not_remember() -> None:
    chances, rows = WAYS.chances(1, 1), SMALL.toarray() / SMALL.sum(axis=1)[:, None]
    at = np.repeat(SMALL.indices, np.diff(WAYS.first))
    np.testing.assert_allclose(chances, rows[at, SMALL.indices[WAYS.onward]])


def test_the_same_seed_walks_the_same_way_and_lonely_nodes_stay() -> None:
    near = sparse.csr_array(sparse.block_diag([SMALL, sparse.csr_array((1, 1))]))
    ways = model.Ways.of(near)
    paths = model.walks(ways, 1, 2, np.arange(6), 30, 7)
    np.testing.assert_array_equal(paths, model.walks(ways, 1, 2, np.arange(6), 30, 7))
    assert (paths[5] == [5] + [-1] * 29).all()
    assert (near.toarray()[paths[:5, :-1], paths[:5, 1:]] > 0).all(), "every step goes along an edge"
    assert (model.embedding(ways, 1, 1, 3, 0)[5] == 0).all()


def test_pairs_count_as_often_as_they_are_in_reach() -> None:
    counts = model.met(np.array([[0, 1, 2, 0]]), 3, window=2)
    truth = np.zeros((3, 3))
    for a, b, weight in ((0, 1, 1), (1, 2, 1), (2, 0, 1), (0, 2, 0.5), (1, 0, 0.5)):
        truth[a, b] += weight
        truth[b, a] += weight
    np.testing.assert_allclose(counts, truth)


def test_skip_gram_with_an_axis_a_node_ends_at_the_logarithm_that_netmf_factorises() -> None:
    near = graph_sets.adjacency(graph_sets.karate().graph)[:12, :12]
    paths = model.walks(model.Ways.of(near), 1, 1, np.tile(np.arange(12), 400), 80, 0)
    counts = model.met(paths, 12, window=8).astype(float)
    left, right = model.both_sides(counts, 12, 0, negatives=5, rounds=4000, rate=0.05)
    met_by_chance = model.noise_of(counts, 5)
    seen = counts > 0
    np.testing.assert_allclose((left @ right.T)[seen], np.log(counts[seen] / met_by_chance[seen]), atol=0.02)


def test_endless_walks_meet_as_often_as_netmf_says() -> None:
    near, window = SMALL, 3
    paths = model.walks(WAYS, 1, 1, np.tile(np.arange(5), 4000), 60, 1)
    counts = np.zeros((5, 5))
    for distance in range(1, window + 1):
        np.add.at(counts, (paths[:, 20:-distance].ravel(), paths[:, 20 + distance :].ravel()), 1 / window)
    counts = counts + counts.T
    often = counts.sum(axis=1)
    ours = counts * counts.sum() / np.outer(often, often)
    degrees = near.sum(axis=1)
    step = near.toarray() / degrees[:, None]
    sums = sum(np.linalg.matrix_power(step, power) for power in range(1, window + 1)) / window
    np.testing.assert_allclose(ours, degrees.sum() * sums / degrees[None, :], rtol=0.05)
    vectors = model.netmf(near, 5, window, 1.0)
    logs = np.log(np.maximum(degrees.sum() * sums / degrees[None, :], 1))
    left, values, _ = np.linalg.svd(logs)
    np.testing.assert_allclose(vectors @ vectors.T, left @ np.diag(values) @ left.T, atol=1e-8)


def test_a_start_is_a_node_that_has_edges() -> None:
    book = graph_sets.les_miserables().graph
    text = Node2vec().run("walk", graph=book, start="of the graph before").summary
    assert text.startswith("From Valjean ")  # that of most edges
    with pytest.raises(InputError, match="above 0"):
        model.Ways.of(sparse.csr_array(-SMALL))
