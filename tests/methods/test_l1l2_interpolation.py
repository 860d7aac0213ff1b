"""Sparse interpolation: the descent against its exact limit, the limits against independent solvers, bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from plugins.optimization.l1l2_interpolation import model

ALPHA = 1e-8


def final(problem, lam, **options):
    state = None
    for state in model.descend(problem.X, problem.y, lam, **options):  # noqa: B007
        pass
    return state


@pytest.fixture(scope="module")
def problem():
    return model.draw(n=40, d=300, k=3, sigma=0.5, seed=0)


@pytest.fixture(scope="module")
def lam(problem):
    return model.default_lambda(*problem.X.shape, problem.sigma, ALPHA)


def plain_descent(problem, lam, states, alpha=ALPHA):
    """The same steps on w, u and v, one matrix product after the other, with the step sizes of ``states``."""
    d = problem.X.shape[1]
    w, u, v = np.full(d, alpha), np.full(d, alpha), np.zeros(d)
    for before, after in itertools.pairwise(states):
        steps = after.step - before.step
        for _ in range(steps):
            _, dw, du, dv = model.loss_and_gradient(problem.X, problem.y, w, u, v, lam)
            eta = (after.time - before.time) / steps
            w, u, v = w - eta * dw, u - eta * du, v - eta * dv
    return w, u, v


def test_the_gradient_is_the_one_of_automatic_differentiation(problem):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    w, u, v = rng.standard_normal((3, problem.X.shape[1]))
    loss, *gradients = model.loss_and_gradient(problem.X, problem.y, w, u, v, 0.3)
    W, U, V = (torch.tensor(part, requires_grad=True) for part in (w, u, v))
    residual = torch.tensor(problem.y) - torch.tensor(problem.X) @ (W * W - U * U + 0.3 * V)
    value = (residual**2).mean() / 2
    value.backward()
    assert loss == pytest.approx(value.item(), rel=1e-12)
    for ours, theirs in zip(gradients, (W, U, V), strict=True):
        np.testing.assert_allclose(ours, theirs.grad, rtol=1e-10, atol=1e-12)


def test_the_fast_descent_takes_the_very_steps_of_the_plain_one(problem, lam):
    states = list(model.descend(problem.X, problem.y, lam, max_steps=2000))
    w, u, v = plain_descent(problem, lam, states)
    np.testing.assert_allclose(states[-1].sparse, w * w - u * u, atol=1e-9)
    np.testing.assert_allclose(states[-1].dense, lam * v, atol=1e-9)
    assert np.abs(states[-1].sparse).max() > 0.3


@pytest.mark.parametrize("multiple", [0.5, 1.0, 2.0])
def test_the_descent_ends_where_the_dual_says(problem, lam, multiple):
    state = final(problem, multiple * lam, growth=0.005)
    sparse, dense = model.flow_limit(problem.X, problem.y, multiple * lam)
    assert state.loss <= 1e-12
    np.testing.assert_allclose(state.sparse, sparse, atol=2e-3)
    np.testing.assert_allclose(state.dense, dense, atol=2e-3)


def test_halving_the_step_halves_the_distance_to_the_flow(problem, lam):
    limit = sum(model.flow_limit(problem.X, problem.y, lam))
    far, near = (np.abs(final(problem, lam, growth=g).beta - limit).max() for g in (0.04, 0.02))
    assert near / far == pytest.approx(0.5, abs=0.05)


def test_it_interpolates_and_the_loss_never_rises(problem, lam):
    losses = [state.loss for state in model.descend(problem.X, problem.y, lam)]
    assert losses[0] == 1
    assert losses[-1] <= 1e-12
    assert np.all(np.diff(losses) <= 1e-9 * np.array(losses[:-1]))
    assert model.relative_loss(problem.X, problem.y, final(problem, lam).beta) <= 1.01e-12


def test_the_flow_conserves_w_times_u(problem, lam):
    growth = [0.02, 0.005]
    drift = []
    for g in growth:
        states = list(model.descend(problem.X, problem.y, lam, growth=g, max_steps=int(12 / g)))
        w, u, _ = plain_descent(problem, lam, states)
        drift.append(np.abs(np.log(w * u / ALPHA**2)).max())
    # Exact along the flow; a step of size eta loses a fraction (2 eta g)^2, so the drift is of first order.
    assert drift[1] < 0.3 * drift[0]
    assert drift[1] < 0.2


def test_the_dense_part_stays_in_the_row_space_and_the_whole_in_the_lawful_curve(problem, lam):
    sparse, dense = model.flow_limit(problem.X, problem.y, lam)
    nu = np.linalg.lstsq(problem.X.T, dense / lam**2, rcond=None)[0]
    np.testing.assert_allclose(problem.X.T @ nu, dense / lam**2, atol=1e-8)
    np.testing.assert_allclose(2 * ALPHA**2 * np.sinh(4 * problem.X.T @ nu), sparse, rtol=1e-5, atol=1e-9)


def test_the_limit_minimises_what_theory_says(problem, lam):
    """Of all interpolators the limit has the least hypentropy plus half the squared norm of v."""
    from scipy.linalg import null_space

    def cost(sparse, dense):
        s = sparse / (2 * ALPHA**2)
        hypentropy = (sparse * np.arcsinh(s) - 2 * ALPHA**2 * (np.sqrt(1 + s * s) - 1)).sum() / 4
        return hypentropy + (dense**2).sum() / (2 * lam**2)

    sparse, dense = model.flow_limit(problem.X, problem.y, lam)
    least = cost(sparse, dense)
    free = null_space(problem.X)
    rng = np.random.default_rng(0)
    for _ in range(20):
        move = 1e-2 * free @ rng.standard_normal(free.shape[1])
        swap = 1e-2 * rng.standard_normal(len(move)) * (np.abs(sparse) > 0.1)
        assert cost(sparse, dense + move) > least
        assert cost(sparse + swap, dense - swap) > least


def test_a_small_lambda_ends_near_the_least_l1_norm(problem, lam):
    l1 = model.min_l1(problem.X, problem.y)
    distances = [
        np.abs(sum(model.flow_limit(problem.X, problem.y, 0.0, alpha)) - l1).max()
        for alpha in (1e-3, 1e-8, 1e-16)
    ]
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 0.05
    np.testing.assert_allclose(sum(model.flow_limit(problem.X, problem.y, 0.001 * lam, 1e-16)), l1, atol=0.05)


def test_a_large_lambda_ends_at_the_least_l2_norm(problem, lam):
    l2 = model.min_l2(problem.X, problem.y)
    np.testing.assert_allclose(sum(model.flow_limit(problem.X, problem.y, 1e3 * lam)), l2, atol=1e-9)
    np.testing.assert_allclose(final(problem, 10 * lam).beta, l2, atol=1e-5)


def test_the_descent_without_the_dense_part_interpolates_too(problem):
    state = final(problem, 0.0, growth=0.01)
    assert state.loss <= 1e-12
    np.testing.assert_array_equal(state.dense, 0)
    np.testing.assert_allclose(state.beta, sum(model.flow_limit(problem.X, problem.y, 0.0)), atol=5e-3)


def test_minimum_l1_by_lars_is_the_linear_program(problem):
    lars, program = model.min_l1(problem.X, problem.y), model.min_l1_program(problem.X, problem.y)
    np.testing.assert_allclose(lars, program, atol=1e-7)
    np.testing.assert_allclose(problem.X @ lars, problem.y, atol=1e-8)
    assert np.count_nonzero(lars) == len(problem.y)


def test_minimum_l1_agrees_with_cvxpy(problem):
    cvxpy = pytest.importorskip("cvxpy")
    beta = cvxpy.Variable(problem.X.shape[1])
    cvxpy.Problem(cvxpy.Minimize(cvxpy.norm1(beta)), [problem.X @ beta == problem.y]).solve(solver="CLARABEL")
    np.testing.assert_allclose(model.min_l1(problem.X, problem.y), beta.value, atol=1e-5)


def test_minimum_l1_survives_repeated_columns(problem):
    X = np.hstack([problem.X, problem.X[:, :50], -problem.X[:, 50:100]])
    beta = model.min_l1(X, problem.y)
    np.testing.assert_allclose(X @ beta, problem.y, atol=1e-6)
    assert np.abs(beta).sum() == pytest.approx(np.abs(model.min_l1(problem.X, problem.y)).sum(), rel=1e-6)


def test_minimum_l2_is_the_pseudo_inverse(problem):
    np.testing.assert_allclose(
        model.min_l2(problem.X, problem.y), np.linalg.pinv(problem.X) @ problem.y, atol=1e-10
    )


def test_oracle_lives_on_the_support(problem):
    beta = model.oracle(problem.X, problem.y, problem.support)
    assert set(np.flatnonzero(beta)) <= set(problem.support)
    residual = problem.y - problem.X @ beta
    np.testing.assert_allclose(problem.X[:, problem.support].T @ residual, 0, atol=1e-9)


def test_lambda_is_where_the_products_solve_the_lasso_of_universal_penalty():
    """In a wide enough problem the sparse part is near scikit-learn's lasso at mu = sigma sqrt(2 n log d)."""
    from sklearn.linear_model import Lasso

    n, d, sigma = 60, 20_000, 0.5
    problem = model.draw(n, d, 2, sigma, 3)
    sparse, _ = model.flow_limit(problem.X, problem.y, model.default_lambda(n, d, sigma, 1e-60), 1e-60)
    mu = sigma * np.sqrt(2 * n * np.log(d))
    lasso = Lasso(alpha=mu / n, fit_intercept=False, tol=1e-10).fit(problem.X, problem.y).coef_
    np.testing.assert_allclose(sparse, lasso, atol=0.05)


