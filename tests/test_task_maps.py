"""True distances of the clouds that maps are drawn of, and which rivals there are."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import cdist

from zoo.evidence.tasks import maps


@pytest.mark.parametrize("make", [maps.rolled, maps.tree])
def test_true_distances_are_those_of_short_ways_through_many_points(make: object) -> None:
    cloud = make(1500, noise=0.0, seed=1)
    straight = cdist(cloud.rows, cloud.rows)
    near = np.where(straight < np.partition(straight, 13, axis=1)[:, 13:14], straight, 0)
    ways = shortest_path(np.maximum(near, near.T), directed=False)
    assert np.isfinite(ways).all()
    np.testing.assert_allclose(cloud.distances, cloud.distances.T, atol=1e-9)
    assert (cloud.distances >= straight - 1e-6).all(), "nothing is nearer than the straight line"
    far = cloud.distances > 10
    ratio = ways[far] / cloud.distances[far]
    assert 0.95 < np.median(ratio) < 1.1
    assert np.corrcoef(ways[far], cloud.distances[far])[0, 1] > 0.99


def test_rivals_of_packages_that_are_missing_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(maps.Maps().baselines()) == 7
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert list(maps.Maps().baselines()) == [
        "PCA (scikit-learn)",
        "Isomap (scikit-learn)",
        "t-SNE (scikit-learn)",
    ]
