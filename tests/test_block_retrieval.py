"""Search by cosine: order, ties, and recall."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks.retrieval import Index, directions, ranks, recalls


def test_nearest_first_whatever_the_lengths() -> None:
    index = Index(np.array([[3.0, 0], [0, 0.1], [1, 1], [0, 0]]))
    places, cosines = index.top(np.array([[0.5, 0.4]]), 4)
    assert places.tolist() == [[2, 0, 1, 3]]
    assert cosines[0, -1] == 0
    assert index.top(np.ones((2, 2)), 9)[0].shape == (2, 4)


def test_directions_keep_a_row_of_zeros() -> None:
    np.testing.assert_allclose(directions(np.array([[3.0, 4], [0, 0]])), [[0.6, 0.8], [0, 0]])


def test_recall_of_what_is_known() -> None:
    similarity = np.array([[0.9, 0.1, 0.2], [0.8, 0.5, 0.6], [0.1, 0.2, 0.0]])
    assert ranks(similarity).tolist() == [1, 3, 3]
    assert recalls(similarity, (1, 2, 3)) == pytest.approx([100 / 3, 100 / 3, 100])
    assert ranks(similarity, np.array([0, 0, 1])).tolist() == [1, 1, 1]


def test_a_search_that_tells_nothing_apart_finds_nothing_early() -> None:
    same = np.zeros((9, 9))
    assert recalls(same, (1, 4, 5)) == [0, 0, 100]


def test_recall_of_chance_is_its_share() -> None:
    similarity = np.random.default_rng(0).normal(size=(400, 400))
    assert recalls(similarity, (40,))[0] == pytest.approx(10, abs=4)
