"""The mathematics of h-mds: known values, limits, and that shrinking pays."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.geometry.h_mds import model

VALUES = np.array([1.0, 2.0, 4.0, 5.0, 8.0])


def test_share_is_that_of_the_formula() -> None:
    assert model.share(VALUES, 1.0) == pytest.approx(1 - 2 / 30)
    assert model.share(VALUES, 100.0) == 0
    assert model.share(VALUES, 0.0) == 1
    assert model.share(VALUES[:3], 1.0) == 1


def test_share_has_no_unit() -> None:
    assert model.share(1000 * VALUES, 1000.0) == pytest.approx(model.share(VALUES, 1.0))


def test_shrinking_keeps_the_mean_and_scales_the_differences() -> None:
    estimate = model.shrunk(VALUES, 0.25)
    assert estimate.mean() == pytest.approx(VALUES.mean())
    np.testing.assert_allclose(np.diff(estimate), 0.25 * np.diff(VALUES))


def test_the_risk_is_below_that_of_the_measurements() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(2000, 10))
    measured = truth + rng.normal(size=truth.shape)
    estimates = np.stack([model.shrunk(row, model.share(row, 1.0)) for row in measured])
    assert np.mean((estimates - truth) ** 2) < 0.8 * np.mean((measured - truth) ** 2)
