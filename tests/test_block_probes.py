"""Probes of frozen features against scikit-learn, and where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from zoo.blocks.probes import linear_probe, nearest_neighbours, tuned_probe

CLASSES = 4


def clouds(n: int, spread: float, seed: int = 0, p: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Normal clouds around one centre a class, of unequal scale and far from the origin."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(CLASSES, p))
    labels = np.concatenate([np.arange(CLASSES), rng.integers(CLASSES, size=n - CLASSES)])
    return (centres[labels] + spread * rng.normal(size=(n, p))) * np.arange(1, p + 1) + 5, labels


@pytest.mark.parametrize("penalty", [1e-3, 1e-1])
def test_the_linear_probe_is_scikit_learns_logistic_regression(penalty: float) -> None:
    features, labels = clouds(300, 2.0)
    queries, _ = clouds(50, 2.0, seed=1)
    scaler = StandardScaler().fit(features)
    theirs = LogisticRegression(C=1 / (300 * penalty), tol=1e-10, max_iter=10_000)
    theirs.fit(scaler.transform(features), labels)
    ours = linear_probe(features, labels, penalty, steps=5_000)
    np.testing.assert_allclose(ours.weight.T, theirs.coef_, atol=2e-3)
    chances = np.exp(ours.logits(queries))
    chances /= chances.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(chances, theirs.predict_proba(scaler.transform(queries)), atol=1e-3)


def test_the_linear_probe_does_not_change_with_scale_and_origin() -> None:
    features, labels = clouds(200, 1.0)
    stretch = np.linspace(0.01, 30, features.shape[1])
    here, there = linear_probe(features, labels), linear_probe(features * stretch - 7, labels)
    np.testing.assert_allclose(here.weight, there.weight, atol=1e-4)


def test_without_information_the_probe_says_how_frequent_classes_are() -> None:
    labels = np.array([0, 0, 0, 1])
    logits = linear_probe(np.ones((4, 3)), labels).logits(np.ones((1, 3)))[0]
    assert np.exp(logits[0] - logits[1]) == pytest.approx(3, rel=1e-3)


def test_clouds_apart_are_told_apart() -> None:
    features, labels = clouds(200, 0.05)
    queries, wanted = clouds(80, 0.05, seed=1)
    assert linear_probe(features, labels).accuracy(queries, wanted) == 1
    assert np.array_equal(nearest_neighbours(features - 5, labels, queries - 5, k=7), wanted)


def test_the_tuned_penalty_is_the_best_on_the_rows_held_back() -> None:
    features, labels = clouds(120, 3.0)
    penalties = (1e-6, 1e-1, 1e3)
    scores = [
        linear_probe(features[:96], labels[:96], one).accuracy(features[96:], labels[96:])
        for one in penalties
    ]
    best = linear_probe(features, labels, penalties[int(np.argmax(scores))])
    np.testing.assert_array_equal(tuned_probe(features, labels, penalties).weight, best.weight)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_neighbours_are_scikit_learns(k: int) -> None:
    features, labels = clouds(400, 2.0)
    queries, _ = clouds(150, 2.0, seed=1)
    theirs = (
        KNeighborsClassifier(k, metric="cosine", algorithm="brute").fit(features, labels).predict(queries)
    )
    np.testing.assert_array_equal(nearest_neighbours(features, labels, queries, k, block=64), theirs)


def test_weighted_neighbours_are_scikit_learns() -> None:
    features, labels = clouds(400, 2.0)
    queries, _ = clouds(150, 2.0, seed=1)
    theirs = KNeighborsClassifier(
        15, metric="cosine", algorithm="brute", weights=lambda far: np.exp((1 - far) / 0.07)
    )
    found = nearest_neighbours(features, labels, queries, 15, temperature=0.07)
    np.testing.assert_array_equal(found, theirs.fit(features, labels).predict(queries))


def test_a_cold_vote_is_that_of_the_nearest_alone() -> None:
    features, labels = clouds(100, 2.0)
    queries, _ = clouds(40, 2.0, seed=1)
    cold = nearest_neighbours(features, labels, queries, 30, temperature=1e-6)
    np.testing.assert_array_equal(cold, nearest_neighbours(features, labels, queries, 1))


def test_a_feature_of_length_zero_is_no_trouble() -> None:
    assert nearest_neighbours(np.zeros((3, 2)), np.array([1, 1, 0]), np.zeros((1, 2)), k=9).tolist() == [1]


@pytest.mark.parametrize("probe", [linear_probe, lambda x, y: nearest_neighbours(x, y, x)])
def test_rows_need_labels(probe) -> None:
    for count in (0, 2):
        with pytest.raises(ValueError, match="one label"):
            probe(np.zeros((count, 2)), np.zeros(3, int))
    with pytest.raises(ValueError, match="at least one neighbour"):
        nearest_neighbours(np.eye(2), np.arange(2), np.eye(2), k=0)
