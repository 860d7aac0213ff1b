"""Principal components, rounded and entropy coded: the linear rival of every learned code of short signals.

Components of training signals, one step of rounding for all of them, and for each component a table of how often
training signals gave each whole number. No code with one step and fixed tables for uncorrelated numbers does better on
signals like those of training: at high rates equal steps are right for squared error (Goyal, Theoretical foundations of
transform coding, 2001), at low ones the many numbers that round to 0 cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from zoo.blocks.entropy_coding import REACH, Tables, whole_frequencies
from zoo.blocks.seeded import seeded


@dataclass(frozen=True, eq=False)
class ComponentCode:
    """A code of signals at one step of rounding.

    Attributes:
        mean: float32 (values,).
        components: float32 (values, count), orthonormal, by falling variance.
        step: of rounding, in units of the signal.
        tables: what whole numbers are coded by.
        middles: float32 (count, 2 * REACH + 1), what each whole number of a table stands for, in steps: the mean of
            those training numbers that were rounded to it.
    """

    mean: np.ndarray
    components: np.ndarray
    step: float
    tables: Tables
    middles: np.ndarray

    def symbols(self, signals: np.ndarray) -> np.ndarray:
        """Whole numbers, int64 (n, count), of signals (n, values)."""
        return _scores(signals, self.mean, self.components, self.step).round().astype(np.int64)

    def decode(self, symbols: np.ndarray) -> np.ndarray:
        """Signals, float32 (n, values), of whole numbers."""
        inside = np.abs(symbols) <= REACH
        place = np.where(inside, symbols, 0).T + REACH
        middles = np.take_along_axis(self.middles, place, axis=1).T
        scores = np.where(inside, middles, symbols).astype(np.float32) * np.float32(self.step)
        return scores @ self.components.T + self.mean

    def encode(self, symbols: np.ndarray) -> bytes:
        """The bytes of whole numbers (n, count)."""
        return self.tables.encode(symbols)


STEPS = (3.0, 2.2, 1.6, 1.2, 0.9, 0.65, 0.45, 0.33, 0.23, 0.16)
"""Steps of rounding for signals in [-1, 1] and of small pictures' size, from few bits to many."""


def learn_codes(signals: np.ndarray, count: int, steps: Sequence[float] = STEPS) -> tuple[ComponentCode, ...]:
    """A code of signals (n, values) by at most ``count`` components for each step."""
    mean, components = learn_components(signals, count)
    return tuple(learn_code(signals, mean, components, step) for step in steps)


def learn_components(signals: np.ndarray, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Mean (values,) and components (values, count), float32, of signals (n, values), by random projection."""
    mean = signals.mean(0)
    with seeded(seed):
        centred = torch.from_numpy(np.ascontiguousarray(signals - mean))
        components = torch.svd_lowrank(centred, min(count + 32, *signals.shape), niter=2)[2]
    return mean, components[:, :count].numpy()


def learn_code(signals: np.ndarray, mean: np.ndarray, components: np.ndarray, step: float) -> ComponentCode:
    """The code of a step with tables counted on training signals (n, values).

    Counts are smoothed by the Laplace density with the same mean distance from 0, worth 16 signals, so that what
    training never gave can be sent. Components that no training signal gives another number than 0 are left out.
    """
    scores = _scores(signals, mean, components, step)
    symbols = scores.round().astype(np.int64)
    used = np.flatnonzero(symbols.any(0))
    scores, symbols = scores[:, used], symbols[:, used]
    shifts = np.maximum(0, np.ceil(np.log2((np.abs(symbols).max(0) + 1) / (REACH + 0.5)))).astype(np.int16)
    buckets = symbols >> shifts.astype(np.int64)
    edges = np.arange(-REACH, REACH + 2) * 2.0 ** shifts[:, None] - 0.5
    spread = np.abs(scores).mean(0)[:, None] + 1e-3
    tail = np.exp(-np.abs(edges) / spread) / 2
    expected = np.diff(np.where(edges < 0, tail, 1 - tail), axis=1)
    counts = _counted(buckets) + 16 * np.concatenate([expected, tail[:, :1] + tail[:, -1:]], 1)
    near = np.where(np.abs(symbols) <= REACH, symbols, 2 * REACH)
    sums = _counted(near, scores)[:, :-1]
    times = _counted(near)[:, :-1]
    whole = np.arange(-REACH, REACH + 1)
    middles = ((sums + 4 * whole) / (times + 4)).astype(np.float32)
    return ComponentCode(mean, components[:, used], step, Tables(whole_frequencies(counts), shifts), middles)


def _scores(signals: np.ndarray, mean: np.ndarray, components: np.ndarray, step: float) -> np.ndarray:
    return (signals - mean) @ components / np.float32(step)


def _counted(buckets: np.ndarray, worth: np.ndarray | None = None) -> np.ndarray:
    """How often each bucket occurs (channels, 2 * REACH + 2), all that no table holds last; or what these are worth."""
    entries = np.where(np.abs(buckets) <= REACH, buckets + REACH, 2 * REACH + 1)
    size = 2 * REACH + 2
    flat = (entries + np.arange(buckets.shape[1]) * size).ravel()
    weights = None if worth is None else worth.ravel()
    return np.bincount(flat, weights, size * buckets.shape[1]).reshape(-1, size)
