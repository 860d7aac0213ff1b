"""Strong standard baselines, tuned: what a claim has to win against.

Every one is tuned on the training rows only, by cross-validation over a grid that is written down here, and says what
it tried (``Tuned.budget``), so that a claim can show that its rival had a fair chance. scikit-learn does the fitting.
Probes of frozen features are in ``zoo.blocks.probes``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Task = Literal["regression", "classification"]
Grid = Mapping[str, Sequence[Any]]

PENALTIES = tuple(10.0**power for power in np.arange(-4, 4.5, 0.5))
NEIGHBOURS = (1, 2, 3, 5, 8, 13, 21, 34)
BOOSTING: Grid = {
    "learning_rate": (0.03, 0.1, 0.3),
    "max_leaf_nodes": (4, 15, 31),
    "min_samples_leaf": (5, 20),
}
FOREST: Grid = {"max_features": (0.33, 0.66, 1.0), "min_samples_leaf": (1, 3, 10)}
GRIDS: Mapping[Task, Mapping[str, Grid]] = {
    "regression": {
        "ridge regression": {"alpha": PENALTIES},
        "k nearest neighbours": {"n_neighbors": NEIGHBOURS, "weights": ("uniform", "distance")},
        "gradient boosting": BOOSTING,
        "random forest": FOREST,
    },
    "classification": {
        "logistic regression": {"C": PENALTIES},
        "k nearest neighbours": {"n_neighbors": NEIGHBOURS, "weights": ("uniform", "distance")},
        "gradient boosting": BOOSTING,
        "random forest": FOREST,
    },
}
"""Every baseline by its name, and the settings among which it chooses."""


@dataclass(frozen=True)
class Tuned:
    """A baseline that has chosen its settings and was then fitted to all training rows.

    Attributes:
        name: as in `GRIDS`.
        model: a scikit-learn pipeline of standardisation and the estimator, fitted.
        settings: what it chose.
        score: mean over the folds of R² or of accuracy with these settings, on rows that were held out.
        tried: number of settings.
        folds: number of parts of the cross-validation.
    """

    name: str
    model: Any
    settings: Mapping[str, Any]
    score: float
    tried: int
    folds: int

    @property
    def budget(self) -> str:
        """What the tuning was allowed, as a claim says it: `17 settings, 5 folds`."""
        return f"{self.tried} settings, {self.folds} folds"

    def predict(self, features: NDArray) -> NDArray:
        """Numbers or classes `(n,)` of features `(n, p)`."""
        return self.model.predict(features)


def tuned(
    name: str,
    task: Task,
    features: NDArray,
    answers: NDArray,
    *,
    groups: NDArray | None = None,
    folds: int = 5,
    seed: int = 0,
    grid: Grid | None = None,
) -> Tuned:
    """A standard baseline with the settings that do best in cross-validation.

    Users: multipartite-ge and few-shot, when their rivals are measured again.

    Args:
        name: one of `GRIDS[task]`.
        task: whether answers are numbers or classes.
        features: of the training rows, `(n, p)`, finite; they are standardised within each fold.
        answers: `(n,)`.
        groups: rows of one group are never parted between fitting and judging, `(n,)`.
        folds: parts of the cross-validation; no more than the rarest class or the groups allow.
        seed: of the folds and of the estimator.
        grid: settings to choose from instead of those of `GRIDS`.

    Raises:
        ValueError: there is no such baseline, or there are too few rows, groups or members of a class to hold some out.
    """
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if name not in GRIDS[task]:
        raise ValueError(f"{name!r} is no baseline; there are {', '.join(GRIDS[task])}")
    parts = _folds(task, answers, groups, folds, seed)
    count = parts.get_n_splits(features, answers, groups)
    estimator = _estimator(name, task, seed)
    smallest = len(answers) - -(-len(answers) // count)
    settings = {
        key: [value for value in values if key != "n_neighbors" or value <= smallest]
        for key, values in (grid or GRIDS[task][name]).items()
    }
    step = type(estimator).__name__.lower()
    search = GridSearchCV(
        make_pipeline(StandardScaler(), estimator),
        {f"{step}__{key}": values for key, values in settings.items()},
        cv=parts,
        scoring="r2" if task == "regression" else "accuracy",
    ).fit(features, answers, groups=groups)
    best = {key.removeprefix(f"{step}__"): value for key, value in search.best_params_.items()}
    return Tuned(
        name,
        search.best_estimator_,
        best,
        float(search.best_score_),
        len(search.cv_results_["params"]),
        count,
    )


def best_tuned(task: Task, features: NDArray, answers: NDArray, **options: Any) -> Tuned:
    """Whichever baseline of `GRIDS[task]` does best in cross-validation; options as for `tuned`.

    Users: multipartite-ge and few-shot, when their rivals are measured again.
    """
    rivals = [tuned(name, task, features, answers, **options) for name in GRIDS[task]]
    return max(rivals, key=lambda rival: rival.score)


def _folds(task: Task, answers: NDArray, groups: NDArray | None, folds: int, seed: int) -> Any:
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

    rarest = int(np.unique(answers, return_counts=True)[1].min())
    # R² of a single row is not defined
    most = (
        len(np.unique(groups))
        if groups is not None
        else len(answers) // 2
        if task == "regression"
        else rarest
    )
    if min(folds, most) < 2:
        raise ValueError("nothing can be held out: there are too few rows, groups or members of a class")
    if groups is not None:
        return GroupKFold(min(folds, most))
    kind = KFold if task == "regression" else StratifiedKFold
    return kind(min(folds, most), shuffle=True, random_state=seed)


def _estimator(name: str, task: Task, seed: int) -> Any:
    from sklearn import ensemble, linear_model, neighbors

    regression = task == "regression"
    match name:
        case "ridge regression":
            return linear_model.Ridge()
        case "logistic regression":
            return linear_model.LogisticRegression(max_iter=2000)
        case "k nearest neighbours":
            return neighbors.KNeighborsRegressor() if regression else neighbors.KNeighborsClassifier()
        case "gradient boosting":
            kind = (
                ensemble.HistGradientBoostingRegressor
                if regression
                else ensemble.HistGradientBoostingClassifier
            )
            return kind(random_state=seed, early_stopping=False)
        case _:
            forest = ensemble.RandomForestRegressor if regression else ensemble.RandomForestClassifier
            return forest(200, random_state=seed, n_jobs=1)


@dataclass(frozen=True)
class PrincipalComponents:
    """The best linear code of its size: rows as their coefficients on the directions in which they vary most.

    Attributes:
        mean: of the rows it was learnt from, `(p,)`.
        directions: orthonormal, `(most, p)`, the most important first.
        variances: of the coefficients, `(most,)`.
    """

    mean: NDArray
    directions: NDArray
    variances: NDArray

    def encode(self, rows: NDArray, size: int) -> NDArray:
        """So many coefficients `(n, size)` of rows `(n, p)`."""
        return (rows - self.mean) @ self.directions[:size].T

    def decode(self, codes: NDArray) -> NDArray:
        """Rows `(n, p)` of coefficients `(n, size)`."""
        return self.mean + codes @ self.directions[: codes.shape[1]]


def principal_components(rows: NDArray, most: int) -> PrincipalComponents:
    """Learn the code from rows; work and memory grow with the square of the smaller side.

    Users: image-from-numbers and finola, when their rivals are measured again.

    Args:
        rows: `(n, p)`, in float32 or float64, which the answer keeps.
        most: directions to learn, at most the smaller of n and p.

    Raises:
        ValueError: there are fewer rows or columns than directions.
    """
    if not 0 < most <= min(rows.shape):
        raise ValueError(f"rows of shape {rows.shape} have no {most} principal components")
    mean = rows.mean(axis=0)
    centred = rows - mean
    tall = len(rows) >= rows.shape[1]
    values, vectors = np.linalg.eigh(centred.T @ centred if tall else centred @ centred.T)
    values, vectors = values[::-1][:most], vectors[:, ::-1][:, :most]
    directions = vectors.T if tall else vectors.T @ centred
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    directions = directions / np.where(lengths == 0, 1, lengths)
    return PrincipalComponents(mean, directions, np.maximum(values, 0) / len(rows))
