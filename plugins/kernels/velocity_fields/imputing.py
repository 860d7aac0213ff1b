"""Filling in missing numbers by a flow from the product of values and masks to their joint distribution.

If which entries are missing does not depend on the values, filled-in rows x and masks m are independent.
The flow moves the missing entries so that KL between the joint (x, m) and the product (x, a fresh m)
shrinks ([1], missing data). Every step draws fresh masks, each row another row's, and fits a line in x and m
at every row with its fresh mask; what the line says of x is the velocity, its term in m takes up what the masks
alone explain. The kernel is a Gaussian on x times the number of entries that both masks show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .model import RIDGE, Array, advance, median_bandwidth

# Rows that the others are compared with, at most, and products of their moments in a step.
REFERENCES, PRODUCTS = 1500, 1e10
# Time of a step, in squared bandwidths.
STEP = 0.5


def flow(table: Array, steps: int, bandwidth: float, rng: np.random.Generator) -> Iterator[Array]:
    """The table after each step of forward KL, the paper's choice, missing entries filled, `(n, d)`.

    Args:
        table: numbers with NaN where missing, `(n, d)`; every column needs two different numbers.
        steps: of the flow.
        bandwidth: of the kernel, as a multiple of the median rule times n^(-1 / (d + 4)), the rate at which
            kernel estimates in d dimensions may sharpen with n samples.
        rng: for the first fill, standard normal as in the paper's code, the fresh masks and the references.
    """
    known = np.isfinite(table)
    n, d = table.shape
    centre, scale = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
    x = np.where(known, (table - centre) / scale, rng.standard_normal(table.shape))
    moving = np.flatnonzero(~known.all(axis=1))
    most = int(min(REFERENCES, max(100, PRODUCTS / (len(moving) * d * (2 * d + 1)))))
    for _ in range(steps):
        rows = rng.permutation(n)[:most]
        fresh = known[rng.permutation(n)]
        s = bandwidth * median_bandwidth(x[rows], rng) * len(rows) ** (-1 / (d + 4))
        pull = velocity(x[moving], fresh[moving], x[rows], known[rows], fresh[rows], s)
        moved = advance(x[moving], pull, STEP * s**2, s)
        x[moving] = np.where(known[moving], x[moving], moved)
        yield np.where(known, table, centre + scale * x)


def velocity(at: Array, shown: Array, x: Array, known: Array, fresh: Array, s: float) -> Array:
    """The gradient of the fitted ratio of joint and product in x, `(m, d)`.

    The local objective of forward KL in `z = (x / s, m)` has the slope `mass_p / mass_q (covariance_q + ridge)^-1
    (mean_p - mean_q)`, as `model.local_linear` has it in x.

    Args:
        at: places, `(m, d)`.
        shown: their fresh masks, true where an entry is known, `(m, d)`.
        x: rows, `(n, d)`.
        known, fresh: the masks of the rows, their own for the joint p and fresh ones for the product q, `(n, d)`.
        s: bandwidth.
    """
    from scipy.spatial.distance import cdist

    d = at.shape[1]
    centre = x.mean(axis=0)
    values, places = (x - centre) / s, (at - centre) / s
    square = cdist(places, values, "sqeuclidean")
    # Constant factors of a place cancel; without this one, kernels far from all rows would vanish.
    kernel = np.exp(-0.5 * (square - square.min(axis=1, keepdims=True)))
    mass_p, mean_p = _mean(kernel * (shown @ known.T.astype(float)), np.hstack([values, known]))
    weights, z = kernel * (shown @ fresh.T.astype(float)), np.hstack([values, fresh])
    mass_q, mean_q = _mean(weights, z)
    row, column = np.triu_indices(2 * d)
    matrix = np.empty((len(at), 2 * d, 2 * d))
    products = weights @ (z[:, row] * z[:, column]) / np.where(mass_q > 0, mass_q, 1)[:, None]
    matrix[:, row, column] = matrix[:, column, row] = products
    matrix -= mean_q[:, :, None] * mean_q[:, None, :]
    # Slopes in many columns are fitted to few neighbours: with the ridge of the plane their noise would carry rows off.
    matrix[:, range(2 * d), range(2 * d)] += RIDGE * d
    ratio = np.divide(mass_p, mass_q, out=np.zeros(len(at)), where=mass_q > 0)
    slope = ratio[:, None] * np.linalg.solve(matrix, (mean_p - mean_q)[:, :, None])[:, :, 0]
    return slope[:, :d] / s


def _mean(weights: Array, z: Array) -> tuple[Array, Array]:
    """Mass of weights `(m, n)` and the mean of `z` `(n, v)` under them, which is 0 where there is no mass."""
    mass = weights.sum(axis=1)
    return mass, weights @ z / np.where(mass > 0, mass, 1)[:, None]


def rivals(table: Array, seed: int, neighbours: int = 5) -> dict[str, Array]:
    """The table filled by column means, nearest neighbours and iterated regressions (scikit-learn)."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return {
            "mean": SimpleImputer().fit_transform(table),
            "k nearest neighbours": KNNImputer(n_neighbors=neighbours).fit_transform(table),
            "iterative": IterativeImputer(random_state=seed).fit_transform(table),
        }


def best_neighbours(table: Array, seed: int, candidates: Sequence[int] = (1, 3, 5, 10, 20, 40)) -> int:
    """The number of neighbours that best fills a tenth of the known numbers, hidden to find it."""
    from sklearn.impute import KNNImputer

    known = np.isfinite(table)
    hidden = known & (np.random.default_rng((seed, 1)).random(table.shape) < 0.1)
    # Columns that would lose all they know are left as they are.
    hidden[:, (known & ~hidden).sum(axis=0) < 2] = False
    scale = np.nanstd(table, axis=0)
    given = np.where(hidden, np.nan, table)
    errors = [
        float((((KNNImputer(n_neighbors=k).fit_transform(given) - table) / scale)[hidden] ** 2).mean())
        for k in candidates
    ]
    return candidates[int(np.argmin(errors))]
