"""Dense probes: masks that features show are found, and the score is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from zoo.blocks.dense_probes import dense_probe, mean_iou


def test_mean_iou_is_the_mean_of_jaccard_scores() -> None:
    said, truth = np.random.default_rng(0).integers(0, 4, (2, 3, 20, 20))
    expected = jaccard_score(truth.ravel(), said.ravel(), average="macro")
    assert mean_iou(said, truth, 4) == pytest.approx(expected)
    assert mean_iou(truth, truth, 9) == 1


def test_what_features_show_is_found_and_what_they_do_not_is_not() -> None:
    rng = np.random.default_rng(0)
    cells = rng.random((12, 8, 8)) < 0.4
    masks = cells.repeat(4, 1).repeat(4, 2).astype(np.int64)
    shown = cells[..., None] + 0.1 * rng.standard_normal((12, 8, 8, 5))
    noise = rng.standard_normal((12, 8, 8, 5))
    scores = [
        mean_iou(dense_probe(each[:8], masks[:8], each[8:], (32, 32), places=400), masks[8:], 2)
        for each in (shown, noise)
    ]
    assert scores[0] > 0.8
    assert scores[1] < 0.5
