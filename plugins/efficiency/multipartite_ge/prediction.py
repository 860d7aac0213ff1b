"""Predicts accuracy from what a view says of a network, judged on networks of groups that it was not fitted to.

A group is one architecture with one seed, pruned in all ways. Ridge regression lets views of one and of fifteen
predictors be compared fairly: its penalty is chosen within the groups that are fitted, and what it cannot use
there does it no good on the group left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

PENALTIES = np.geomspace(1e-3, 1e3, 13)

Row = dict[str, Any]
"""A member of the population, as `population.load` gives it."""


def groups_of(rows: Sequence[Row]) -> np.ndarray:
    """The group of every member, as integers (n,)."""
    keys = [(row["network"], row["seed"]) for row in rows]
    return np.array([sorted(set(keys)).index(key) for key in keys])


def predictors(rows: Sequence[Row], view: str) -> np.ndarray:
    """What a view says of every member, (n, predictors); NaN where a metric does not exist."""
    return np.array([list(row["features"][view].values()) for row in rows], dtype=np.float64)


def within(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Ranks of every column within each group, from -1 to 1, ties and what does not exist in the middle.

    Architectures differ in the size of every metric; what is asked is which pruner does best on one of them.
    """
    from scipy.stats import rankdata

    ranked = np.zeros_like(values, dtype=np.float64)
    for group in np.unique(groups):
        part = values[groups == group]
        ranks = rankdata(part, axis=0, nan_policy="omit") - 1
        last = np.maximum(np.isfinite(part).sum(axis=0) - 1, 1)
        ranked[groups == group] = np.nan_to_num(2 * ranks / last - 1)
    return ranked


def adjusted_r2(x: np.ndarray, y: np.ndarray) -> float:
    """The share of the variance of ``y`` (n,) that least squares on ``x`` (n, p) explains, less what p buys by itself.

    What is missing in a column is its mean; columns that follow from others do not count in p.
    """
    x = np.where(np.isfinite(x), x, np.nanmean(x, axis=0))
    deviation = x.std(axis=0)
    z = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)])
    slope, _, rank, _ = np.linalg.lstsq(z, y)
    unexplained = ((y - z @ slope) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    return float(1 - unexplained * (len(y) - 1) / (len(y) - rank))


def left_out(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Predictions of every group by a ridge regression on the other groups, (n,).

    Args:
        x: (n, predictors).
        y: (n,).
        groups: (n,).
    """
    predicted = np.empty(len(y))
    for group in np.unique(groups):
        out = groups == group
        penalty = _best_penalty(x[~out], y[~out], groups[~out])
        predicted[out] = ridge(x[~out], y[~out], x[out], penalty)
    return predicted


def _best_penalty(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> float:
    """The penalty of least squared error when each group in turn is left out."""
    errors = np.zeros(len(PENALTIES))
    for group in np.unique(groups):
        out = groups == group
        for place, penalty in enumerate(PENALTIES):
            errors[place] += ((ridge(x[~out], y[~out], x[out], penalty) - y[out]) ** 2).sum()
    return float(PENALTIES[errors.argmin()])


def ridge(x: np.ndarray, y: np.ndarray, new: np.ndarray, penalty: float) -> np.ndarray:
    """Fit standardised predictors (n, p) to (n,) with a penalty per sample, and predict for ``new`` (m, p)."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    z = (x - mean) / deviation
    gram = z.T @ z + penalty * len(x) * np.eye(x.shape[1])
    slope = np.linalg.solve(gram, z.T @ (y - y.mean()))
    return y.mean() + (new - mean) / deviation @ slope


def guess(rows: Sequence[Row], metrics: Sequence[float]) -> tuple[float, float]:
    """The accuracy of a network from its topometrics, by a fit to members of about its sparsity.

    Returns:
        The guess, kept within what was measured, and the root of the mean squared error on groups left out.
    """
    x, groups = predictors(rows, "multipartite"), groups_of(rows)
    y = np.array([row["accuracy"] for row in rows])
    error = float(np.sqrt(((left_out(x, y, groups) - y) ** 2).mean()))
    predicted = ridge(x, y, np.array(metrics)[None], _best_penalty(x, y, groups))[0]
    return float(np.clip(predicted, y.min(), y.max())), error