def test_the_orders_of_the_reference_table():
    """n=300, d=6000, s=3: below both norms at 0.7 and 1 lambda0, above the l1 norm at 2 (the U in lambda)."""
    problem = model.draw(300, 6000, 3, 0.5, 0)
    lam = model.default_lambda(300, 6000, 0.5, ALPHA)
    risk = {
        c: model.excess_risk(sum(model.flow_limit(problem.X, problem.y, c * lam)), problem.beta_star)
        for c in (0.7, 1.0, 2.0)
    }
    l1 = model.excess_risk(model.min_l1(problem.X, problem.y), problem.beta_star)
    l2 = model.excess_risk(model.min_l2(problem.X, problem.y), problem.beta_star)
    assert risk[0.7] < risk[1.0] < l1 < risk[2.0] < l2
    # The sheet's own draw gave .025, .032, .045, .365 and 1.434; other draws scatter around them.
    for ours, sheet in ((risk[0.7], 0.025), (risk[1.0], 0.032), (l1, 0.045), (risk[2.0], 0.365), (l2, 1.434)):
        assert 0.5 < ours / sheet < 2


def test_the_same_seed_gives_the_same_numbers(lam):
    runs = [final(model.draw(40, 300, 3, 0.5, 7), lam).beta for _ in range(2)]
    np.testing.assert_array_equal(*runs)
    assert np.abs(runs[0] - final(model.draw(40, 300, 3, 0.5, 8), lam).beta).max() > 0.1
