"""Filling in missing numbers by a flow from the product of values and masks to their joint distribution.

If which entries are missing does not depend on the values, filled-in rows x and masks m are independent.
The flow moves the missing entries so that KL between the joint (x, m) and the product (x, a fresh m)
shrinks ([1], missing data). The paper's kernel is a Gaussian on x times the inner product of the masks.
With fresh masks averaged instead of drawn, the inner product turns into one weight a row: how much of
what is usually observed was observed there. Rows known better then count for more, and entries that were
invented drift to where the well-known rows are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .model import RIDGE, Array, Divergence, Samples, advance, local_linear, median_bandwidth

# Rows that the others are compared with; more would cost time and change little.
REFERENCES = 1500
# Time of a step, in squared bandwidths.
STEP = 0.5


def flow(
    table: Array, steps: int, bandwidth: float, divergence: Divergence, rng: np.random.Generator
) -> Iterator[Array]:
    """The table after each step, missing entries filled, `(n, d)`.

    Args:
        table: numbers with NaN where missing, `(n, d)`; every column needs two different numbers.
        steps: of the flow.
        bandwidth: of the kernel, as a multiple of the median rule times n^(-1 / (d + 4)), the rate at which
            kernel estimates in d dimensions may sharpen with n samples.
        divergence: which flow; the paper's is forward KL.
        rng: for the first fill, standard normal as in the paper's code, and the choice of references.
    """
    known = np.isfinite(table)
    centre, scale = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
    x = np.where(known, (table - centre) / scale, rng.standard_normal(table.shape))
    weights = known @ known.mean(axis=0)
    moving = np.flatnonzero(~known.all(axis=1))
    for _ in range(steps):
        rows = rng.permutation(len(x))[:REFERENCES]
        s = bandwidth * median_bandwidth(x[rows], rng) * len(rows) ** (-1 / (x.shape[1] + 4))
        joint = Samples(x[rows], s, weights[rows] / weights[rows].mean())
        line = local_linear(joint, Samples(x[rows], s), x[moving], divergence, RIDGE, tolerance=1e-3)
        moved = advance(x[moving], line.velocity, STEP * s**2, s)
        x[moving] = np.where(known[moving], x[moving], moved)
        yield np.where(known, table, centre + scale * x)


def rivals(table: Array, seed: int) -> dict[str, Array]:
    """The table filled by column means, nearest neighbours and iterated regressions (scikit-learn)."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return {
            "mean": SimpleImputer().fit_transform(table),
            "k nearest neighbours": KNNImputer().fit_transform(table),
            "iterative": IterativeImputer(random_state=seed).fit_transform(table),
        }
