"""Clouds out of a visitor's table."""

from __future__ import annotations

import numpy as np

from zoo.errors import InputError
from zoo.types import Table

from .model import Clouds

MOST = 200
"""Clouds; with more each has hardly a training point."""


def clouds(table: Table, label: str) -> Clouds:
    """A cloud for each row: its middle from the first two other columns of numbers, about the mean of all; its label.

    Raises:
        InputError: there are not two such columns, not two labels, too few or too many rows, or all rows are alike.
    """
    frame = table.frame.dropna(subset=[label])
    numbers = frame.drop(columns=label).select_dtypes("number")
    if numbers.shape[1] < 2:
        raise InputError("Table: send two columns of numbers that say where each cloud is, beside the label.")
    names = sorted(frame[label].unique(), key=str)
    if len(names) != 2:
        raise InputError(f"Label: the column has {len(names)} different values; choose one that has two.")
    xy = numbers.iloc[:, :2].to_numpy(float)
    if not 2 <= len(xy) <= MOST or not np.isfinite(xy).all() or abs(xy).max() > 1e100:
        raise InputError(f"Table: send 2 to {MOST} rows of finite numbers, none missing.")
    xy = xy - xy.mean(axis=0)
    size = np.sqrt((xy**2).sum(axis=1).mean())
    if size < 1e-100:
        raise InputError("Table: all clouds lie on one spot; send some that do not.")
    return Clouds(xy / size, np.where(frame[label].to_numpy() == names[0], 1.0, -1.0))
