"""The SVD core against LAPACK, closed forms and the bound of Halko, Martinsson and Tropp."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks.svd import Pretreated, eigen, svd


def decaying(n: int, p: int, decay: float, seed: int = 0) -> np.ndarray:
    """A table with singular values decay^j, known exactly."""
    rng = np.random.default_rng(seed)
    k = min(n, p)
    left = np.linalg.qr(rng.standard_normal((n, k)))[0]
    right = np.linalg.qr(rng.standard_normal((p, k)))[0]
    return (left * decay ** np.arange(k)) @ right.T


def dressed(n: int, p: int, seed: int = 0) -> Pretreated:
    """A table far from the origin with weights on both sides and a rank-two offset."""
    rng = np.random.default_rng(seed)
    return Pretreated(
        rng.standard_normal((n, p)) + 3,
        rng.uniform(0.1, 2, n),
        rng.uniform(0.1, 2, p),
        (rng.standard_normal((n, 2)), rng.standard_normal((p, 2))),
    )


def plain(table: Pretreated) -> np.ndarray:
    """What the docstring of `Pretreated` says, word by word."""
    inner = table.matrix - table.offset[0] @ table.offset[1].T
    return np.diag(table.rows) @ inner @ np.diag(table.columns)


@pytest.mark.parametrize(("n", "p"), [(700, 400), (90, 300), (40, 40), (1, 7), (7, 1)])
def test_products_equal_those_of_the_dense_table(n, p):
    table = dressed(n, p)
    dense = plain(table)
    rng = np.random.default_rng(1)
    right, left = rng.standard_normal((p, 5)), rng.standard_normal((n, 5))
    np.testing.assert_allclose(table.dense(), dense, atol=1e-12)
    np.testing.assert_allclose(table.times(right), dense @ right, atol=1e-10)
    np.testing.assert_allclose(table.transposed_times(left), dense.T @ left, atol=1e-10)
    np.testing.assert_allclose(table.normal_times(right), dense.T @ dense @ right, rtol=1e-10, atol=1e-8)
    np.testing.assert_allclose(table.T.times(left), dense.T @ left, atol=1e-10)
    gram, squares = table.gram()
    np.testing.assert_allclose(gram, dense.T @ dense, rtol=1e-11, atol=1e-9)
    rows, columns = table.squares()
    np.testing.assert_allclose(rows, np.square(dense).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(columns, np.square(dense).sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(squares, rows, rtol=1e-12)


@pytest.mark.parametrize("shape", [(50, 20), (20, 50), (400, 30), (30, 400), (1, 5), (5, 1)])
def test_exact_solver_equals_lapack(shape):
    table = dressed(*shape)
    found = svd(table, solver="exact")
    np.testing.assert_allclose(found.values, np.linalg.svd(plain(table), compute_uv=False), rtol=1e-10)
    np.testing.assert_allclose((found.left * found.values) @ found.right.T, plain(table), atol=1e-9)
    for basis in (found.left, found.right):
        np.testing.assert_allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-10)
    for met, counted in zip(found.squares or table.squares(), table.squares(), strict=True):
        np.testing.assert_allclose(met, counted, rtol=1e-11)


def test_small_singular_values_survive_where_a_gram_matrix_would_lose_them():
    table = decaying(500, 10, 0.05)
    np.testing.assert_allclose(svd(table, solver="exact").values, 0.05 ** np.arange(10), rtol=1e-3)
    gram = np.sqrt(np.abs(np.linalg.eigvalsh(table.T @ table)[::-1]))
    assert abs(gram[-1] / 0.05**9 - 1) > 0.1


def test_a_mean_far_from_zero_costs_no_digits():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((2000, 6))
    shifted = table + 1e6
    mean = shifted.mean(axis=0)
    centred = Pretreated(shifted, None, None, (np.ones((2000, 1)), mean[:, None]))
    expected = np.linalg.svd(table - table.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(svd(centred, solver="exact").values, expected, rtol=1e-9)
    np.testing.assert_allclose(
        svd(centred, 2, solver="randomised", oversampling=3).values[:1], expected[:1], rtol=1e-2
    )


@pytest.mark.parametrize("shape", [(600, 150), (150, 600)])
def test_randomised_solver_converges_to_the_exact_one(shape):
    table = decaying(*shape, 0.9)
    exact = svd(table, 8, solver="exact")
    found = svd(table, 8, solver="randomised", power_iterations=6)
    np.testing.assert_allclose(found.values, exact.values, rtol=1e-10)
    np.testing.assert_allclose(found.left, exact.left, atol=1e-6)
    np.testing.assert_allclose(found.right, exact.right, atol=1e-6)


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.98])
@pytest.mark.parametrize("iterations", [0, 1, 3])
def test_randomised_error_is_within_the_halko_bound(decay, iterations):
    # Theorem 10.6 of [1] in expectation, sharpened by power iterations (corollary 10.10).
    k, extra, n, p = 10, 10, 200, 150
    table = decaying(n, p, decay)
    tail = decay ** np.arange(k, p)
    power = 2 * iterations + 1
    bound = (1 + np.sqrt(k / (extra - 1))) * tail[0] ** power
    bound += np.e * np.sqrt(k + extra) / extra * np.sqrt(np.sum(tail ** (2 * power)))
    errors = []
    for seed in range(10):
        found = svd(
            table, k + extra, solver="randomised", oversampling=0, power_iterations=iterations, seed=seed
        )
        residual = table - found.left @ (found.left.T @ table)
        errors.append(np.linalg.norm(residual, 2))
    assert np.mean(errors) <= bound ** (1 / power)
    assert np.mean(errors) >= decay ** (k + extra) * (1 - 1e-9)  # nothing beats the optimal rank


def test_randomised_solver_answers_for_a_table_of_lower_rank_than_asked():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((300, 3)) @ rng.standard_normal((3, 200))
    found = svd(table, 10, solver="randomised")
    np.testing.assert_allclose((found.left * found.values) @ found.right.T, table, atol=1e-10)
    assert (found.values[3:] < 1e-10).all()


def test_seed_decides_the_randomised_answer_and_nothing_else_does():
    table = decaying(300, 200, 0.99)
    np.random.seed(3)
    first = svd(table, 5, solver="randomised", power_iterations=0, seed=1).values
    np.random.seed(4)
    assert np.array_equal(first, svd(table, 5, solver="randomised", power_iterations=0, seed=1).values)
    assert not np.array_equal(first, svd(table, 5, solver="randomised", power_iterations=0, seed=2).values)


def test_integers_and_reversed_views_are_taken_as_they_are():
    counts = np.random.default_rng(0).integers(0, 9, (300, 12)).astype(np.uint8)
    expected = np.linalg.svd(counts.astype(float), compute_uv=False)
    for table in (counts, counts[::-1, ::-1], np.asfortranarray(counts)):
        np.testing.assert_allclose(svd(table, solver="exact").values, expected, rtol=1e-10)


def test_signs_do_not_depend_on_the_solver():
    table = decaying(400, 60, 0.6)
    for solver in ("exact", "randomised"):
        right = svd(table, 4, solver=solver).right
        assert (np.take_along_axis(right, np.abs(right).argmax(axis=0)[None], 0) > 0).all()


@pytest.mark.parametrize("solver", ["exact", "randomised"])
def test_eigen_tells_an_eigenvalue_from_its_negative(solver):
    rng = np.random.default_rng(0)
    vectors = np.linalg.qr(rng.standard_normal((120, 120)))[0]
    values = np.concatenate([[5, 5, 3, 1, -5, -4], np.full(114, 1e-6)])
    matrix = (vectors * values) @ vectors.T
    found, directions = eigen(matrix, 4, solver=solver)
    np.testing.assert_allclose(found, [5, 5, 3, 1], atol=1e-8)
    np.testing.assert_allclose(matrix @ directions, directions * found, atol=1e-6)


@pytest.mark.parametrize("table", [np.empty((0, 3)), np.empty((3, 0))])
def test_an_empty_table_is_refused(table):
    with pytest.raises(ValueError, match="at least one row"):
        svd(table)
    with pytest.raises(ValueError, match="at least 1"):
        svd(np.ones((2, 2)), 0)
