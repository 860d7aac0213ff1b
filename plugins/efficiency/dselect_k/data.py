"""Tables of visitors: some columns are tasks."""

from __future__ import annotations

import numpy as np

from zoo.blocks import sent_rows
from zoo.errors import InputError
from zoo.types import Table

from .model import World, in_parts

LEAST_ROWS, MOST_ROWS, MOST_TASKS = 100, 20_000, 32


def of_table(table: Table, targets: list[str], seed: int) -> tuple[World, list[str]]:
    """Half of the rows to learn from, a quarter held out, a quarter to report; all columns standardised by the first.

    Args:
        table: numbers.
        targets: columns that are predicted from all others.
        seed: of the split.

    Raises:
        InputError: fewer than two targets, none left to predict from, or a column that never differs.
    """
    read = sent_rows.numbers(table.frame, MOST_ROWS, fewest=3, fewest_rows=LEAST_ROWS, missing="drop the row")
    names = list(dict.fromkeys(targets))
    if strange := [name for name in names if name not in read.columns]:
        raise InputError(
            f"column {strange[0]!r} holds no numbers that can be predicted; choose columns of numbers."
        )
    if not 2 <= len(names) <= min(MOST_TASKS, len(read.columns) - 1):
        raise InputError(
            f"choose two targets or more, up to {MOST_TASKS}, and leave a column or more to predict from;"
            f" {len(names)} of {len(read.columns)} columns were chosen."
        )
    values = np.random.default_rng(seed).permutation(read.values)
    learned = values[: len(values) // 2]
    middle, spread = learned.mean(axis=0), learned.std(axis=0)
    if (still := np.flatnonzero(spread == 0)).size:
        raise InputError(f"column {read.columns[still[0]]!r} is the same in all rows; leave it out.")
    values, chosen = (values - middle) / spread, [read.columns.index(name) for name in names]
    parts = in_parts(np.delete(values, chosen, axis=1), values[:, chosen])
    return World(parts, False, None, np.zeros(len(names), int)), names
