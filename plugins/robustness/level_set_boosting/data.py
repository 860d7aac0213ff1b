"""Drawn worlds with groups, and tables of visitors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import sent_rows
from zoo.errors import InputError
from zoo.types import Table

Array = NDArray[np.float64]

LEAST_ROWS, MOST_ROWS = 200, 100_000


class Split(NamedTuple):
    """Rows in three parts, each X and y; y lies between 0 and 1 in the first.

    Attributes:
        train: what learners are fitted to.
        held: what decides.
        test: what is reported.
        groups: places of the columns of X that part the rows in groups of 0 and 1.
        names: of the columns of X.
        low: what 0 of y's is in the table's own unit.
        unit: how much more 1 is.
    """

    train: tuple[Array, Array]
    held: tuple[Array, Array]
    test: tuple[Array, Array]
    groups: NDArray[np.intp]
    names: list[str]
    low: float
    unit: float


def world(rows: int, seed: int, noise: float = 0.1) -> Split:
    """A world of six numbers and two groups: a wave, a step, and slopes that differ by group.

    As many rows again are drawn, half to decide and half to report.
    """
    rng = np.random.default_rng(seed)
    numbers, bits = rng.random((2 * rows, 6)), rng.integers(0, 2, (2 * rows, 2))
    a, b, c, d, e, f = numbers.T
    first, second = bits.T
    y = np.sin(2 * np.pi * a) * b + (c > 0.5) * d + first * (2 * e - 1) - second * f
    X = np.concatenate([numbers, bits], 1)
    y = y + noise * (y.max() - y.min()) * rng.standard_normal(len(y))
    names = ["a", "b", "c", "d", "e", "f", "first group", "second group"]
    return _parted(X, y, np.array([6, 7]), names, np.array([rows, rows + rows // 2]))


def _parted(X: Array, y: Array, groups: NDArray[np.intp], names: list[str], ends: NDArray[np.intp]) -> Split:
    low, high = y[: ends[0]].min(), y[: ends[0]].max()
    if high == low:
        raise InputError("the target is the same in all rows; choose a column that differs.")
    train, held, test = zip(np.split(X, ends), np.split((y - low) / (high - low), ends), strict=True)
    return Split(train, held, test, groups, names, float(low), float(high - low))


def of_table(table: Table, target: str, groups: list[str], seed: int) -> Split:
    """A table's columns of numbers, three fifths to learn from, a fifth each to decide and to report.

    Args:
        table: numbers; groups may be words of two kinds.
        target: what is predicted.
        groups: columns of two values each; those that have two if empty.
        seed: of the split.
    """
    frame = table.frame.copy()
    for name in frame.columns:
        kinds = frame[name].dropna().unique()
        if len(kinds) == 2 and name != target:
            second = (frame[name] == sorted(kinds, key=str)[1]).astype(float)
            frame[name] = second.where(frame[name].notna())
    read = sent_rows.numbers(frame, MOST_ROWS, fewest=2, fewest_rows=LEAST_ROWS, missing="drop the row")
    if target not in read.columns:
        raise InputError(f"column {target!r} holds no numbers that can be predicted; choose one of numbers.")
    place = read.columns.index(target)
    y, X = read.values[:, place], np.delete(read.values, place, axis=1)
    names = [name for name in read.columns if name != target]
    two = [number for number, column in enumerate(X.T) if len(np.unique(column)) == 2]
    wanted = [names.index(name) for name in groups if name in names]
    if len(wanted) < len(groups) or not set(wanted) <= set(two):
        raise InputError("groups are columns of two values each, such as yes and no; choose among those.")
    order = np.random.default_rng(seed).permutation(len(X))
    ends = np.array([len(X) * 3 // 5, len(X) * 4 // 5])
    return _parted(X[order], y[order], np.array(wanted or two[:3], int), names, ends)


def members(X: Array, groups: NDArray[np.intp], names: list[str]) -> dict[str, NDArray[np.bool_]]:
    """Rows of each group and of those outside, by name."""
    of: dict[str, NDArray[np.bool_]] = {}
    for place in groups:
        middle = X[:, place].mean()
        of |= {names[place]: X[:, place] > middle, f"not {names[place]}": X[:, place] <= middle}
    return of or {"all rows": np.ones(len(X), bool)}
