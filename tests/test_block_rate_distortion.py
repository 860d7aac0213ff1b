"""Bjøntegaard's measures beside a public implementation, closed forms, and refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.blocks import rate_distortion as rd
from zoo.errors import InputError

OURS = ([0.4, 0.9, 1.7, 3.1], [26.0, 29.5, 32.9, 36.2])
THEIRS = ([0.5, 1.1, 2.4, 4.0, 5.2], [25.0, 28.0, 33.0, 36.5, 37.9])


def test_psnr_of_a_known_error():
    assert rd.psnr(np.zeros((4, 4)), np.full((4, 4), 2.0), 255) == pytest.approx(20 * np.log10(255 / 2))
    assert rd.psnr(np.zeros(5, "u1"), np.full(5, 255, "u1"), 255) == pytest.approx(0)  # bytes do not wrap
    assert rd.psnr(np.ones(3), np.ones(3), 2) == np.inf
    each = rd.psnr_each(np.zeros((2, 3)), np.array([[1.0, 1, 1], [0.1, 0.1, 0.1]]), 1)
    assert each == pytest.approx([0, 20])


def test_bits():
    assert rd.bits_per_item(128, 1024) == 1.0


@pytest.mark.parametrize("swap", [False, True])
def test_agrees_with_the_public_implementation(swap: bool):
    bjontegaard = pytest.importorskip("bjontegaard")
    ours, theirs = (THEIRS, OURS) if swap else (OURS, THEIRS)
    options = {"method": "pchip", "require_matching_points": False, "min_overlap": 0}
    assert rd.bd_psnr(ours, theirs) == pytest.approx(bjontegaard.bd_psnr(*theirs, *ours, **options), abs=1e-9)
    percent = bjontegaard.bd_rate(*theirs, *ours, **options)
    assert rd.bd_rate(ours, theirs) == pytest.approx(percent / 100, abs=1e-9)


@given(
    st.lists(st.floats(0.1, 2.0), min_size=3, max_size=6),
    st.floats(-5, 5),
    st.floats(0.5, 2.0),
)
@settings(max_examples=40, deadline=None)
def test_a_shifted_curve_differs_by_the_shift(steps: list[float], gain: float, factor: float):
    rate = np.exp(np.cumsum(steps) / 2)
    quality = 20 + np.cumsum(steps)[::-1].cumsum()
    assert rd.bd_psnr((rate, quality + gain), (rate, quality)) == pytest.approx(gain, abs=1e-9)
    assert rd.bd_rate((rate * factor, quality), (rate, quality)) == pytest.approx(factor - 1, abs=1e-9)
    assert rd.bd_psnr((rate, quality), (rate, quality + gain)) == pytest.approx(-gain, abs=1e-9)


def test_logarithmic_curves_in_closed_form():
    rate = np.geomspace(0.25, 4, 60)
    found = rd.bd_psnr((rate, 30 + 7 * np.log10(rate)), (rate[20:], 28 + 5 * np.log10(rate[20:])))
    low, high = np.log10(rate[20]), np.log10(4)
    assert found == pytest.approx(2 + 2 * (low + high) / 2, abs=1e-6)


def test_mean_qualities_up_to_a_rate():
    rate = np.geomspace(1, 100, 3)
    line, flat = 10 * np.log10(rate), np.array([1.0, 1.001, 1.002])
    ours, theirs = rd.mean_qualities((rate, line), (rate, flat), most=10)
    assert ours == pytest.approx(5)
    assert theirs == pytest.approx(1.0005, abs=1e-4)
    with pytest.raises(InputError, match="no range in common"):
        rd.mean_qualities((rate, line), (rate, flat), most=0.5)


def test_the_frontier_drops_what_is_beaten():
    rate, quality = rd.frontier([3, 1, 2, 2, 4], [30, 20, 28, 25, 29])
    assert rate.tolist() == [1, 2, 3]
    assert quality.tolist() == [20, 28, 30]


def test_quality_at_other_rates():
    found = rd.at_rates([1, 10, 100], [20, 30, 40], [10, 5, 0.5, 200])
    assert found[:2] == pytest.approx([30, 20 + 10 * np.log10(5)])
    assert np.isnan(found[2:]).all()
    assert rd.at_rates([2], [20], [2, 3])[0] == 20


@pytest.mark.parametrize(
    ("ours", "theirs", "says"),
    [
        (([1, 2], [20, 30]), ([3, 4], [20, 30]), "no range in common"),
        (([1], [20]), ([1, 2], [20, 30]), "two or more"),
        (([1, 2], [20]), ([1, 2], [20, 30]), "one quality for each"),
        (([0, 2], [20, 30]), ([1, 2], [20, 30]), "positive rates"),
        (([1, 2], [20, np.inf]), ([1, 2], [20, 30]), "finite"),
        (([], []), ([1, 2], [20, 30]), "one rate"),
    ],
)
def test_refusals_are_sentences(ours: tuple, theirs: tuple, says: str):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for measure in (rd.bd_psnr, rd.bd_rate):
            if measure is rd.bd_rate and "range" in says:
                continue
            with pytest.raises(InputError, match=says):
                measure(ours, theirs)


def test_qualities_without_overlap():
    with pytest.raises(InputError, match="no range in common"):
        rd.bd_rate(([1, 2], [20, 25]), ([1, 2], [30, 35]))


def test_signals_that_do_not_match():
    with pytest.raises(InputError, match="one shape"):
        rd.psnr(np.zeros(3), np.zeros(4), 1)
    with pytest.raises(InputError, match="one shape"):
        rd.psnr_each(np.zeros((0, 3)), np.zeros((0, 3)), 1)
