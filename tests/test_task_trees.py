"""The task of trees: what its baselines reach, and what a node costs."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.evidence.task import load
from zoo.evidence.tasks.trees import Laid, Trees
from zoo.types import Figure, File


def test_exact_distances_are_the_ceiling_for_neighbours() -> None:
    task = load("trees")
    item = next(task.items(quick=True)).given
    scores = {name: task.judge(item, run(item, 2)) for name, run in task.baselines().items()}
    assert scores["Shortest paths themselves"]["neighbours"] == 1
    assert scores["Shortest paths themselves"]["distortion"] == pytest.approx(0, abs=1e-9)
    assert scores["Stress MDS (scikit-learn)"]["distortion"] < scores["Classical MDS"]["distortion"]
    assert scores["Classical MDS"]["bits"] == 128
    assert all(set(row) == {score.key for score in task.scores} for row in scores.values())


def test_more_dimensions_keep_more_and_cost_more() -> None:
    task = Trees()
    item = next(task.items(quick=True)).given
    run = task.baselines()["Stress MDS (scikit-learn)"]
    two, ten = (task.judge(item, run(item, dial)) for dial in (2, 10))
    assert ten["neighbours"] > two["neighbours"]
    assert ten["bits"] == 640
    assert len(list(task.items(quick=False))) == 4


def test_contestants_without_places_are_shown_too() -> None:
    task = Trees()
    item = next(task.items(quick=True)).given
    outcomes = {name: run(item, 2) for name, run in task.baselines().items()}
    assert isinstance(task.show(item, outcomes), Figure)
    laid = Laid.flat(np.eye(3))
    np.testing.assert_allclose(laid.distances, np.sqrt(2) * (1 - np.eye(3)))


def test_a_visitors_tree_is_compared_if_it_is_small() -> None:
    task = Trees()
    assert len(task.item(File("tree.txt", b"a\n  b\n  c\n    d\n"))) == 4
    many = "root\n" + "\n".join(f"  leaf {number}" for number in range(400))
    with pytest.raises(InputError, match="at most 400"):
        task.item(File("tree.txt", many.encode()))
