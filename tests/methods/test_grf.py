"""The mathematics of graph random features: closed forms, an exact walk, and what is on average the kernel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import linalg, sparse

from plugins.kernels.grf import claims, model
from zoo.blocks import graph_sets
from zoo.errors import InputError
from zoo.registry import load

KARATE = graph_sets.adjacency(graph_sets.karate().graph)


def star(leaves: int) -> sparse.csr_array:
    dense = np.zeros((leaves + 1, leaves + 1))
    dense[0, 1:] = dense[1:, 0] = 1
    return sparse.csr_array(dense)


def test_a_star_and_a_complete_graph_have_the_inverses_that_are_known() -> None:
    c, leaves = 0.6, 5
    inverse = model.exact(model.ONCE, model.normalised(star(leaves), c), c)
    assert inverse[0, 0] == pytest.approx(1 / (1 - c**2))
    assert inverse[0, 1] == pytest.approx(c / math.sqrt(leaves) / (1 - c**2))
    assert inverse[1, 2] == pytest.approx(c**2 / leaves / (1 - c**2))
    n = 6
    complete = model.exact(model.ONCE, model.normalised(sparse.csr_array(np.ones((n, n)) - np.eye(n)), c), c)
    step = c / (n - 1)
    assert complete[0, 0] - complete[0, 1] == pytest.approx(1 / (1 + step))
    assert complete[0].sum() == pytest.approx(1 / (1 - c))


@pytest.mark.parametrize("name", claims.KERNELS)
def test_the_series_and_its_modulation_give_the_kernel(name: str) -> None:
    series, c = claims.KERNELS[name], 0.7
    U = model.normalised(KARATE, c)
    whole = model.exact(series, U, c)
    np.testing.assert_allclose(series.times(U, np.eye(34), c), whole, atol=1e-9)
    for k in range(12):  # sum_(a+b=k) f_a f_b = alpha_k
        product = sum(series.modulation(a) * series.modulation(k - a) for a in range(k + 1))
        assert product == pytest.approx(series.alpha(k), abs=1e-12)


def test_the_regularised_laplacian_is_the_kernel_up_to_its_factor() -> None:
    s2 = 2.0
    U = model.normalised(KARATE, s2 / (1 + s2)).toarray()
    laplacian = np.eye(34) - U * (1 + s2) / s2
    direct = np.linalg.matrix_power(linalg.inv(np.eye(34) + s2 * laplacian), 2)
    whole = model.exact(model.TWICE, model.normalised(KARATE, s2 / (1 + s2)), s2 / (1 + s2))
    np.testing.assert_allclose(direct * (1 + s2) ** 2, whole, atol=1e-10)


def test_a_walker_on_two_nodes_carries_the_load_of_its_steps() -> None:
    U = model.normalised(star(1), 0.5)  # each has the other alone
    steps = model.walked(U, np.zeros(1000, np.int64), 0.2, np.random.default_rng(0))
    assert len(steps[1].walkers) == pytest.approx(800, abs=45)
    for number, now in enumerate(steps):
        np.testing.assert_allclose(now.load, (0.5 / 0.8) ** number)
        assert (now.at == number % 2).all()


@pytest.mark.parametrize("name", claims.KERNELS)
def test_signatures_are_on_average_the_root_of_the_kernel(name: str) -> None:
    series, c = claims.KERNELS[name], 0.5
    U = model.normalised(KARATE, c)
    root = sum(series.modulation(k) * np.linalg.matrix_power(U.toarray(), k) for k in range(60))
    drawn = model.features(U, series, 4000, 0.1, np.random.default_rng(0)).toarray()
    assert np.linalg.norm(drawn - root) < 0.02 * np.linalg.norm(root)
    np.testing.assert_allclose(root @ root.T, model.exact(series, U, c), atol=1e-9)


def test_one_set_of_walks_makes_the_diagonal_too_large() -> None:
    U, rng = model.normalised(KARATE, 0.5), np.random.default_rng(0)
    whole = np.diag(model.exact(model.TWICE, U, 0.5))

    def ratio(sets: int) -> float:
        drawn = [model.estimated(U, model.TWICE, 4, 0.1, rng, sets).diagonal() for _ in range(200)]
        return float((np.mean(drawn, axis=0) / whole).mean())

    assert ratio(2) == pytest.approx(1, abs=0.01)
    assert ratio(1) > 1.03


def test_the_growth_of_loads_is_the_closed_form_and_says_who_ends_too_soon() -> None:
    U = model.normalised(graph_sets.adjacency(graph_sets.karate().graph, weighted=False), 0.8)
    assert model.spread(U, 0.1) == pytest.approx(0.64 / 0.9, abs=1e-6)
    assert model.growth(U, model.TWICE, 0.5) == pytest.approx(1.28, abs=1e-6)
    assert model.growth(U, model.HEAT, 0.5) == 0


def test_a_series_whose_root_ends_needs_no_walk_beyond() -> None:
    assert model.of_coefficients([1, 2, 1]).radius == math.inf
    assert model.of_coefficients([1, 0, 0.5, 0, 0.25]).radius == pytest.approx(2**0.5)
    with pytest.raises(ValueError, match="above 0"):
        model.of_coefficients([0, 1])


def test_clusters_by_products_are_those_by_the_kernel_and_find_planted_groups() -> None:
    known = graph_sets.planted(1, (50, 50, 50), 9, 1)
    U = model.normalised(graph_sets.adjacency(known.graph), 0.8)
    whole = model.exact(model.TWICE, U, 0.8)
    groups = model.clustered(*model.by_kernel(whole), 3, np.random.default_rng(0))
    same = model.clustered(
        lambda m: model.TWICE.times(U, m, 0.8), np.diag(whole), 3, np.random.default_rng(0)
    )
    assert (groups == same).all()
    assert (model.matched(groups, known.labels) == known.labels).mean() > 0.95


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"coefficients": "1, x"}, "send numbers such as"),
        ({"coefficients": "0, 1"}, "the first above 0"),
        ({"coefficients": "1, 2", "reach": 0.8}, "choose a reach below 0.5"),
    ],
)
def test_what_walks_cannot_do_is_told(inputs: dict[str, object], says: str) -> None:
    grf = load("grf")
    with pytest.raises(InputError, match=says):
        grf.run("crumbs", **(type(grf).example(type(grf).actions()["crumbs"], 0) | inputs))
