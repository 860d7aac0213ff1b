"""Preferences and picks out of what a visitor gives."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import tables
from zoo.errors import InputError
from zoo.types import Table
from zoo.types.columns import column_of, parts_of, quoted

FEWEST, MOST = 2, 12
"""Choices of a table."""
LEAST_HABIT = 0.001
"""Share of the habit that every choice has at least: a policy cannot stay close to what is never served."""
SLACK = 0.021
"""By how much a cell and its mirror image may miss a sum of one: both may be rounded to a hundredth."""
HABIT = "habit"


class Preferences(NamedTuple):
    """Names of the choices, how often each is preferred to each other `(K, K)`, and the habit `(K,)`, of sum one."""

    names: list[str]
    P: NDArray[np.float64]
    habit: NDArray[np.float64]


def preferences(table: Table) -> Preferences:
    """The game that a table describes.

    Raises:
        InputError: it is no table of preferences; the sentence says why.
    """
    aside = [name for name in table.frame.columns if name.strip().casefold() == HABIT]
    cells = tables.numbers(table.frame, aside=aside, missing="keep", fewest=FEWEST, fewest_rows=FEWEST)
    names, count = cells.columns, len(cells.columns)
    if count > MOST or len(cells.values) != count:
        raise InputError(
            f"the table has {tables.counted(len(cells.values), 'row')} and {tables.counted(count, 'column')} of"
            f" numbers; send the same {FEWEST} to {MOST} choices as rows and as columns."
        )
    order = list(range(count))
    if cells.named:
        if set(cells.rows) != set(names):
            strange = next((row for row in cells.rows if row not in names), cells.rows[0])
            raise InputError(
                f"row {quoted(strange)} has no column of its own; rows and columns are the same choices."
            )
        order = [cells.rows.index(name) for name in names]
    weights = np.ones(count)
    if aside:
        weights = tables.numbers(table.frame, aside, fewest=1, fewest_rows=FEWEST).values[order, 0]
    return Preferences(names, _completed(cells.values[order], names), _shares(weights, names))


def _completed(P: NDArray, names: list[str]) -> NDArray[np.float64]:
    """Preferences `(K, K)` with empty cells filled from their mirror images, made to sum to one with them.

    Raises:
        InputError: a cell is not between 0 and 1, both of a pair are empty, or they contradict each other.
    """
    P = np.where(np.eye(len(P), dtype=bool) & np.isnan(P), 0.5, P)
    if (beyond := np.argwhere((P < 0) | (P > 1))).size:
        row, column = beyond[0]
        raise InputError(
            f"{quoted(names[row])} over {quoted(names[column])} is {P[row, column]:g}; send shares between 0 and 1."
        )
    P = np.where(np.isnan(P), 1 - P.T, P)
    if (empty := np.argwhere(np.isnan(P))).size:
        row, column = empty[0]
        raise InputError(
            f"nothing says how often {quoted(names[row])} is preferred to {quoted(names[column])};"
            " fill one of the two cells."
        )
    if (off := np.argwhere(abs(P + P.T - 1) > SLACK)).size:
        row, column = off[0]
        raise InputError(
            f"{quoted(names[row])} over {quoted(names[column])} and the other way round are {P[row, column]:g} and"
            f" {P[column, row]:g}; the two sum to 1, and a choice against itself is 0.5."
        )
    return (P + 1 - P.T) / 2


def _shares(weights: NDArray, names: list[str]) -> NDArray[np.float64]:
    """Weights `(K,)` that sum to one.

    Raises:
        InputError: one of them is too small, or negative.
    """
    low = int(weights.argmin())
    if weights[low] < LEAST_HABIT * weights.sum() or weights[low] <= 0:
        raise InputError(
            f"the habit of {quoted(names[low])} is {weights[low]:g}; every choice needs at least"
            f" {LEAST_HABIT:g} of the sum."
        )
    return weights / weights.sum()


def picked(text: str, names: list[str]) -> NDArray[np.float64]:
    """The mix `(K,)` that a text such as `paper 2, rock 1` describes; all choices alike of an empty one.

    Raises:
        InputError: a choice is unknown, or the weights sum to nothing.
    """
    weights = np.zeros(len(names))
    for part in parts_of(text):
        known = part.casefold() in (name.casefold() for name in names)
        match = None if known else re.fullmatch(r"(.*?)[\s:=]+(\d+(?:\.\d*)?|\.\d+)\s*%?", part)
        name, weight = (match[1], float(match[2])) if match else (part, 1.0)
        weights[names.index(column_of(name, names, "choice"))] += weight
    if not text.strip():
        weights += 1
    if not 0 < weights.sum() < 1e100:
        raise InputError(f"give at least one choice a weight above zero, such as {quoted(names[0] + ' 2')}.")
    return weights / weights.sum()
