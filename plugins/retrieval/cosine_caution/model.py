"""Linear autoencoders X ≈ X A Bᵀ under two penalties: closed forms, their freedom, and descent from random starts.

X is people x items, `(n, p)`, with X = U diag(s) Vᵀ; A and B are `(p, k)`. Source: Steck, Ekanadham and Kallus 2024,
arXiv 2403.05440, whose numbers the objectives have.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Spectrum(NamedTuple):
    """The leading singular values, `(k,)`, and right vectors, `(p, k)`."""

    s: Array
    V: Array


class Factors(NamedTuple):
    """A and B, `(p, k)`; rows of B embed the items, rows of X A the people."""

    A: Array
    B: Array


def spectrum(X: Array, rank: int) -> Spectrum:
    """At most `rank` directions of X; below a millionth of the largest, values are rounding of the Gram matrix."""
    values, vectors = np.linalg.eigh(X.T @ X)
    s = np.sqrt(np.maximum(values[::-1], 0))
    kept = min(rank, int((s > 1e-6 * s[0]).sum()))
    return Spectrum(s[:kept], vectors[:, ::-1][:, :kept])


def rescaled(of: Spectrum, lam: float, t: float | None = None) -> Factors:
    """A least point of ||X - XABᵀ||² + lam ||ABᵀ||²: (V g D, V D⁻¹), where g shrinks and D = diag(sᵗ) is free.

    Without t the balanced one, A = B. Rows are B = V at t = 0 and B = V s at t = -1.
    """
    g = 1 / (1 + lam / of.s**2)
    D = np.sqrt(1 / g) if t is None else (of.s / np.exp(np.log(of.s).mean())) ** t  # no unit: no overflow
    return Factors(of.V * (g * D), of.V / D)


def unique(of: Spectrum, lam: float) -> Factors:
    """The least point, up to rotation, of ||X - XABᵀ||² + lam (||XA||² + ||B||²)."""
    gain = np.maximum(1 - lam / of.s, 0)
    return Factors(of.V * np.sqrt(gain / of.s), of.V * np.sqrt(of.s * gain))


def objective(factors: Factors, gram: Array, lam: float, second: bool) -> tuple[float, Factors]:
    """The first or second objective and its gradient, from the Gram matrix XᵀX, `(p, p)`."""
    A, B = factors
    left, GA = np.eye(len(gram)) - A @ B.T, gram @ A
    slope, value = -2 * gram @ left, np.sum(left * (gram @ left))
    if second:
        value += lam * (np.sum(A * GA) + np.sum(B**2))
        return float(value), Factors(slope @ B + 2 * lam * GA, slope.T @ A + 2 * lam * B)
    slope += 2 * lam * A @ B.T
    return float(value + lam * np.sum((A @ B.T) ** 2)), Factors(slope @ B, slope.T @ A)


def descend(gram: Array, rank: int, lam: float, second: bool, seed: int) -> Factors:
    """Where L-BFGS arrives from random A and B whose columns are of random sizes, 0.1 to 1.

    From small starts of equal sizes it would end near the balanced point, which the penalty does not ask for.
    """
    from scipy.optimize import minimize

    shape = (2, len(gram), rank)

    def flat(values: Array) -> tuple[float, Array]:
        value, slope = objective(Factors(*values.reshape(shape)), gram, lam, second)
        return value, np.ravel(slope)

    rng = np.random.default_rng(seed)
    start = rng.standard_normal(shape) * 10 ** rng.uniform(-1, 0, (2, 1, rank))
    limits = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-13, "gtol": 1e-8}
    return Factors(
        *minimize(flat, start.ravel(), jac=True, method="L-BFGS-B", options=limits).x.reshape(shape)
    )


def train_twice(X: Array, seed: int) -> dict[str, tuple[Factors, ...]]:
    """Five factors from two starts under the first and under the second objective; λ leaves all five alive."""
    lam, gram = 0.3 * float(spectrum(X, 5).s[-1]), X.T @ X
    weights, starts = {"first": lam**2, "second": lam}, (2 * seed, 2 * seed + 1)
    return {
        name: tuple(descend(gram, 5, weight, name == "second", start) for start in starts)
        for name, weight in weights.items()
    }
