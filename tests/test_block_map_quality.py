"""What maps are scored by, beside scikit-learn and by what must come out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from zoo.blocks import map_quality

ROWS = np.random.default_rng(0).standard_normal((90, 4))


def test_a_map_that_is_the_data_keeps_everybody_and_a_random_one_hardly_any() -> None:
    assert map_quality.recall(ROWS, 3 * ROWS + 1) == 1
    random = np.random.default_rng(1).standard_normal((90, 2))
    assert map_quality.recall(ROWS, random) == pytest.approx(15 / 89, abs=0.05)
    assert map_quality.trustworthiness(ROWS, ROWS) == 1


def test_recall_counts_neighbours_by_hand() -> None:
    rows = np.array([[0.0], [1.0], [10.0], [11.1]])
    swapped = np.array([[0.0], [10.0], [1.0], [11.1]])
    assert map_quality.recall(rows, swapped, 1) == 0
    assert map_quality.recall(rows, rows, 15) == 1, "no more neighbours than there are rows"


def test_far_is_far_whatever_the_scale() -> None:
    truth, random = cdist(ROWS, ROWS), np.random.default_rng(2).standard_normal((90, 2))
    assert map_quality.far_is_far(np.exp(truth), 5 * truth) == pytest.approx(1)
    assert map_quality.far_is_far(truth, 20 - truth) == pytest.approx(-1)
    assert abs(map_quality.far_is_far(truth, cdist(random, random))) < 0.2
    assert map_quality.far_is_far(truth, np.ones((90, 90))) == 0, "a ruler that says the same of all"
