"""The mathematics of heat geodesics: heat on a line in closed form, graphtools' graph, and what must not change."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.spatial.distance import cdist
from scipy.special import ive

from plugins.reduction.heat_geodesic import model
from zoo.blocks import flat_maps
from zoo.evidence.tasks.maps import rolled

ROWS = rolled(120, 0.3, 0).rows
HOPS = np.array([1, 2, 4, 8, 16])


def cycle(count: int) -> np.ndarray:
    steps = np.eye(count, k=1) + np.eye(count, k=1 - count)
    return steps + steps.T


@pytest.mark.parametrize("time", [0.05, 1.0, 50.0])
def test_on_a_long_cycle_heat_is_that_of_the_infinite_line(time: float) -> None:
    kernel = model.Heat.on(cycle(400), "combinatorial").kernel(time)
    np.testing.assert_allclose(kernel[0, :60], ive(np.arange(60), 2 * time), atol=1e-8)


def test_distances_on_a_line_are_hops_with_harnacks_term_and_not_without() -> None:
    kernel = model.Heat.on(cycle(400), "combinatorial").kernel(50.0)
    np.testing.assert_allclose(
        model.measured(kernel, 50.0)[0, HOPS], [1.003, 2.005, 4.010, 8.018, 16.02], rtol=1e-3
    )
    bare = -200 * np.log(ive(HOPS, 100.0))
    np.testing.assert_allclose(model.measured(kernel, 50.0, 0)[0, HOPS] ** 2, bare, rtol=1e-8)


@pytest.mark.parametrize("kind", ["normalised", "combinatorial"])
def test_heat_is_the_exponential_of_the_laplacian(kind: model.Kind) -> None:
    weights = model.graph(ROWS, 8)
    kernel = model.Heat.on(weights, kind).kernel(3.0)
    np.testing.assert_allclose(kernel, expm(-3.0 * model.laplacian(weights, kind)), atol=1e-12)
    np.testing.assert_array_equal(kernel, kernel.T)
    if kind == "combinatorial":  # no heat is lost
        np.testing.assert_allclose(kernel.sum(axis=1), 1, atol=1e-12)


def test_the_graph_is_that_of_graphtools() -> None:
    import graphtools

    theirs = graphtools.Graph(ROWS, knn=8, decay=model.DECAY, thresh=0, n_pca=None, verbose=0).kernel
    theirs = np.asarray(theirs.todense() if hasattr(theirs, "todense") else theirs)
    np.fill_diagonal(theirs, 0)
    np.testing.assert_allclose(model.graph(ROWS, 8), theirs, atol=model.LEAST_WEIGHT)


def test_diffusion_distance_is_between_rows_of_heat() -> None:
    heat = model.Heat.on(model.graph(ROWS, 8))
    kernel = heat.kernel(7.0)
    np.testing.assert_allclose(heat.walk(7.0), cdist(kernel, kernel), atol=1e-9)


def test_with_harnacks_term_no_square_is_cut_off() -> None:
    kernel = model.Heat.on(model.graph(ROWS, 8)).kernel(100.0)
    own = np.diag(kernel)
    assert (kernel <= (own[:, None] + own[None]) / 2 + 1e-15).all()  # Cauchy and Schwarz


def test_distances_know_neither_place_nor_turn_nor_size() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    moved = model.distances(5 * ROWS @ turn + 3, 8)
    np.testing.assert_allclose(moved, model.distances(ROWS, 8), rtol=1e-6, atol=1e-4)


def test_pairs_of_two_islands_are_all_tied() -> None:
    kernel = model.Heat.on(model.graph(np.concatenate([ROWS, ROWS + 1e4]), 8)).kernel(50.0)
    assert model.tied(kernel) > 0.5
    assert np.isfinite(model.measured(kernel, 50.0)).all()


def test_rows_that_occur_twice_do_no_harm() -> None:
    assert np.isfinite(model.distances(np.repeat(ROWS[:20], 6, axis=0), 4)).all()


def test_scaling_finds_places_again_and_lowers_the_stress() -> None:
    flat = np.random.default_rng(0).standard_normal((50, 2))
    np.testing.assert_allclose(
        cdist(*2 * [flat_maps.classical(cdist(flat, flat))]), cdist(flat, flat), atol=1e-9
    )
    apart = model.distances(ROWS, 8)
    losses = [np.square(cdist(at, at) - apart).sum() for at in model.scaled(apart, 20)]
    assert all(np.diff(losses) <= 1e-6 * losses[0])
