"""Sparse regression with fewer samples than features, and the interpolators it admits.

Among the many vectors that fit the training data exactly, gradient descent picks one by its
parametrisation. On ``beta`` itself it finds the smallest l2 norm, on ``w*w - u*u`` from a small start
nearly the smallest l1 norm, and on ``w*w - u*u + lambda * v`` (Zhou and Ge, 2023) a blend: the products
``w*w - u*u`` recover the few large coefficients, ``lambda * v`` spreads the noise thinly over all others.

Shapes: ``X`` is (samples, features) = (n, d) with n < d, ``y`` is (n,), coefficients are (d,).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Problem:
    """A drawn regression problem: ``y = X beta_star + sigma * noise`` with a sparse ``beta_star``."""

    X: np.ndarray
    y: np.ndarray
    beta_star: np.ndarray
    sigma: float

    @property
    def support(self) -> np.ndarray:
        """Indices of the coefficients that are not zero."""
        return np.flatnonzero(self.beta_star)


def draw(n: int, d: int, k: int, sigma: float, seed: int) -> Problem:
    """Draw the setting of the paper: Gaussian features, Gaussian noise, ``k`` coefficients of +1 or -1.

    The places, the signs, the features and the noise come from one generator in this order, so that two
    problems that differ in ``sigma`` only share everything else.
    """
    rng = np.random.default_rng(seed)
    beta_star = np.zeros(d)
    beta_star[rng.choice(d, k, replace=False)] = rng.choice([-1.0, 1.0], k)
    X = rng.standard_normal((n, d))
    return Problem(X, X @ beta_star + sigma * rng.standard_normal(n), beta_star, sigma)


def excess_risk(beta: np.ndarray, beta_star: np.ndarray) -> float:
    """``E (y - <beta, x>)^2 / 2`` above its least value, for features of unit covariance."""
    return 0.5 * float(np.sum((beta - beta_star) ** 2))


def target_rate(n: int, d: int, k: int, sigma: float) -> float:
    """``sigma^2 k log(d/k) / n``, the rate the paper proves and neither norm reaches."""
    return sigma**2 * k * np.log(d / k) / n


def relative_loss(X: np.ndarray, y: np.ndarray, beta: np.ndarray) -> float:
    """Training loss in units of its value at ``beta = 0``: ``|y - X beta|^2 / |y|^2``."""
    return float(np.sum((y - X @ beta) ** 2) / np.sum(y**2))


def default_lambda(n: int, d: int, sigma: float, alpha: float) -> float:
    """The ``lambda`` at which the products ``w*w - u*u`` see the universal threshold of the lasso.

    At the limit of the flow a product is active where ``|4 X_j' nu|`` reaches ``asinh(beta_j / 2 alpha^2)``,
    about ``2 log(1/alpha)``, and ``nu`` is about ``(y - X beta_sparse) / (lambda^2 d)`` because
    ``X X'`` is about ``d`` times the identity. So the products solve a lasso of penalty
    ``mu = lambda^2 d log(1/alpha) / 2``. Setting ``mu = sigma sqrt(2 n log d)`` gives ``lambda``.
    """
    mu = sigma * np.sqrt(2 * n * np.log(d))
    return float(np.sqrt(2 * mu / (d * np.log(1 / alpha))))


# ---------------------------------------------------------------------------------------------------------
# The descent


@dataclass(frozen=True)
class Descent:
    """Gradient descent at one moment.

    Attributes:
        step: steps taken.
        time: the sum of the step sizes, the clock of the gradient flow.
        sparse: ``w*w - u*u`` of shape (d,).
        dense: ``lambda * v`` of shape (d,).
        loss: training loss in units of its start.
    """

    step: int
    time: float
    sparse: np.ndarray
    dense: np.ndarray
    loss: float

    @property
    def beta(self) -> np.ndarray:
        """The coefficients of the regression."""
        return self.sparse + self.dense


def loss_and_gradient(
    X: np.ndarray, y: np.ndarray, w: np.ndarray, u: np.ndarray, v: np.ndarray, lam: float
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """``|y - X beta|^2 / 2n`` at ``beta = w*w - u*u + lam * v`` and its gradient in w, u and v."""
    residual = y - X @ (w * w - u * u + lam * v)
    g = -(residual @ X) / len(y)
    return 0.5 * float(residual @ residual) / len(y), 2 * w * g, -2 * u * g, lam * g


NEGLIGIBLE = 1e-12
"""A coefficient that moves by less than this within a block, in units of the targets, waits for its end."""


def descend(
    X: np.ndarray,
    y: np.ndarray,
    lam: float,
    alpha: float = 1e-8,
    *,
    tolerance: float = 1e-12,
    max_steps: int = 200_000,
    growth: float = 0.02,
    block: int = 32,
) -> Iterator[Descent]:
    """Gradient descent from ``w = u = alpha``, ``v = 0`` on ``|y - X beta|^2 / 2n``; a state per block.

    Every step is ``w -= eta dL/dw`` and so on for u and v, all with the same ``eta``. Within a block
    ``eta`` is the smaller of 0.8 of the stability limit ``2 / lambda_max(X diag(4ww + 4uu + lam^2) X' / n)``
    and of what changes no factor by more than ``growth`` in a step, which keeps the descent near its flow:
    halving ``growth`` halves the distance. A block that raises the loss is taken back and ``eta`` halved.

    The speed comes from two rewritings. ``v`` stays in the row space, ``v = lam X' nu``, so ``X v`` costs
    (n, n). Coefficients that move by less than ``NEGLIGIBLE`` in a block do not move the residual, so they
    wait for its end, where one matrix product brings their factors up to date with every single step.

    Args:
        X: features (n, d).
        y: targets (n,).
        lam: weight of the dense part; 0 leaves the products alone.
        alpha: the initial scale.
        tolerance: stop at this training loss in units of its start.
        max_steps: stop here in any case.
        growth: largest relative change of a factor in one step.
        block: steps between two states.
    """
    n, d = X.shape
    kernel = lam**2 * (X @ X.T)
    w, u, nu = np.full(d, alpha), np.full(d, alpha), np.zeros(n)
    residual, loss = y, 1.0
    steps, time, caution = 0, 0.0, 1.0
    top = np.random.default_rng(0).standard_normal(n)
    trail = np.empty((block, n))
    yield Descent(0, 0.0, np.zeros(d), np.zeros(d), 1.0)
    while steps < max_steps and loss > tolerance and caution > 1e-9:
        weights = 4 * (w * w + u * u)
        limit, steepest, top = _rate(X, residual, weights, kernel, lam, growth, top)
        eta = caution * limit
        moves = weights * np.expm1(2 * eta * steepest * block)
        awake = np.flatnonzero(moves > NEGLIGIBLE * np.sqrt(y @ y / n))
        wa, ua, nua, r = _followed(X[:, awake], residual, w[awake], u[awake], nu, kernel, eta / n, trail)
        if not r @ r <= (1 + 1e-9) * (residual @ residual):
            caution /= 2
            continue
        change = 2 * (trail @ X)
        w, u = w * np.prod(1 + change, axis=0), u * np.prod(1 - change, axis=0)
        w[awake], u[awake], nu = wa, ua, nua
        sparse = w * w - u * u
        residual = y - X @ sparse - kernel @ nu
        loss = float(residual @ residual / (y @ y))
        caution = min(1.0, 1.1 * caution)
        steps += block
        time += block * eta
        yield Descent(steps, time, sparse, lam**2 * (nu @ X), loss)


def _rate(
    X: np.ndarray,
    residual: np.ndarray,
    weights: np.ndarray,
    kernel: np.ndarray,
    lam: float,
    growth: float,
    top: np.ndarray,
) -> tuple[float, float, np.ndarray]:
    """The largest step that `descend` takes, the steepest slope, and the eigenvector to start from next time."""
    heavy = np.flatnonzero(weights > 1e-6 * (weights.max() + lam**2))
    top, curvature = _top_eigenvalue(X[:, heavy], weights[heavy], kernel, top)
    steepest = 2 * np.abs(residual @ X).max() / len(X)
    return min(1.6 * len(X) / curvature, growth / steepest), steepest, top


def _followed(
    X: np.ndarray,
    residual: np.ndarray,
    w: np.ndarray,
    u: np.ndarray,
    nu: np.ndarray,
    kernel: np.ndarray,
    rate: float,
    trail: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Factors, ``nu`` and residual after a block of steps on the columns ``X`` alone.

    Every row of ``trail`` is overwritten with the pull of its step, ``rate`` times the residual before it.
    """
    X, w, u, nu = np.asfortranarray(X), w.copy(), u.copy(), nu.copy()
    waiting = residual + X @ (w * w - u * u) + kernel @ nu
    for pull in trail:
        np.multiply(residual, rate, out=pull)
        change = 2 * (pull @ X)
        w *= 1 + change
        u *= 1 - change
        nu += pull
        residual = waiting - X @ (w * w - u * u) - kernel @ nu
    return w, u, nu, residual


def _top_eigenvalue(
    X: np.ndarray, weights: np.ndarray, kernel: np.ndarray, vector: np.ndarray
) -> tuple[np.ndarray, float]:
    """The largest eigenvalue of ``X diag(weights) X' + kernel`` by power iteration from a warm start."""
    for _ in range(4):
        vector = X @ (weights * (vector @ X)) + kernel @ vector
        value = float(np.linalg.norm(vector))
        vector = vector / value
    return vector, value


def flow_limit(
    X: np.ndarray, y: np.ndarray, lam: float, alpha: float = 1e-8, *, tolerance: float = 1e-12
) -> tuple[np.ndarray, np.ndarray]:
    """Where the gradient flow ends, without following it: the sparse and the dense part, each (d,).

    Along the flow ``w*w - u*u = 2 alpha^2 sinh(4 theta)`` and ``lam v = lam^2 theta`` with
    ``theta = X' nu``, so the limit is the ``nu`` at which both fit ``y``. It minimises the strictly convex
    ``sum(alpha^2 cosh(4 theta) / 2 + lam^2 theta^2 / 2) - nu' y`` in n unknowns; Newton's method with a step that
    moves no ``4 theta`` by more than 4, since the exponentials are only then near their tangents.

    Raises:
        ArithmeticError: no such ``nu`` was found to ``tolerance`` (relative, in the predictions).
    """
    from scipy.linalg import cho_factor, cho_solve

    n = len(y)
    kernel = lam**2 * (X @ X.T)
    scale = float(np.linalg.norm(y))
    nu, theta = np.zeros(n), np.zeros(X.shape[1])

    def objective(nu: np.ndarray, theta: np.ndarray) -> float:
        with np.errstate(over="ignore"):
            return float(0.5 * np.sum(alpha**2 * (np.cosh(4 * theta) - 1) + (lam * theta) ** 2) - nu @ y)

    value = objective(nu, theta)
    for _ in range(500):
        gradient = X @ (2 * alpha**2 * np.sinh(4 * theta) + lam**2 * theta) - y
        if np.linalg.norm(gradient) <= tolerance * scale:
            return 2 * alpha**2 * np.sinh(4 * theta), lam**2 * theta
        weights = 8 * alpha**2 * np.cosh(4 * theta)
        heavy = np.flatnonzero(weights > 1e-18 * (weights.max() + lam**2))
        Xh = X[:, heavy]
        hessian = (Xh * weights[heavy]) @ Xh.T + kernel
        # A tiny increase of the diagonal keeps the matrix positive definite where samples are nearly dependent.
        hessian[np.diag_indices(n)] *= 1 + 1e-14
        direction = -cho_solve(cho_factor(hessian), gradient)
        turn = direction @ X
        length = min(1.0, 1.0 / np.abs(turn).max())
        slope = float(gradient @ direction)
        while True:
            trial = nu + length * direction, theta + length * turn
            trial_value = objective(*trial)
            if trial_value <= value + 0.1 * length * slope or length * -slope < 1e-13 * abs(value):
                break
            length /= 2
        (nu, theta), value = trial, trial_value
    raise ArithmeticError("Newton's method did not settle on the limit of the flow.")


# ---------------------------------------------------------------------------------------------------------
# What it is compared with


def min_l2(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The interpolator of least l2 norm, where descent on ``beta`` from 0 ends."""
    from scipy.linalg import lstsq

    return lstsq(X, y, lapack_driver="gelsd")[0]


def min_l1(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The interpolator of least l1 norm (basis pursuit): the end of the lasso's path, by LARS.

    Thirty times faster than a linear program. Where the path stops short of the data, as it may for
    dependent columns, HiGHS solves the program itself.
    """
    from sklearn.linear_model import lars_path

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        beta = lars_path(X, y, method="lasso", alpha_min=0, return_path=False, max_iter=20 * len(y))[2]
    return beta if relative_loss(X, y, beta) < 1e-12 else min_l1_program(X, y)


def min_l1_program(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Basis pursuit as a linear program in the positive and negative parts, by HiGHS."""
    from scipy.optimize import linprog

    d = X.shape[1]
    solved = linprog(np.ones(2 * d), A_eq=np.hstack([X, -X]), b_eq=y, method="highs")
    if solved.x is None:
        raise ArithmeticError("HiGHS found no interpolator of least l1 norm.")
    return solved.x[:d] - solved.x[d:]


def lasso(X: np.ndarray, y: np.ndarray, folds: int = 5) -> np.ndarray:
    """The lasso with its penalty chosen by cross-validation; does not interpolate."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LassoCV

    with warnings.catch_warnings():
        # The smallest penalties of the path interpolate their fold and are never chosen.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LassoCV(fit_intercept=False, cv=folds, alphas=50).fit(X, y).coef_


def oracle(X: np.ndarray, y: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Least squares on the true support, which nobody knows; does not interpolate."""
    beta = np.zeros(X.shape[1])
    beta[support] = np.linalg.lstsq(X[:, support], y, rcond=None)[0]
    return beta


def noise_level(X: np.ndarray, y: np.ndarray, beta: np.ndarray) -> float:
    """The noise from what the lasso leaves: ``|y - X beta|^2 / (n - kept features)``, as a root.

    Reid, Tibshirani and Friedman (2016) find this the most dependable estimate among many.
    """
    residual = y - X @ beta
    return float(np.sqrt(residual @ residual / max(len(y) - np.count_nonzero(beta), 1)))
