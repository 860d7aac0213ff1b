"""The mathematics of I-Con: public losses at single cells, sums written out, and traps that are no equalities."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.manifold._t_sne import _joint_probabilities

from plugins.reduction.i_con import claims, figures, model

RNG = np.random.default_rng(0)
ROWS = RNG.standard_normal((40, 6))
VALUES = [(9.79144678010977, 8.55980960597419), (7.101516277261285, 7.402004501913514)]
LABELS = np.repeat(np.arange(4), 10)
OF = torch.from_numpy(LABELS)


def learned(column: str, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((40, model.COLUMNS[column][1] or 4))


def loss(row: str, column: str, doubt: float = 0.0, size: int = 5, both: np.ndarray | None = None) -> float:
    places = learned(column) if both is None else both
    p = model.target(torch.from_numpy(model.ROWS[row](ROWS, size, LABELS, 0)), column, OF, doubt)
    return float(model.kl(p, model.COLUMNS[column][0](torch.from_numpy(places))))


def by_hand(row: str, column: str, doubt: float) -> float:
    """The same by loops over chances in NumPy."""
    p, places, count = model.ROWS[row](ROWS, 5, LABELS, 0), learned(column), 40
    others = ~np.eye(count, dtype=bool)
    if column == "classes":
        p = np.stack([p[:, label == LABELS].sum(axis=1) for label in range(4)], axis=1)
        q = np.exp(places) / np.exp(places).sum(axis=1, keepdims=True)
    elif column == "clusters":
        phi = np.exp(places) / np.exp(places).sum(axis=1, keepdims=True)
        q = sum(np.outer(phi[:, c], phi[:, c]) / phi[:, c].sum() for c in range(4))
    else:
        unit = places / np.linalg.norm(places, axis=1, keepdims=True)
        squares = cdist(places, places) ** 2
        kernels = {"Gaussian": np.exp(-squares), "cosines": np.exp(unit @ unit.T / 0.1)}
        q = kernels.get(column, 1 / (1 + squares)) * others
        q = q / (q.sum() if column == "Student, all pairs" else q.sum(axis=1, keepdims=True))
    spread = (
        others / (count - 1)
        if q.shape[1] == count and column != "clusters"
        else np.full(q.shape, 1 / q.shape[1])
    )
    p = (1 - doubt) * p + doubt * spread
    if column == "Student, all pairs":
        p = (p + p.T) / (2 * count)
    total = sum(a * np.log(a / b) for a, b in zip(p.ravel(), q.ravel(), strict=True) if a > 0)
    return float(total) if column == "Student, all pairs" else float(total) / count


@pytest.mark.parametrize("column", model.COLUMNS)
@pytest.mark.parametrize("row", model.ROWS)
def test_every_cell_is_the_sum_of_the_formula(row: str, column: str) -> None:
    for doubt in (0.0, 0.4):
        assert loss(row, column, doubt) == pytest.approx(by_hand(row, column, doubt), abs=1e-9)


@pytest.mark.parametrize("cell", claims.CELLS)
def test_named_cells_are_the_public_losses(cell: str) -> None:
    assert claims.apart(cell, 7)["gap"] < 1e-9


def test_infonce_and_supcon_are_those_of_pytorch_metric_learning() -> None:
    """What `NTXentLoss` and `SupConLoss` of 2.9.0 gave for these points, τ = .1; the latter less log 3."""
    rng = np.random.default_rng(0)
    for pairs, classes in VALUES:
        log_q = model.COLUMNS["cosines"][0](torch.from_numpy(rng.standard_normal((20, 6))))
        for share, wanted in ((2, pairs), (4, classes - np.log(3))):
            p = model.evenly(np.arange(20)[:, None] // share == np.arange(20) // share)
            assert float(model.kl(torch.from_numpy(p), log_q)) == pytest.approx(wanted, abs=1e-6)


def test_neighbours_of_all_pairs_are_those_of_scikit_learn() -> None:
    theirs = _joint_probabilities(cdist(ROWS, ROWS, "sqeuclidean").astype(np.float32), 5, 0)
    p = model.target(torch.from_numpy(model.gaussian(ROWS, 5)), "Student, all pairs", OF)
    both = p.reshape(40, 40).numpy()[np.triu_indices(40, 1)]
    np.testing.assert_allclose(both, theirs, atol=2e-6)


def test_what_is_equal_up_to_something_is_not_equal_without_it() -> None:
    assert abs(loss("Gaussian", "Student, each point") - loss("Gaussian", "Student, all pairs")) > 0.01
    assert claims.from_inertia(ROWS, 0, entropies=False) > 0.01


def test_doubt_in_classes_is_label_smoothing_and_in_full_is_even() -> None:
    p = model.target(torch.from_numpy(model.ROWS["same class"](ROWS, 5, LABELS, 0)), "classes", OF, 0.2)
    np.testing.assert_allclose(p.numpy(), 0.8 * np.eye(4)[LABELS] + 0.05)
    for column in model.COLUMNS:
        spread = model.even(column, 40, 4)
        full = model.target(torch.from_numpy(model.nearest(ROWS, 5)), column, OF, 1.0)
        np.testing.assert_allclose(full, spread, atol=1e-12)
        assert float(full.sum()) == pytest.approx(1 if column == "Student, all pairs" else 40)


@pytest.mark.parametrize("row", model.ROWS)
def test_rows_are_chances_and_nobody_is_its_own_neighbour(row: str) -> None:
    for size in (1, 5, 100):
        p = model.ROWS[row](ROWS, size, np.arange(40) // 39, 0)
        np.testing.assert_allclose(p.sum(axis=1), 1)
        assert (np.diag(p) == 0).all()
        assert (p >= 0).all()


@pytest.mark.parametrize("column", model.COLUMNS)
def test_training_lowers_the_loss_and_is_the_same_again(column: str) -> None:
    p, losses = model.nearest(ROWS, 5), []
    runs = [
        model.fitted(ROWS, p, column, LABELS, 4, steps=40, both=True, doubt=0.1,
                     watch=lambda step, places, loss: losses.append(loss))
        for _ in range(2)
    ]  # fmt: skip
    np.testing.assert_array_equal(*runs)
    assert losses[39] < 0.9 * losses[0]


def test_a_batch_is_of_points_with_a_neighbour_each() -> None:
    near = model.nearest(ROWS, 3)
    near = torch.from_numpy(near + near.T)
    for seed in range(20):
        part = model.drawn(near.cumsum(1), 10, torch.Generator().manual_seed(seed))
        assert (near[part][:, part].sum(1) > 0).all()


def test_groups_are_matched_one_to_one() -> None:
    match, share = model.shared(np.array([2, 2, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1, 2]))
    assert match.tolist() == [1, 2, 0]
    assert share == pytest.approx(5 / 6)


def test_the_sphere_keeps_areas_and_groups_stand_on_a_ring() -> None:
    unit = np.random.default_rng(0).standard_normal((4000, 3))
    places = figures.flat(ROWS, unit, 3)
    radii = np.sort(np.square(places).sum(axis=1)) / 4
    np.testing.assert_allclose(radii, np.linspace(0, 1, 4000), atol=0.03)
    corners = figures.flat(ROWS, 50 * np.eye(4)[LABELS], 0)
    assert np.linalg.norm(corners[LABELS == 0].mean(axis=0) - [0, 1]) < 0.3
