"""Numbers out of what a visitor gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from zoo.method import InputError
from zoo.types import Table

LARGEST = 1e100
"""Squares of larger numbers would overflow."""


def numbers(table: Table) -> NDArray[np.float64]:
    """All numbers that are shrunk together, `(n,)`.

    Of `table`: its first column of numbers, without the cells that are missing.
    """
    parts = [_first_column(table)]
    return np.concatenate(parts).astype(np.float64)


def _first_column(table: Table) -> NDArray[np.float64]:
    """The first column of numbers, `(n,)`.

    Raises:
        InputError: there is none, or its numbers are too large.
    """
    columns = table.frame.select_dtypes("number")
    if columns.shape[1] == 0:
        raise InputError("Table: no column holds numbers; send a table with one that does.")
    values = columns.iloc[:, 0].to_numpy(np.float64)
    values = values[np.isfinite(values)]
    if len(values) == 0 or abs(values).max() > LARGEST:
        raise InputError(f"Table: send a first column of finite numbers of at most {LARGEST:g}.")
    return values
