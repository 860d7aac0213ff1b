"""The mathematics of cosine-caution: closed forms against a solver, free rescaling, and what it does to cosines."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.metrics.pairwise import cosine_similarity

from plugins.retrieval.cosine_caution import model
from zoo.blocks import choices, neighbours

X = (np.random.default_rng(0).random((60, 20)) < np.linspace(0.7, 0.1, 20)).astype(float)
GRAM = X.T @ X
OF = model.spectrum(X, 5)
LAM = 0.3 * OF.s[-1]
TURNS = (-2.0, -1.0, 0.0, 0.5, 2.0)


def test_spectrum_is_that_of_lapack() -> None:
    s = np.linalg.svd(X, compute_uv=False)
    whole = model.spectrum(X, 20)
    np.testing.assert_allclose(whole.s, s, rtol=1e-10)
    np.testing.assert_allclose(whole.V * whole.s**2 @ whole.V.T, GRAM, atol=1e-10)
    assert model.spectrum(np.hstack([X, X]), 40).s.shape == (20,)


@pytest.mark.parametrize("second", [False, True])
def test_gradient_is_that_of_differences(second: bool) -> None:
    def flat(values: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = model.objective(model.Factors(*values.reshape(2, 20, 5)), GRAM, LAM, second)
        return value, np.ravel(slope)

    start = np.random.default_rng(1).standard_normal(200) / 5
    error = check_grad(lambda v: flat(v)[0], lambda v: flat(v)[1], start)
    assert error < 1e-5 * np.linalg.norm(flat(start)[1])


@pytest.mark.parametrize("second", [False, True])
def test_objective_is_as_the_paper_writes_it(second: bool) -> None:
    A, B = np.random.default_rng(2).standard_normal((2, 20, 5))
    penalty = np.sum((X @ A) ** 2) + np.sum(B**2) if second else np.sum((A @ B.T) ** 2)
    written = np.sum((X - X @ A @ B.T) ** 2) + LAM * penalty
    assert model.objective(model.Factors(A, B), GRAM, LAM, second)[0] == pytest.approx(written)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_first_closed_form_is_where_a_solver_arrives(seed: int) -> None:
    exact, end = model.rescaled(OF, LAM**2), model.descend(GRAM, 5, LAM**2, False, seed)
    values = [model.objective(each, GRAM, LAM**2, False)[0] for each in (exact, end)]
    assert values[1] == pytest.approx(values[0], rel=1e-8)
    np.testing.assert_allclose(end.A @ end.B.T, exact.A @ exact.B.T, atol=1e-4)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_second_closed_form_is_where_a_solver_arrives_and_so_are_its_cosines(seed: int) -> None:
    exact, end = model.unique(OF, LAM), model.descend(GRAM, 5, LAM, True, seed)
    values = [model.objective(each, GRAM, LAM, True)[0] for each in (exact, end)]
    assert values[1] == pytest.approx(values[0], rel=1e-8)
    np.testing.assert_allclose(end.B @ end.B.T, exact.B @ exact.B.T, atol=1e-4)
    np.testing.assert_allclose(neighbours.cosines(end.B), neighbours.cosines(exact.B), atol=1e-4)


@pytest.mark.parametrize("t", TURNS)
def test_rescaling_moves_no_prediction_and_not_the_first_objective_but_the_second(t: float) -> None:
    start, turn = model.rescaled(OF, LAM**2), model.rescaled(OF, LAM**2, t)
    np.testing.assert_allclose(X @ turn.A @ turn.B.T, X @ start.A @ start.B.T, atol=1e-12)
    first, second = ([model.objective(f, GRAM, LAM, two)[0] for f in (start, turn)] for two in (False, True))
    assert first[0] == pytest.approx(first[1], rel=1e-12)
    assert abs(second[1] / second[0] - 1) > 1e-3
    assert not np.allclose(neighbours.cosines(turn.B), neighbours.cosines(start.B), atol=1e-2)


def test_at_full_rank_one_place_of_the_dial_is_the_identity_and_another_the_raw_columns() -> None:
    whole = model.spectrum(X, 20)
    np.testing.assert_allclose(neighbours.cosines(model.rescaled(whole, LAM, 0).B), np.eye(20), atol=1e-12)
    np.testing.assert_allclose(
        neighbours.cosines(model.rescaled(whole, LAM, -1).B), cosine_similarity(X.T), atol=1e-12
    )
    off = neighbours.cosines(model.rescaled(OF, LAM, 0).B) - np.eye(20)
    assert np.abs(off).max() > 0.1, "with fewer factors than items it is not"


def test_cosines_of_predicted_columns_are_those_of_the_rows_that_stand_for_them() -> None:
    A, B = model.rescaled(OF, LAM)
    np.testing.assert_allclose(
        neighbours.cosines(model.rescaled(OF, LAM, 1).A), cosine_similarity((X @ A @ B.T).T), atol=1e-12
    )


def test_a_rotation_changes_no_cosine() -> None:
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((5, 5)))[0]
    B = model.unique(OF, LAM).B
    np.testing.assert_allclose(neighbours.cosines(B @ rotation), neighbours.cosines(B), atol=1e-12)


def test_a_penalty_beyond_the_spectrum_leaves_rows_of_zeros_whose_cosines_are_zero() -> None:
    assert not model.unique(OF, 2 * OF.s[0]).B.any()
    assert not neighbours.cosines(np.zeros((3, 2))).any()


def test_neighbours_are_the_largest_cosines_without_oneself() -> None:
    near = neighbours.nearest(X.T, 3)
    for row, cosine in enumerate(np.round(cosine_similarity(X.T), 9)):
        assert row not in near[row]
        assert min(cosine[near[row]]) >= max(np.delete(cosine, [row, *near[row]]))
    assert neighbours.shared(X.T, 2 * X.T) == 1


def test_drawn_people_choose_mostly_from_their_cluster() -> None:
    drawn = choices.clusters(0).X.reshape(2000, 5, 60).sum(axis=2)
    assert drawn.sum(axis=1).min() >= 10
    assert (drawn.max(axis=1) / drawn.sum(axis=1)).mean() > 0.5
