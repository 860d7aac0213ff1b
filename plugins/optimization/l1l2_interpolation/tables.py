"""A visitor's table as a regression problem: checked, split and standardised."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo.blocks.tables import counted, numbers, quoted, several
from zoo.method import InputError
from zoo.types import note
from zoo.types.columns import column_of

if TYPE_CHECKING:
    import pandas

LEAST_ROWS = 8
MOST_ROWS = 1000
MOST_CELLS = 3_000_000


@dataclass(frozen=True)
class Split:
    """Training and held-out rows in units of the training rows' means and standard deviations.

    Attributes:
        names: of the features, d of them.
        X: training features (n, d).
        y: training targets (n,), of mean 0 and variance 1.
        X_held: held-out features.
        y_held: held-out targets, on the same scale.
    """

    names: list[str]
    X: np.ndarray
    y: np.ndarray
    X_held: np.ndarray
    y_held: np.ndarray

    def held_out_error(self, beta: np.ndarray) -> float:
        """Squared error on the held-out rows; predicting the training mean gives 1."""
        residual = self.y_held - self.X_held @ beta
        return float(residual @ residual / (self.y_held @ self.y_held))


def split(
    frame: pandas.DataFrame, target: str, held_out: float, seed: int, repeated: Collection[str] = ()
) -> Split:
    """Check a table and part its rows; `repeated` are names that several of its columns had.

    Raises:
        InputError: the table is no wide regression problem; the message says why.
    """
    X, y, names = _numbers(frame, target, repeated)
    known = np.isfinite(y)
    if not known.all():
        note(
            f"{counted(int((~known).sum()), 'row')} without a target {'is' if (~known).sum() == 1 else 'are'} left out."
        )
        X, y = X[known], y[known]
    rows = np.random.default_rng(seed).permutation(len(y))
    held = max(2, round(held_out * len(y)))
    test, train = rows[:held], rows[held:]
    if len(train) >= X.shape[1]:
        raise InputError(
            f"{len(train)} training rows and {X.shape[1]} feature columns leave no choice between fits;"
            " send a table with more feature columns than rows, or hold out more."
        )
    X = _filled(X, train)
    centre, scale = X[train].mean(axis=0), X[train].std(axis=0)
    scale[scale < 1e-12 * np.abs(X).max(axis=0)] = 1
    level, spread = y[train].mean(), y[train].std()
    if spread <= 1e-12 * np.abs(y).max() or np.ptp(y[test]) == 0:
        raise InputError(
            f"the column {target} is constant within the training or the held-out rows; try another seed."
        )
    X, y = (X - centre) / scale, (y - level) / spread
    return Split(names, X[train], y[train], X[test], y[test])


def _filled(X: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Features without gaps: each is filled with the mean of its training rows, so that held-out ones have no part."""
    holes = np.isnan(X)
    if not holes.any():
        return X
    known = (~holes[train]).sum(axis=0)
    means = np.where(holes, 0.0, X)[train].sum(axis=0) / np.maximum(known, 1)
    note(f"{counted(int(holes.sum()), 'empty cell')} filled with the mean of the training rows.")
    return np.where(holes, means, X)


def _numbers(
    frame: pandas.DataFrame, target: str, repeated: Collection[str]
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Features (rows, d), target (rows,) and names, NaN where a cell is empty, without words and constant columns."""
    columns = [str(name) for name in frame.columns]
    target = column_of(target, columns)
    if target in repeated:
        raise InputError(f"two columns are called {quoted(target)}; give every column a name of its own.")
    if not LEAST_ROWS <= len(frame) <= MOST_ROWS or frame.size > MOST_CELLS:
        raise InputError(
            f"the table has {counted(len(frame), 'row')} and {counted(len(columns), 'column')}; {LEAST_ROWS} to"
            f" {MOST_ROWS:,} rows and at most {MOST_CELLS:,} cells are accepted."
        )
    if len(columns) < 3:
        raise InputError("the table needs a target and at least two feature columns.")
    frame = frame.set_axis(columns, axis=1)
    goal = numbers(frame, [target], missing="keep", fewest=1).values[:, 0]
    table = numbers(frame, aside={target}, missing="keep")
    for sentence in table.notes:
        note(sentence)
    varies = np.nanmin(table.values, axis=0) < np.nanmax(table.values, axis=0)
    if constant := [name for name, moves in zip(table.columns, varies, strict=True) if not moves]:
        note(f"{several(constant)} {'is' if len(constant) == 1 else 'are'} constant and left out.")
    return table.values[:, varies], goal, [name for name in table.columns if name not in constant]
