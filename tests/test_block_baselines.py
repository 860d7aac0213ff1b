"""Tuned baselines against scikit-learn used by hand, and where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from zoo.blocks import baselines
from zoo.blocks.baselines import GRIDS, PENALTIES, best_tuned, principal_components, tuned

SMALL = {"gradient boosting": {"min_samples_leaf": (5,)}, "random forest": {"min_samples_leaf": (1,)}}
"""Grids of one setting, for speed."""


def waves(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.uniform(-2, 2, (n, 4))
    return features * [1, 100, 0.01, 5], np.sin(3 * features[:, 0]) + features[:, 1] ** 2 + 0.1 * rng.normal(
        size=n
    )


def test_ridge_is_scikit_learns_over_the_same_folds() -> None:
    features, answers = waves(60)
    ours = tuned("ridge regression", "regression", features, answers)
    folds = KFold(5, shuffle=True, random_state=0)
    theirs = make_pipeline(StandardScaler(), RidgeCV(PENALTIES, scoring="r2", cv=folds)).fit(
        features, answers
    )
    # theirs standardises before the folds are made, so that only the choice and the last fit are the same
    assert ours.settings["alpha"] == pytest.approx(theirs[-1].alpha_)
    np.testing.assert_allclose(ours.predict(features), theirs.predict(features), rtol=1e-9)
    assert ours.budget == f"{len(PENALTIES)} settings, 5 folds"


def test_the_best_rival_is_no_straw_man() -> None:
    features, answers = waves(150)
    queries, wanted = waves(300, seed=1)
    grid = {"regression": {name: SMALL.get(name, settings) for name, settings in GRIDS["regression"].items()}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "GRIDS", grid)
        best = best_tuned("regression", features, answers, folds=3)
    line = tuned("ridge regression", "regression", features, answers)
    missed = {rival.name: np.mean((rival.predict(queries) - wanted) ** 2) for rival in (best, line)}
    assert best.name != "ridge regression"
    assert missed[best.name] < 0.5 * missed["ridge regression"]
    assert best.score > line.score


@pytest.mark.parametrize("name", GRIDS["classification"])
def test_classifiers_tell_clouds_apart(name: str) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(["low", "high"], 30)
    features = rng.normal(size=(60, 3)) + 4 * (labels == "high")[:, None]
    rival = tuned(name, "classification", features, labels, grid=SMALL.get(name), folds=2)
    assert rival.score > 0.9
    assert set(rival.predict(features)) == {"low", "high"}
    assert rival.budget.endswith(", 2 folds")


def test_groups_are_never_parted() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 5)
    features = rng.normal(size=(20, 6))[groups]  # a row tells its group and nothing else
    answers = rng.normal(size=20)[groups]
    settings = {"grid": {"n_neighbors": (1,), "weights": ("uniform",)}}
    apart = tuned("k nearest neighbours", "regression", features, answers, groups=groups, **settings)
    mixed = tuned("k nearest neighbours", "regression", features, answers, **settings)
    assert apart.score < 0 < 0.9 < mixed.score


def test_few_rows_have_few_folds_and_neighbours() -> None:
    features, answers = waves(9)
    rival = tuned("k nearest neighbours", "regression", features, answers, folds=20)
    assert rival.folds == 4
    assert rival.tried == 2 * 4  # 1, 2, 3 and 5 neighbours of 6 rows
    assert np.isfinite(rival.score)
    with pytest.raises(ValueError, match="nothing can be held out"):
        tuned("logistic regression", "classification", features, np.arange(9))
    with pytest.raises(ValueError, match="no baseline"):
        tuned("logistic regression", "regression", features, answers)


@pytest.mark.parametrize("shape", [(40, 12), (12, 40)])
def test_principal_components_are_scikit_learns(shape: tuple[int, int]) -> None:
    rows = np.random.default_rng(0).normal(size=shape) * np.linspace(1, 3, shape[1]) + 5
    code, theirs = principal_components(rows, 6), PCA(6).fit(rows)
    assert code.encode(rows, 4).shape == (shape[0], 4)
    again = code.decode(code.encode(rows, 6))
    np.testing.assert_allclose(again, theirs.inverse_transform(theirs.transform(rows)), atol=1e-9)
    np.testing.assert_allclose(
        code.variances, theirs.explained_variance_ * (shape[0] - 1) / shape[0], rtol=1e-9
    )
    np.testing.assert_allclose(code.directions @ code.directions.T, np.eye(6), atol=1e-9)
    with pytest.raises(ValueError, match="no 13"):
        principal_components(rows, 13)
