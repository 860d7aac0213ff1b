"""Imputation: the numbers that are missing from a table."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping

import numpy as np

from zoo.blocks.map_rows import standard
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task

MOST_ROWS = 600
"""Of a table; the rest is left out, so that methods which compare all rows stay quick."""


class Imputation(Task):
    """The numbers that are missing from a table, filled in.

    Of each table a share of the entries is hidden at random, every column brought to mean 0 and variance 1 before. The
    error is that of the hidden entries; the energy distance tells whether filled-in rows are distributed as true rows
    are, which a fill by means is not, however small its error.
    """

    title = "Imputation"
    family = "kernels"
    data = "wine, diabetes and breast cancer, as scikit-learn carries them, ten draws of what is hidden"
    dial = Dial("hidden", "Hidden", "% of the entries", (10, 30, 50), 30, whole=True)
    scores = (
        Score("error", "Root mean square error", "standard deviations", "lower"),
        Score("energy", "Energy distance of filled rows from true rows", "", "lower"),
    )

    def baselines(self) -> Mapping[str, Run]:
        """Column means, nearest neighbours and iterated regressions of scikit-learn."""
        return {
            "Column means": _means,
            "k nearest neighbours (scikit-learn)": _neighbours,
            "Iterative (scikit-learn)": _iterative,
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Tables and seeds; what is hidden at a smaller share is hidden at a larger one too."""
        from sklearn import datasets

        tables = {
            "wine": datasets.load_wine().data,
            "diabetes": datasets.load_diabetes(scaled=False).data,
            "breast cancer": datasets.load_breast_cancer().data[:, :10],
        }
        for name, table in tables.items() if not quick else list(tables.items())[:1]:
            for seed in range(2 if quick else 10):
                rng = np.random.default_rng(seed)
                rows = rng.permutation(len(table))[:MOST_ROWS]
                truth = standard(table[rows])
                yield Item(name, (truth, rng.random(truth.shape)))

    def judge(self, given: tuple[np.ndarray, np.ndarray], outcome: Outcome) -> dict[str, float]:
        """Error over the hidden entries, and the energy distance between filled and true rows."""
        truth, _ = given
        filled, hidden = outcome.made
        return {
            "error": float(np.sqrt(np.square(filled - truth)[hidden].mean())),
            "energy": energy_distance(filled, truth),
        }


def masked(given: tuple[np.ndarray, np.ndarray], dial: float) -> tuple[np.ndarray, np.ndarray]:
    """The table (rows, columns) with NaN where hidden, and where that is; a column keeps two numbers at least."""
    truth, chance = given
    hidden = chance < dial / 100
    first_two = np.argsort(chance, axis=0)[-2:]
    np.put_along_axis(hidden, first_two, False, axis=0)
    return np.where(hidden, np.nan, truth), hidden


def energy_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Székely's distance of two samples of rows (n, columns): 2 E|x-y| - E|x-x'| - E|y-y'|."""
    from scipy.spatial.distance import cdist, pdist

    n, m = len(first), len(second)
    within = 2 * pdist(first).sum() / n**2 + 2 * pdist(second).sum() / m**2
    return float(2 * cdist(first, second).mean() - within)


def _means(given: tuple[np.ndarray, np.ndarray], dial: float) -> Outcome:
    from sklearn.impute import SimpleImputer

    table, hidden = masked(given, dial)
    return Outcome((SimpleImputer().fit_transform(table), hidden))


def _neighbours(given: tuple[np.ndarray, np.ndarray], dial: float) -> Outcome:
    from sklearn.impute import KNNImputer

    table, hidden = masked(given, dial)
    return Outcome((KNNImputer().fit_transform(table), hidden))


def _iterative(given: tuple[np.ndarray, np.ndarray], dial: float) -> Outcome:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    table, hidden = masked(given, dial)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return Outcome((IterativeImputer(random_state=0).fit_transform(table), hidden))
