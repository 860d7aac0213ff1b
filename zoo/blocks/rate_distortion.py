"""Rate against distortion: quality, bits for each item, and how far one curve lies above another.

A curve is a list of rates (any unit) and as many qualities (dB). Bjøntegaard's measure [1] draws a smooth
curve through the points over the logarithm of the rate and averages the gap over what both curves cover:

    BD-PSNR = mean over log r of (ours(r) - theirs(r))           dB at equal rate
    BD-rate = 10^(mean over q of (log10 r_ours(q) - log10 r_theirs(q))) - 1    bits at equal quality

The smooth curve is a piecewise cubic that keeps the order of the points (PCHIP) [2], as video standards
bodies use it today; a single cubic can swing between points.

References:
    [1] Bjøntegaard. Calculation of average PSNR differences between RD-curves. VCEG-M33, 2001.
    [2] Herglotz et al. Beyond Bjøntegaard: limits of video compression performance comparisons. ICIP 2022.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo.errors import InputError

Array = NDArray[np.float64]
Curve = tuple[ArrayLike, ArrayLike]


def psnr(signal: ArrayLike, decoded: ArrayLike, peak: float) -> float:
    """Peak signal-to-noise ratio, dB; infinite where nothing was lost.

    Args:
        signal: any shape.
        decoded: of the same shape.
        peak: the widest range of the signal: 255 for bytes, 2 for samples in [-1, 1].
    """
    return float(psnr_each(np.asarray(signal)[None], np.asarray(decoded)[None], peak)[0])


def psnr_each(signals: ArrayLike, decoded: ArrayLike, peak: float) -> Array:
    """The same for each item of `(items, ...)`; shape `(items,)`.

    Raises:
        InputError: the shapes differ, or there is nothing to compare.
    """
    original, restored = np.asarray(signals), np.asarray(decoded)
    if original.shape != restored.shape or original.size == 0:
        raise InputError(
            f"quality needs two signals of one shape, not {original.shape} and {restored.shape}."
        )
    error = original.astype(np.float64) - restored
    return decibels(np.square(error).reshape(len(original), -1).mean(1), peak)


def decibels(squared_error: ArrayLike, peak: float) -> Array:
    """PSNR of mean squared errors; infinite for 0."""
    with np.errstate(divide="ignore"):
        return 10 * np.log10(peak**2 / np.asarray(squared_error, np.float64))


def bits_per_item(size: int, items: int) -> float:
    """Bits that a file of `size` bytes spends on each pixel, sample or voxel."""
    return 8 * size / items


def frontier(rates: ArrayLike, qualities: ArrayLike) -> tuple[Array, Array]:
    """The points that no other beats at a rate as low, from low rate to high: each better than the last."""
    rate, quality = _points(rates, qualities)
    order = np.lexsort((-quality, rate))
    rate, quality = rate[order], quality[order]
    best = np.maximum.accumulate(np.concatenate([[-np.inf], quality[:-1]]))
    kept = quality > best
    return rate[kept], quality[kept]


def at_rates(rates: ArrayLike, qualities: ArrayLike, wanted: ArrayLike) -> Array:
    """The quality of a curve at other rates; NaN where the curve does not reach."""
    rate, quality = frontier(rates, qualities)
    if len(rate) == 1:
        return np.where(np.asarray(wanted) == rate[0], quality[0], np.nan)
    from scipy.interpolate import PchipInterpolator  # which tasks, listed by the app as it starts, do without

    return PchipInterpolator(np.log10(rate), quality, extrapolate=False)(np.log10(wanted))


def bd_psnr(ours: Curve, theirs: Curve) -> float:
    """How much better our quality is at equal rate, dB, on average over the rates that both reach.

    Args:
        ours: rates and qualities.
        theirs: alike; the numbers of points may differ.

    Raises:
        InputError: fewer than two points, or no common range.
    """
    better, worse = mean_qualities(ours, theirs)
    return better - worse


def mean_qualities(ours: Curve, theirs: Curve, most: float = np.inf) -> tuple[float, float]:
    """The two averages whose difference is BD-PSNR: each curve's quality over the rates that both reach.

    Args:
        ours: rates and qualities.
        theirs: alike.
        most: rates above are left out.

    Raises:
        InputError: fewer than two points, or no common range.
    """
    curves = [(np.log10(rate), quality) for rate, quality in (frontier(*ours), frontier(*theirs))]
    return _means(curves[0], curves[1], "rates", np.log10(most))


def bd_rate(ours: Curve, theirs: Curve) -> float:
    """How many more bits ours needs at equal quality, as a fraction (-0.5: half as many).

    Raises:
        InputError: fewer than two points, or no common range.
    """
    (rate, quality), (other_rate, other_quality) = frontier(*ours), frontier(*theirs)
    more, less = _means((quality, np.log10(rate)), (other_quality, np.log10(other_rate)), "qualities")
    return float(10 ** (more - less) - 1)


def common_range(curves: Sequence[ArrayLike]) -> tuple[float, float]:
    """Where all curves lie, given the rates (or qualities) of each.

    Raises:
        InputError: nowhere.
    """
    low = max(float(np.min(curve)) for curve in curves)
    high = min(float(np.max(curve)) for curve in curves)
    if not low < high:
        raise InputError("the curves have no range in common; measure both at overlapping rates.")
    return low, high


def _means(
    ours: tuple[Array, Array], theirs: tuple[Array, Array], what: str, most: float = np.inf
) -> tuple[float, float]:
    """The mean of each curve over the common range of the first coordinates, up to `most`."""
    if min(len(ours[0]), len(theirs[0])) < 2:
        raise InputError(f"comparing curves needs two or more {what} of each.")
    low, high = common_range([ours[0], theirs[0]])
    high = min(high, most)
    if not low < high:
        raise InputError("the curves have no range in common; measure both at overlapping rates.")
    from scipy.interpolate import PchipInterpolator

    first, second = (float(PchipInterpolator(*curve).integrate(low, high)) for curve in (ours, theirs))
    return first / (high - low), second / (high - low)


def _points(rates: ArrayLike, qualities: ArrayLike) -> tuple[Array, Array]:
    rate, quality = np.asarray(rates, np.float64), np.asarray(qualities, np.float64)
    if rate.shape != quality.shape or rate.ndim != 1 or not rate.size:
        raise InputError("a curve is one rate and one quality for each point.")
    if not (np.isfinite(quality).all() and np.isfinite(rate).all() and (rate > 0).all()):
        raise InputError("a curve needs positive rates and finite qualities.")
    return rate, quality
