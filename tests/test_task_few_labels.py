"""Naming nodes from a few labels: what is shown, what is judged, and the baselines beside scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from zoo.blocks import graph_sets
from zoo.claim import Outcome
from zoo.evidence.tasks import few_labels
from zoo.evidence.tasks.few_labels import FewLabels

KNOWN = graph_sets.contextual(7, nodes=400, classes=4, within=8, across=1)
SPLIT = few_labels.split(KNOWN, 0)


@pytest.mark.parametrize("count", FewLabels.dial.values)
def test_so_many_of_each_class_are_shown_and_never_judged(count: float) -> None:
    nodes, labels = SPLIT.shown(count)
    assert np.bincount(labels).tolist() == [count] * 4
    assert not set(nodes.tolist()) & set(SPLIT.judged().tolist())
    assert len(SPLIT.judged()) == 400 - 4 * few_labels.MOST
    assert FewLabels().judge(SPLIT, Outcome(KNOWN.labels)) == {"accuracy": 100}


def test_more_is_shown_to_who_has_seen_the_less() -> None:
    few, many = (set(SPLIT.shown(count)[0].tolist()) for count in (5, 20))
    assert few < many
    other = few_labels.split(KNOWN, 1).shown(5)[0]
    assert set(other.tolist()) != few


@pytest.mark.parametrize("name", FewLabels().baselines())
def test_baselines_do_better_than_chance_and_look_at_no_other_label(name: str) -> None:
    run = FewLabels().baselines()[name]
    said = run(SPLIT, 10).made
    assert FewLabels().judge(SPLIT, Outcome(said))["accuracy"] > 40
    nodes, labels = SPLIT.shown(10)
    rest = np.setdiff1d(np.arange(400), nodes)
    hidden = np.random.default_rng(0).integers(4, size=400)
    hidden[nodes] = labels
    blind = few_labels.Split(SPLIT.near, SPLIT.features, hidden, np.concatenate([nodes, rest]))
    np.testing.assert_array_equal(blind.shown(10)[0], nodes)
    np.testing.assert_array_equal(run(blind, 10).made, said)


def test_spreading_is_that_of_scikit_learn() -> None:
    from sklearn.semi_supervised import LabelSpreading

    nodes, labels = SPLIT.shown(5)
    known = np.full(400, -1)
    known[nodes] = labels
    theirs = LabelSpreading(
        lambda x, y: SPLIT.near.toarray(), alpha=few_labels.TRUST, max_iter=few_labels.ROUNDS
    )
    theirs.fit(KNOWN.features, known)
    ours = FewLabels().baselines()["Label spreading"](SPLIT, 5).made
    linked = np.asarray(SPLIT.near.sum(axis=1) > 0)
    assert (ours == theirs.transduction_)[linked].mean() > 0.97


def test_eigenvectors_solve_the_problem_of_the_laplacian() -> None:
    near = graph_sets.adjacency(graph_sets.planted(0).graph)
    degrees = near.sum(axis=1)
    vectors = few_labels.eigenvectors(near, 5)
    laplacian = sparse.diags_array(degrees) - near
    scaled = degrees[:, None] * vectors
    values = (vectors * (laplacian @ vectors)).sum(axis=0) / (vectors * scaled).sum(axis=0)
    joined = degrees > 0
    np.testing.assert_allclose((laplacian @ vectors)[joined], (scaled * values)[joined], atol=1e-8)
    assert (np.diff(values) > -1e-9).all()
