"""Scores of distances between the nodes of a tree."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks import tree_quality, trees

TREE = trees.balanced(3, 3)


def by_hand(tree: trees.Tree, distances: np.ndarray) -> tuple[float, float]:
    """Mean rank and average precision, a node at a time; distances have no ties."""
    ranks, precisions = [], []
    for node in range(len(tree)):
        above = np.flatnonzero(tree.ancestors[node])
        if not len(above):
            continue
        order = [other for other in np.argsort(distances[node]) if other != node]
        places = sorted(order.index(other) + 1 for other in above)
        precisions.append(np.mean([number / place for number, place in enumerate(places, 1)]))
        ranks += [place - number + 1 for number, place in enumerate(places, 1)]
    return float(np.mean(ranks)), float(np.mean(precisions))


def test_ranks_of_ancestors_are_those_counted_by_hand() -> None:
    places = np.random.default_rng(0).standard_normal((len(TREE), 4))
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    ranked = tree_quality.ranked(TREE, distances)
    assert (ranked.rank, ranked.precision) == pytest.approx(by_hand(TREE, distances))


def test_exact_distances_are_perfect_for_neighbours_alone() -> None:
    assert tree_quality.neighbours(TREE, TREE.distances * 7) == 1
    assert tree_quality.distortion(TREE, TREE.distances * 7) == pytest.approx(0, abs=1e-12)
    assert tree_quality.ranked(TREE, TREE.distances).precision < 0.8
    nearest = np.where(TREE.ancestors, 1.0, 2.0)
    assert tree_quality.ranked(TREE, nearest) == tree_quality.Ranked(1, 1)


def test_places_in_one_point_are_worth_what_chance_is() -> None:
    nothing = np.zeros((len(TREE), len(TREE)))
    assert tree_quality.neighbours(TREE, nothing) < 0.1
    chance = tree_quality.ranked(TREE, nothing)
    assert 10 < chance.rank < 30
    assert chance.precision < 0.3


def test_the_best_scale_is_the_best() -> None:
    distances = TREE.distances + np.random.default_rng(0).random(TREE.distances.shape)
    distances = distances + distances.T
    above = np.triu_indices(len(TREE), 1)
    ratio = distances[above] / TREE.distances[above]
    tried = min(np.abs(scale * ratio - 1).mean() for scale in np.linspace(0.05, 2, 4000))
    assert tree_quality.distortion(TREE, distances) == pytest.approx(tried, abs=1e-4)
