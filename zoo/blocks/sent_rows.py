"""Rows of numbers that a visitor sent to learn from: as many as a method takes, and notes of what was left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.blocks import tables
from zoo.blocks.tables import Numbers
from zoo.types import note

if TYPE_CHECKING:
    import pandas


def numbers(
    frame: pandas.DataFrame, most: int, rng: np.random.Generator | None = None, **how: Any
) -> Numbers:
    """The number columns of a table, `most` rows of them, and the visitor is told what was done to it.

    Users: dselect-k, information-plane, level-set-boosting.

    Args:
        frame: the table.
        most: rows that are used: the first ones, or a random choice in their order.
        rng: draws them; None for the first.
        how: as ``tables.numbers``.

    Raises:
        InputError: as ``tables.numbers``.
    """
    read = tables.numbers(frame, **how)
    for sentence in read.notes:
        note(sentence)
    count = len(read.values)
    if count <= most:
        return read
    if rng is None:
        note(f"Of {count:,} rows the first {most:,} are used.")
        part = np.arange(most)
    else:
        note(f"Of {count:,} rows {most:,} are used, drawn at random.")
        part = np.sort(rng.permutation(count)[:most])
    rows = [read.rows[row] for row in part]
    return replace(read, values=read.values[part], rows=rows, kept=read.kept[part])
