"""Level-set boosting: a weak learner is fitted anew wherever the model says the same.

Each round rounds predictions to the nearest of m + 1 levels, fits the weak learner to the rows of each level, and takes
what it says instead where that is better on rows held out. When no level set is improved any more, no learner of the
class does better on any of them as far as rows held out can tell: the model is multicalibrated for the class. What the
last round says is not rounded. Source: Globus-Harris et al. 2023, arXiv 2301.13767.

Features X are `(n, p)`, targets y `(n,)` between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Predictor = Callable[[Array], Array]
Weak = Callable[[Array, Array], Predictor]

LEAST_ROWS = 40
"""Of a level set in which a learner is fitted."""
LEVELS = (20, 40, 80)
"""Among which m is chosen by the error on rows held out."""
LEAST_GAIN = 1e-4
"""Of a round, as a share of the least error so far on rows held out; with less it is useless."""
USELESS = 2
"""Rounds in a row that end boosting; rounding may cost one what the next brings."""


# ---------------------------------------------------------------------------------------------------------
# Weak learners


def line(X: Array, y: Array) -> Predictor:
    """The plane of least squares of X `(n, p)` and y `(n,)`, with a ridge for columns that repeat one another."""
    middle, mean = X.mean(axis=0), y.mean()
    centred = X - middle
    gram = centred.T @ centred
    slopes = np.linalg.solve(
        gram + 1e-6 * (np.trace(gram) / len(gram) + 1e-12) * np.eye(len(gram)), centred.T @ (y - mean)
    )
    return lambda Z: (Z - middle) @ slopes + mean


def questions(depth: int) -> Weak:
    """A tree that asks so many questions."""

    def fit(X: Array, y: Array) -> Predictor:
        from sklearn.tree import DecisionTreeRegressor

        return DecisionTreeRegressor(max_depth=depth, min_samples_leaf=10).fit(X, y).predict

    return fit


def constant(X: Array, y: Array) -> Predictor:
    """The mean of y `(n,)`, whatever X `(n, p)`: what is left of the method without a learner, the control."""
    mean = y.mean()
    return lambda Z: np.full(len(Z), mean)


WEAK: dict[str, Weak] = {"a straight line": line, "one question": questions(1), "two questions": questions(2)}


# ---------------------------------------------------------------------------------------------------------
# Boosting


@dataclass
class LevelSets:
    """A boosted model.

    Attributes:
        first: the learner of all rows.
        levels: m; predictions are rounded to the nearest of m + 1 levels.
        rounds: for each round the learners of the levels that were improved.
    """

    first: Predictor
    levels: int
    rounds: list[dict[int, Predictor]] = field(default_factory=list)

    def level(self, f: Array) -> NDArray[np.int64]:
        """The level of each prediction, 0 to m; `(n,)` to `(n,)`."""
        return np.clip(np.floor(f * self.levels + 0.5), 0, self.levels).astype(np.int64)

    def after(self, f: Array, X: Array, learners: dict[int, Predictor]) -> Array:
        """Predictions `(n,)` after a round, of those before it, `(n,)`, and X `(n, p)`."""
        level = self.level(f)
        f = level / self.levels
        for value, learner in learners.items():
            rows = level == value
            if rows.any():
                f[rows] = np.clip(learner(X[rows]), 0, 1)
        return f

    def stages(self, X: Array) -> Iterator[Array]:
        """Predictions, `(n,)` each, before the first round and after each, for X `(n, p)`."""
        f = np.clip(self.first(X), 0, 1)
        yield f
        for learners in self.rounds:
            f = self.after(f, X, learners)
            yield f

    def predict(self, X: Array) -> Array:
        """Predictions, `(n,)`, for X `(n, p)`."""
        *_, last = self.stages(X)
        return last


def boost(
    train: tuple[Array, Array],
    held: tuple[Array, Array],
    weak: Weak,
    levels: int = 40,
    most: int = 40,
    inside: Weak | None = None,
) -> LevelSets:
    """Boost a weak learner until rounds gain nothing on rows held out; the last one that did is the end.

    Args:
        train: X `(n, p)` and y `(n,)` to which learners are fitted.
        held: X `(k, p)` and y `(k,)` that decide whether the learner of a level set is taken.
        weak: the learner.
        levels: m.
        most: rounds at most.
        inside: the learner inside level sets, if it is another.
    """
    (X, y), (Z, z) = train, held
    model = LevelSets(weak(X, y), levels)
    f, g = np.clip(model.first(X), 0, 1), np.clip(model.first(Z), 0, 1)
    least, useful = np.mean((z - g) ** 2), 0
    while len(model.rounds) < most and len(model.rounds) - useful < USELESS:
        if not (learners := _better(model, inside or weak, (X, y, f), (Z, z, g))):
            break
        model.rounds.append(learners)
        f, g = model.after(f, X, learners), model.after(g, Z, learners)
        if (error := np.mean((z - g) ** 2)) < (1 - LEAST_GAIN) * least:
            least, useful = error, len(model.rounds)
    del model.rounds[useful:]
    return model


def best_levels(
    train: tuple[Array, Array], held: tuple[Array, Array], weak: Weak, inside: Weak | None = None
) -> LevelSets:
    """The boosted model with the number of levels of least error on rows held out, X `(k, p)` and y `(k,)`."""
    models = [boost(train, held, weak, levels, inside=inside) for levels in LEVELS]
    return min(models, key=lambda model: np.mean((held[1] - model.predict(held[0])) ** 2))


def _better(
    model: LevelSets, weak: Weak, train: tuple[Array, Array, Array], held: tuple[Array, Array, Array]
) -> dict[int, Predictor]:
    """Learners by level, of those that lower the error on the rows held out that are there."""
    (X, y, f), (Z, z, g) = train, held
    level, other, learners = model.level(f), model.level(g), {}
    for value in np.unique(level):
        rows, checks = level == value, other == value
        if rows.sum() < LEAST_ROWS or not checks.any():
            continue
        learner = weak(X[rows], y[rows])
        said = np.clip(learner(Z[checks]), 0, 1)
        if np.mean((z[checks] - said) ** 2) < np.mean((z[checks] - value / model.levels) ** 2):
            learners[int(value)] = learner
    return learners


# ---------------------------------------------------------------------------------------------------------
# Rivals: gradient boosting with the same learner, and the same recalibrated


def gradient_boosted(train: tuple[Array, Array], held: tuple[Array, Array], weak: str) -> Predictor:
    """Gradient boosting of the same learner; rate and length are those of least error on the rows held out.

    Both parts are X `(n, p)` and y `(n,)`. Lines that are added up are a line, so that boosting them is least squares.
    """
    if weak == "a straight line":
        return line(*train)
    from sklearn.ensemble import HistGradientBoostingRegressor

    depth = ("one question", "two questions").index(weak) + 1
    best: tuple[float, Predictor] | None = None
    for rate in (0.05, 0.1, 0.3):
        fitted = HistGradientBoostingRegressor(
            learning_rate=rate, max_iter=400, max_depth=depth, early_stopping=False, min_samples_leaf=10
        ).fit(*train)
        errors = [np.mean((held[1] - said) ** 2) for said in fitted.staged_predict(held[0])]
        count = int(np.argmin(errors)) + 1
        if best is None or errors[count - 1] < best[0]:
            best = errors[count - 1], _shortened(fitted, count)
    assert best is not None
    return best[1]


def _shortened(fitted: object, count: int) -> Predictor:
    """The first `count` stages of a boosted model."""

    def predict(X: Array) -> Array:
        for number, said in enumerate(fitted.staged_predict(X), 1):  # type: ignore[attr-defined]
            if number == count:
                return np.asarray(said)
        raise AssertionError

    return predict


def isotonic(
    predict: Predictor, held: tuple[Array, Array], groups: NDArray[np.intp] | None = None
) -> Predictor:
    """A model whose predictions are mapped to means by a rising step function, by group of rows where `groups` are.

    Args:
        predict: the model.
        held: X `(k, p)` and y `(k,)` on which the maps are fitted.
        groups: columns of X with zeros and ones, `(g,)`; each combination has a map of its own.
    """
    from sklearn.isotonic import IsotonicRegression

    def kinds(X: Array) -> NDArray[np.int64]:
        picked = X[:, [] if groups is None else groups] > 0.5
        return picked @ 2 ** np.arange(picked.shape[1])

    own, said = kinds(held[0]), predict(held[0])
    maps = {
        int(kind): IsotonicRegression(out_of_bounds="clip").fit(said[own == kind], held[1][own == kind])
        for kind in np.unique(own)
    }

    def mapped(X: Array) -> Array:
        f, of = predict(X), kinds(X)
        for kind, rising in maps.items():
            if (rows := of == kind).any():
                f[rows] = rising.predict(f[rows])
        return f

    return mapped


def recalibrated(
    predict: Predictor, held: tuple[Array, Array], groups: NDArray[np.intp], X: Array
) -> dict[str, Array]:
    """Predictions `(n,)` for X `(n, p)` of gradient boosting as it is, isotonic, and isotonic by group."""
    ways = {
        "": predict,
        ", isotonic": isotonic(predict, held),
        ", isotonic by group": isotonic(predict, held, groups),
    }
    return {f"gradient boosting{how}": way(X) for how, way in ways.items()}


# ---------------------------------------------------------------------------------------------------------
# What is left to learn


def audit(weak: Weak, f: Array, X: Array, y: Array, bins: int = 20) -> float:
    """What the learner still gains inside level sets: the mean squared error that it takes away, half against half.

    It is fitted to every other row of each of `bins` parts of equal numbers of the predictions f `(n,)` of X `(n, p)`,
    and judged on the rest; of fewer parts where they would have less than `LEAST_ROWS`.
    """
    bins = max(min(bins, len(f) // LEAST_ROWS), 1)
    part = np.argsort(np.argsort(f, kind="stable"), kind="stable") * bins // len(f)
    first = np.arange(len(f)) % 2 == 0
    gained = 0.0
    for number in range(bins):
        rows, checks = (part == number) & first, (part == number) & ~first
        said = weak(X[rows], y[rows])(X[checks])
        gained += np.sum((y[checks] - f[checks]) ** 2 - (y[checks] - said) ** 2)
    return float(gained / np.sum(~first))


def unfairness(f: Array, y: Array, groups: dict[str, NDArray[np.bool_]], cells: int = 10) -> float:
    """The mean squared calibration error of the groups, less what noise alone would give.

    In each of `cells` parts of a group's predictions f `(n,)` the squared mean residual, to y `(n,)`, has the variance
    of a mean as its bias; groups are rows, `(n,)`.
    """
    total, rows = 0.0, 0
    for members in groups.values():
        residual = (y - f)[members][np.argsort(f[members], kind="stable")]
        for part in np.array_split(residual, cells):
            if len(part) > 1:
                total += len(part) * (part.mean() ** 2 - part.var(ddof=1) / len(part))
                rows += len(part)
    return total / rows if rows else 0.0
