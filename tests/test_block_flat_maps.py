"""Flat maps: points that are flat are recovered, and the stress does not rise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from zoo.blocks import flat_maps, trees


@pytest.mark.parametrize("dimensions", [2, 3, 7])
def test_points_of_a_plane_are_recovered_up_to_a_turn(dimensions: int) -> None:
    points = np.random.default_rng(0).standard_normal((30, 2))
    apart = cdist(points, points)
    for way in (flat_maps.classical, flat_maps.stress):
        places = way(apart, dimensions)
        assert places.shape == (30, dimensions)
        np.testing.assert_allclose(cdist(places, places), apart, atol=1e-6)


def test_more_axes_than_points_are_zeros() -> None:
    apart = cdist(np.eye(3), np.eye(3))
    places = flat_maps.classical(apart, 5)
    np.testing.assert_allclose(cdist(places, places), apart, atol=1e-7)
    np.testing.assert_allclose(places[:, 2:], 0, atol=1e-7)


def test_the_map_of_least_stress_has_less_than_the_classical_one() -> None:
    circle = np.abs(np.subtract.outer(np.arange(20), np.arange(20)))
    round_trip = np.minimum(circle, 20 - circle).astype(float)

    def off(places: np.ndarray) -> float:
        return float(((cdist(places, places) - round_trip) ** 2).sum())

    assert off(flat_maps.stress(round_trip)) < 0.8 * off(flat_maps.classical(round_trip))


def test_equal_eigenvalues_give_as_many_axes_as_were_asked_for() -> None:
    """A tree of twins: every pair of leaves is alike, and most eigenvalues are of a crowd."""
    roots = np.sqrt(trees.balanced(3, 4).distances)
    places = flat_maps.classical(roots, 100)
    assert places.shape == (121, 100)
    whole = flat_maps.classical(roots, 120)
    np.testing.assert_allclose(
        cdist(whole, whole), roots, atol=1e-6
    )  # the root of a tree's distances is Euclidean
