"""The mathematics of Poincaré embeddings: closed forms in mpmath, slopes, and what descent makes of small trees."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from plugins.geometry.poincare_embeddings import actions, figures, model
from zoo.blocks import tree_quality, trees
from zoo.errors import InputError

ENERGIES = ("poincare", "distance", "squared")
RANDOM = np.random.default_rng(0)
PLACES = RANDOM.normal(size=(12, 3))
PLACES *= (0.95 * RANDOM.random(12) / np.linalg.norm(PLACES, axis=1))[:, None]
LEFT = np.array([0, 1, 1, 5])
RIGHT = np.array([[3, 4, 5, 2], [0, 2, 7, 8], [9, 0, 0, 11], [6, 1, 2, 3]])
DROPPED = np.zeros(RIGHT.shape, bool)
DROPPED[2, 3] = True
TREE = trees.built_in("files of a project")


def test_distances_are_those_of_fifty_digits() -> None:
    near_rim = np.vstack([PLACES, [[model.RIM, 0, 0], [-model.RIM, 0, 0], [1e-9, 0, 0], [0, 0, 0]]])
    ours = model.distances(near_rim)
    with mpmath.workdps(50):
        for i, u in enumerate(near_rim):
            for j, v in enumerate(near_rim[:i]):
                gap = mpmath.fsum((mpmath.mpf(a) - mpmath.mpf(b)) ** 2 for a, b in zip(u, v, strict=True))
                room = [1 - mpmath.fsum(mpmath.mpf(a) ** 2 for a in some) for some in (u, v)]
                assert ours[i, j] == pytest.approx(
                    float(mpmath.acosh(1 + 2 * gap / (room[0] * room[1]))), rel=1e-7
                )
    radius = np.array([[0.7, 0.0], [0.0, 0.0]])
    assert model.distances(radius)[0, 1] == pytest.approx(2 * np.arctanh(0.7), rel=1e-12)


@pytest.mark.parametrize("energy", ENERGIES)
def test_the_gradient_is_the_slope_of_the_loss(energy: model.Energy) -> None:
    _, slope = model.gradient(PLACES, LEFT, RIGHT, energy, DROPPED)
    for row in range(len(PLACES)):
        for axis in range(3):
            ends = []
            for sign in (1, -1):
                moved = PLACES.copy()
                moved[row, axis] += sign * 1e-6
                ends.append(model.gradient(moved, LEFT, RIGHT, energy, DROPPED)[0].sum())
            assert slope[row, axis] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-6)


def test_the_loss_is_that_of_the_paper() -> None:
    far = model.distances(PLACES)
    loss, _ = model.gradient(PLACES, LEFT, RIGHT, "poincare", DROPPED)
    for pair, (u, others) in enumerate(zip(LEFT, RIGHT, strict=True)):
        whole = sum(np.exp(-far[u, v]) for v, gone in zip(others, DROPPED[pair], strict=True) if not gone)
        assert loss[pair] == pytest.approx(-np.log(np.exp(-far[u, others[0]]) / whole))


def test_a_step_is_scaled_clipped_and_kept_inside() -> None:
    slope = np.zeros_like(PLACES)
    slope[:, 0] = 2.0
    room = 1 - np.square(PLACES).sum(axis=1)
    moved = model.step(PLACES, slope, 0.01, "poincare")
    np.testing.assert_allclose(moved[:, 0], PLACES[:, 0] - 0.02 * room**2 / 4)
    slope[:, 0] = -1e6
    assert (
        np.linalg.norm(model.step(PLACES, slope, 10.0, "poincare", metric=False), axis=1).max()
        <= model.RIM + 1e-12
    )
    assert model.step(PLACES, slope, 0.1, "distance")[0, 0] == pytest.approx(PLACES[0, 0] + 0.1 * model.CLIP)


@pytest.mark.parametrize("weights", [None, np.linspace(1 / len(TREE), 1, len(TREE))])
def test_negatives_are_no_ancestors(weights: np.ndarray | None) -> None:
    left, right, dropped = model.deal(TREE, model.Setting(negatives=8), weights, np.random.default_rng(0))
    assert {*zip(left.tolist(), right[:, 0].tolist(), strict=True)} == {
        tuple(pair) for pair in TREE.closure.tolist()
    }
    barred = TREE.ancestors[left[:, None], right[:, 1:]] | (left[:, None] == right[:, 1:])
    assert (barred == dropped[:, 1:]).all()
    assert dropped.mean() < 0.01


def test_runs_that_are_trained_together_do_not_meet() -> None:
    setting = model.Setting(epochs=6)
    *_, both = model.train(TREE, setting, (0.1, 0.3), (1, 2))
    for run, (rate, seed) in enumerate(((0.1, 1), (0.3, 2))):
        *_, alone = model.train(TREE, setting, (rate,), (seed,))
        np.testing.assert_allclose(both.places[run], alone.places[0], atol=1e-12)


def test_a_small_tree_is_ranked_without_fault_where_the_sheet_fails() -> None:
    tree = trees.balanced(3, 3)
    ours, twin = (actions.trained(tree, energy, 2, 100, 0) for energy in ("poincare", "distance"))
    assert ours.ranked.precision > 0.95 > twin.ranked.precision + 0.1
    assert tree_quality.ranked(tree, model.distances(ours.places[-1])).rank == ours.ranked.rank


def test_factors_of_all_dimensions_are_the_closure() -> None:
    np.testing.assert_allclose(-model.factorised(TREE, len(TREE), False), TREE.ancestors, atol=1e-6)


def test_colours_begin_where_the_tree_parts() -> None:
    tree = trees.read("a\n  b\n    c\n      d\n    e\n      f\n      g\n")
    assert figures.groups(tree) == ["trunk", "trunk", "c", "c", "e", "e", "e"]


def test_a_word_that_is_missing_is_answered_with_those_alike() -> None:
    with pytest.raises(InputError, match="readme"):
        actions._node(TREE, "read me")
    assert TREE.names[actions._node(TREE, " ReadMe.md ")] == "readme.md"


def test_neighbours_alone_are_trained_where_they_are_asked_for() -> None:
    near, all_ = (
        tree_quality.neighbours(TREE, actions.laid(TREE, "poincare", 2, linked=way).distances)
        for way in (True, False)
    )
    assert near > 0.9 > all_
