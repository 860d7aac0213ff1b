"""The mathematics of hyperbolic diffusion: loops as referee, the half-space, and its distances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm, fractional_matrix_power
from scipy.spatial.distance import pdist, squareform

from plugins.geometry.hyperbolic_diffusion import actions, model
from zoo.blocks import hidden_trees, tree_quality, trees

SMALL = trees.balanced(3, 3)
LINKS = (SMALL.distances == 1).astype(float)
ROWS = np.random.default_rng(0).standard_normal((25, 6)) @ np.diag([3, 2, 1, 1, 0.5, 0.2])


def by_loops(step: np.ndarray, scales: int) -> np.ndarray:
    """Powers of a walk `(n, n)` taken without its eigenvectors, and distances in the half-space, pair by pair."""
    count = len(step)
    total = np.zeros((count, count))
    for k in range(scales):
        power = np.real(fractional_matrix_power(step, 2.0**-k))
        height = 2 ** (k / 2 - 2)
        for i in range(count):
            for j in range(count):
                gaps = [
                    (math.sqrt(max(power[i, m], 1e-6)) - math.sqrt(max(power[j, m], 1e-6))) ** 2
                    for m in range(count)
                ]
                total[i, j] += math.acosh(
                    1 + sum(gaps) / (2 * height * height)
                )  # of two points of one height
    return total


def walk_of(rows: np.ndarray, metric: str, sigma: float) -> np.ndarray:
    """The walk among rows by loops over pairs."""
    straight = squareform(pdist(rows, metric))
    width, count = sigma * np.median(pdist(rows, metric)), len(rows)
    kernel = [[math.exp(-straight[i, j] / width) for j in range(count)] for i in range(count)]
    density = [sum(row) for row in kernel]
    thin = np.array([[kernel[i][j] / (density[i] * density[j]) for j in range(count)] for i in range(count)])
    return thin / thin.sum(axis=1, keepdims=True)


def test_distances_of_rows_are_those_of_plain_loops() -> None:
    for metric in ("euclidean", "cosine"):
        walk = model.Walk.of_rows(squareform(pdist(ROWS, metric)), 0.4)
        assert walk.values.min() > 10 * model.FLOOR  # so that the floor, which loops have not, is not felt
        expected = by_loops(walk_of(ROWS, metric, 0.4), 3)
        np.testing.assert_allclose(model.distances(walk, 3), expected, atol=1e-6)


def test_distances_of_a_graph_are_those_of_plain_loops() -> None:
    step = expm(LINKS - np.diag(LINKS.sum(axis=0)))
    found, expected = model.distances(model.Walk.of_graph(LINKS), 3), by_loops(step, 3)
    off = np.abs(found - expected)
    np.fill_diagonal(off, 0)  # arcosh loses half the digits at 0
    assert off.max() < 1e-6
    assert np.abs(np.diag(found)).max() == 0


def test_a_walk_goes_somewhere_and_times_add_up() -> None:
    for walk in (model.Walk.of_graph(LINKS), model.Walk.of_rows(squareform(pdist(ROWS)), 0.5)):
        half, whole = walk.densities(0.5), walk.densities(1.0)
        np.testing.assert_allclose(half.sum(axis=1), 1, atol=1e-9)
        np.testing.assert_allclose(half @ half, whole, atol=1e-9)
        np.testing.assert_allclose(walk.slowed(0.5).densities(1.0), half, atol=1e-12)


def test_floors_stand_at_their_heights_and_distances_are_those_of_the_half_space() -> None:
    walk = model.Walk.of_graph(LINKS)
    points = model.floors(walk, 4)
    assert [floor[0, -1] for floor in points] == pytest.approx([0.25, 0.25 * 2**0.5, 0.5, 0.5 * 2**0.5])
    for floor, layer in zip(points, model.layers(points), strict=True):
        first, second = floor[2], floor[11]
        cosh = 1 + np.square(first - second).sum() / (2 * first[-1] * second[-1])
        assert layer[2, 11] == pytest.approx(np.arccosh(cosh))
    np.testing.assert_allclose(model.layers(points).sum(axis=0), model.distances(walk, 4))


def test_a_floor_alone_is_hellingers_distance_bent() -> None:
    walk = model.Walk.of_graph(LINKS)
    roots = np.sqrt(np.maximum(walk.densities(1.0), model.FLOOR))
    expected = 2 * np.arcsinh(2 * squareform(pdist(roots)))
    np.testing.assert_allclose(model.distances(walk, 1), expected, atol=1e-12)


def test_pieces_are_as_far_apart_as_anything_can_be() -> None:
    apart = np.zeros((8, 8))
    apart[:4, :4] = apart[4:, 4:] = 1 - np.eye(4)
    points = model.floors(model.Walk.of_graph(apart), 3)
    for k, layer in enumerate(model.layers(points)):
        most = 2 * math.asinh(2 ** (1 - k / 2) * math.sqrt(2))
        assert layer.max() <= most + 1e-9
        if k == 0:  # short of it by the floor under densities
            assert layer[:4, 4:] == pytest.approx(np.full((4, 4), most), abs=5e-3)


def test_it_is_a_distance_and_does_not_depend_on_the_order() -> None:
    table = model.distances(model.Walk.of_rows(squareform(pdist(ROWS)), 1.0), 5)
    np.testing.assert_allclose(table, table.T)
    assert (table + np.eye(len(table)) > 0).all()
    through = (table[:, :, None] + table[None]).min(axis=1)
    assert (table <= through + 1e-9).all()
    order = np.random.default_rng(1).permutation(len(ROWS))
    again = model.distances(model.Walk.of_rows(squareform(pdist(ROWS[order])), 1.0), 5)
    np.testing.assert_allclose(again, table[np.ix_(order, order)], atol=1e-8)


def test_direct_neighbours_come_first_and_far_pairs_saturate() -> None:
    table = model.distances(model.Walk.of_graph(LINKS), 3)
    assert tree_quality.neighbours(SMALL, table) == 1
    mean = [table[SMALL.distances == edges].mean() for edges in range(1, 7)]
    assert mean == sorted(mean)
    assert mean[5] - mean[3] < 0.15 * (mean[3] - mean[0])


def test_twins_are_apart_by_the_floor_under_eigenvalues_alone_and_more_on_finer_floors() -> None:
    walk = model.Walk.of_rows(np.zeros((6, 6)), 1.0)
    for scales in (1, 3, 9):
        table = model.distances(walk, scales)
        gaps = np.zeros(scales)
        for k in range(scales):
            small = model.FLOOR ** (2.0**-k)
            own, other = (1 + 5 * small) / 6, (1 - small) / 6
            apart = math.sqrt(2) * (math.sqrt(own) - math.sqrt(max(other, model.FLOOR)))
            gaps[k] = 2 * math.asinh(2 ** (1 - k / 2) * apart)
        assert table[0, 1] == pytest.approx(gaps.sum(), rel=1e-6)


def test_shares_of_the_page_are_those_of_the_block() -> None:
    tree = hidden_trees.splitting(12, 3)
    links = hidden_trees.linked(tree, 2, 3)
    table = model.distances(model.Walk.of_graph(links), 3)
    assert len(hidden_trees.listed(hidden_trees.scores(tree, {actions.OURS: table}))) == 4
