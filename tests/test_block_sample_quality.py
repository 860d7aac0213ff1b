"""Distances of samples by plain double sums, scipy's matrix root, and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import energy_distance as energy_on_a_line

from zoo.blocks.sample_quality import energy_distance, frechet_distance, kernel_distance, precision_recall


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 6)), rng.normal(size=(50, 6)) @ rng.normal(size=(6, 6)) / 2 + 0.5


def test_kernel_distance_is_the_double_sum(pair) -> None:
    x, y = pair

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return (float(a @ b) / 6 + 1) ** 3

    within = [
        np.mean([kernel(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j])
        for rows in (x, y)
    ]
    between = np.mean([kernel(a, b) for a in x for b in y])
    assert kernel_distance(x, y) == pytest.approx(sum(within) - 2 * between)


def test_kernel_distance_of_equals_is_zero_on_average_and_of_others_is_not() -> None:
    rng = np.random.default_rng(1)
    alike = [kernel_distance(*rng.normal(size=(2, 60, 6))) for _ in range(200)]
    assert abs(np.mean(alike)) < 3 * np.std(alike) / np.sqrt(200)
    assert min(alike) < 0
    assert kernel_distance(rng.normal(size=(60, 6)), rng.normal(1, 1, (60, 6))) > 5 * max(alike)


def test_frechet_distance_is_that_of_scipys_root(pair) -> None:
    x, y = pair
    first, second = np.cov(x.T), np.cov(y.T)
    expected = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(
        first + second - 2 * sqrtm(first @ second).real
    )
    assert frechet_distance(x, y) == pytest.approx(expected)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)


def test_precision_and_recall_by_brute_force(pair) -> None:
    x, y = pair

    def covered(points: np.ndarray, ground: np.ndarray) -> float:
        inside = 0
        for point in points:
            for center in ground:
                radius = sorted(np.linalg.norm(other - center) for other in ground)[3]
                if np.linalg.norm(point - center) <= radius:
                    inside += 1
                    break
        return inside / len(points)

    assert precision_recall(x, y) == pytest.approx((covered(x, y), covered(y, x)))
    assert 0 < covered(x, y) < 1


def test_lost_modes_lower_recall_and_noise_lowers_precision() -> None:
    rng = np.random.default_rng(2)
    real = rng.normal(size=(200, 2)) + np.repeat([[0, 0], [20, 0]], 100, 0)
    precision, recall = precision_recall(rng.normal(size=(200, 2)), real)
    assert precision > 0.9
    assert recall < 0.6
    spread = rng.uniform(-30, 30, (200, 2))
    assert precision_recall(spread, real)[0] < 0.1


def test_energy_distance_is_scipys_on_a_line_but_for_equal_rows() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=400), rng.normal(0.5, 1, 500)
    mine = energy_distance(x[:, None], y[:, None])
    within = [np.abs(rows[:, None] - rows).sum() / len(rows) ** 2 / (len(rows) - 1) for rows in (x, y)]
    assert mine == pytest.approx(energy_on_a_line(x, y) ** 2 - sum(within))
