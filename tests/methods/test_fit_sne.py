"""The mathematics of FIt-SNE: the grid beside all pairs and openTSNE, and what a descent must do."""

from __future__ import annotations

import numpy as np
import pytest
from openTSNE import _tsne
from sklearn.datasets import load_digits

from plugins.reduction.fit_sne import data, model
from zoo.blocks import affinities

ROWS = load_digits().data[:300]
PLACES = data.shaped("islands", 400, 0)
TRUTH, WHOLE = model.by_pairs(PLACES)


def off(forces: np.ndarray) -> float:
    return float(np.linalg.norm(forces - TRUTH) / np.linalg.norm(TRUTH))


def test_pairs_are_summed_as_the_formula_says() -> None:
    forces, whole = np.zeros_like(PLACES[:20]), 0.0
    for i, here in enumerate(PLACES[:20]):
        for j, there in enumerate(PLACES[:20]):
            if i != j:
                near = 1 / (1 + np.sum((here - there) ** 2))
                forces[i] += near**2 * (here - there)
                whole += near
    ours = model.by_pairs(PLACES[:20], block=7)
    np.testing.assert_allclose(ours[0], forces, atol=1e-12)
    assert ours[1] == pytest.approx(whole)


def test_the_grid_comes_ever_nearer_to_all_pairs() -> None:
    errors = [off(model.by_grid(nodes)(PLACES)[0]) for nodes in (1, 2, 3, 5, 7)]
    assert all(np.diff(errors) < 0)
    assert errors[0] > 0.1
    assert errors[-1] < 1e-4
    assert model.by_grid(7)(PLACES)[1] == pytest.approx(WHOLE, rel=1e-6)


@pytest.mark.parametrize("nodes", [1, 3, 5])
def test_the_same_grid_gives_the_sums_of_opentsne(nodes: int) -> None:
    places = PLACES - PLACES.mean(axis=0)  # the square that both lay the grid on
    forces = np.zeros_like(places)
    whole = _tsne.estimate_negative_gradient_fft_2d(places, forces, nodes, 50, 1e9, 1.0)
    ours, ours_whole = model.by_grid(nodes, 50)(places)
    assert ours_whole == pytest.approx(whole, rel=1e-6)
    np.testing.assert_allclose(-ours / ours_whole, forces, atol=1e-6 * np.abs(forces).max())


def test_pushes_do_not_depend_on_where_the_map_lies() -> None:
    np.testing.assert_allclose(model.by_grid()(PLACES + 1e6)[0], model.by_grid()(PLACES)[0], atol=1e-6)


def test_points_in_one_place_do_not_push() -> None:
    forces, whole = model.by_grid(3)(np.full((5, 2), 2.0))
    np.testing.assert_allclose(forces, 0, atol=1e-6)
    assert whole == pytest.approx(20, rel=1e-3)


def test_the_gradient_is_that_of_the_divergence() -> None:
    joint = affinities.joint_of(ROWS[:60], 8)
    places = np.random.default_rng(0).standard_normal((60, 2))
    slope = model.gradient(places, joint, model.by_pairs)
    for row, axis in ((0, 0), (13, 1), (59, 0)):
        step = np.zeros_like(places)
        step[row, axis] = 1e-5
        ends = [model.divergence(places + sign * step, joint, model.by_pairs) for sign in (1, -1)]
        assert slope[row, axis] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5)


def test_a_map_of_the_grid_ends_where_that_of_all_pairs_does() -> None:
    joint = affinities.joint_of(ROWS, 20)
    ends = []
    for sums in (model.by_grid(), model.by_pairs):
        *_, last = model.unfold(joint, model.principal(ROWS), sums, steps=150)
        ends.append(model.divergence(last.places, joint, model.by_pairs))
    assert ends[0] == pytest.approx(ends[1], rel=0.02)
    start = model.divergence(model.principal(ROWS), joint, model.by_pairs)
    assert ends[0] < start / 2
