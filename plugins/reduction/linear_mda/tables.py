"""From a visitor's table to the arrays of an analysis, or one sentence that says what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zoo.blocks.svd import Array
from zoo.blocks.tables import (
    LARGEST,
    SMALLEST,
    Numbers,
    as_numbers,
    counted,
    is_text,
    numbers,
    numbers_rows,
    other_than_numbers,
    quoted,
    row_names,
    several,
)
from zoo.method import InputError
from zoo.types.columns import column_of, parts_of

MAX_CATEGORIES = 40


def varying(table: Numbers, fewest: int = 2) -> Numbers:
    """A table without its constant columns, which lie on no axis.

    Raises:
        InputError: too few columns vary.
    """
    low, high = table.values.min(axis=0), table.values.max(axis=0)
    varies = high - low > np.maximum(1e-12 * np.maximum(np.abs(low), np.abs(high)), SMALLEST)
    constant = [name for name, moves in zip(table.columns, varies, strict=True) if not moves]
    if varies.sum() < fewest:
        raise InputError(
            f"column {quoted(constant[0])} has the same value in every row; at least"
            f" {counted(fewest, 'column')} must vary."
        )
    if not constant:
        return table
    single = len(constant) == 1
    note = f"{several(constant)} {'has' if single else 'have'} the same value in every row and was left out."
    columns = [name for name, moves in zip(table.columns, varies, strict=True) if moves]
    notes = (*table.notes, note if single else note.replace("was left", "were left"))
    return replace(table, values=table.values[:, varies], columns=columns, notes=notes)


def counts(frame: pd.DataFrame) -> Numbers:
    """A contingency table: non-negative numbers, no empty row or column; an empty cell counts nothing.

    Raises:
        InputError: a count is negative, or a row or column holds none.
    """
    table = numbers(frame, missing="keep")
    if holes := int(np.isnan(table.values).sum()):
        note = f"{counted(holes, 'empty cell')} {'is' if holes == 1 else 'are'} read as 0."
        table = replace(table, values=np.nan_to_num(table.values, nan=0.0), notes=(*table.notes, note))
    if table.values.min() < 0:
        row, column = np.argwhere(table.values < 0)[0]
        raise InputError(
            f"row {quoted(table.rows[row])} of {quoted(table.columns[column])} is negative; a contingency table"
            " holds counts, 0 or more."
        )
    for axis, names, word in ((1, table.rows, "row"), (0, table.columns, "column")):
        total = table.values.sum(axis=axis)
        if total.min() <= SMALLEST:
            raise InputError(f"{word} {quoted(names[int(total.argmin())])} has no counts at all; remove it.")
    return table


@dataclass(frozen=True)
class Answers:
    """Categorical columns.

    Attributes:
        codes: category of each item on each question, from 0, `(n, q)`.
        rows: names of the items.
        questions: names of the columns.
        categories: of each question, names in the order of their codes.
        notes: what was done to the table on the way, as sentences.
    """

    codes: np.ndarray
    rows: list[str]
    questions: list[str]
    categories: list[list[str]]
    notes: tuple[str, ...] = ()


def answers(frame: pd.DataFrame, names: Sequence[str], aside: set[str]) -> Answers:
    """The categorical columns of a table; an empty cell is a category, many numbers become quarters.

    Raises:
        InputError: too few questions or items, or a question of too many answers.
    """
    if len(frame) < 3:
        raise InputError(f"the table has {counted(len(frame), 'row')}; at least 3 are needed.")
    given, notes = bool(names), []
    strange = set(other_than_numbers(frame))
    numbering = {str(name) for name in frame.columns if name not in strange and numbers_rows(frame[name])}
    questions, codes, categories, skipped, cut, named = [], [], [], [], [], []
    for name in names or [str(name) for name in frame.columns if name not in aside]:
        column = frame[name]
        kinds = column.nunique(dropna=False)
        if not given and name in numbering:
            named.append(name)
            continue
        if kinds < 2:
            skipped.append(name)
            continue
        if kinds > 12 and not is_text(column):
            values = as_numbers(column).replace([np.inf, -np.inf], np.nan)
            column = quarters(values)
            cut.append(name)
        elif kinds == len(frame) > 3 and not given:
            named.append(name)  # one for each item
            continue
        elif kinds > MAX_CATEGORIES:
            raise InputError(
                f"column {quoted(name)} has {kinds:,} different answers; at most {MAX_CATEGORIES} can be mapped,"
                " so name the columns to analyse without it."
            )
        code, levels = pd.factorize(column.astype("string").fillna("(empty)"), sort=True)
        questions.append(name)
        codes.append(code)
        categories.append([str(level) for level in levels])
    if len(questions) < 2:
        raise InputError("at least two columns of repeated answers are needed, such as yes and no.")
    if named:
        notes.append(f"{several(named)} tells the items apart and was left out.")
    if skipped:
        notes.append(f"{several(skipped)} has one answer only and was left out.")
    if cut:
        notes.append(f"The numbers of {several(cut)} were cut into quarters.")
    labels, _ = row_names(frame, set(questions))
    return Answers(np.column_stack(codes), labels, questions, categories, tuple(notes))


def quarters(values: pd.Series) -> pd.Series:
    """Numbers as one of at most four ranges with about as many cells each; empty cells stay empty."""
    ranges = pd.qcut(values, 4, duplicates="drop", precision=3)
    kinds = ranges.cat.categories
    # The order of the names is that of the numbers.
    low = [values.min(), *kinds.right[:-1]]
    names = [
        f"{place}: {a:.4g} to {b:.4g}" for place, (a, b) in enumerate(zip(low, kinds.right, strict=True), 1)
    ]
    return ranges.cat.rename_categories(names).astype("string")


def explaining(frame: pd.DataFrame, names: list[str]) -> Numbers:
    """Columns that explain others: numbers as they are, words as one indicator for each.

    Raises:
        InputError: empty or infinite cells, or words of too many kinds.
    """
    words = [name for name in names if is_text(frame[name])]
    plain = [name for name in names if name not in words]
    parts, titles = [], []
    if plain:
        table = numbers(frame, plain, missing="fill with the mean", fewest=1)
        parts.append(table.values)
        titles += table.columns
    for name in words:
        column = frame[name]
        code, levels = pd.factorize(column.astype("string").fillna("(empty)"), sort=True)
        if len(levels) > MAX_CATEGORIES:
            raise InputError(
                f"column {quoted(name)} has {len(levels):,} kinds; at most {MAX_CATEGORIES} can explain."
            )
        parts.append(np.eye(len(levels))[code])
        titles += [f"{name}: {level}" for level in levels]
    return Numbers(np.hstack(parts), [str(row) for row in range(len(frame))], titles, np.arange(len(frame)))


def distances(frame: pd.DataFrame, most: int) -> Numbers:
    """A square table of distances; one empty triangle is filled from the other.

    Raises:
        InputError: it is not square, not symmetric, negative, or larger than `most`.
    """
    columns = [str(name) for name in frame.columns]
    names, _ = row_names(frame, set())
    if len(columns) == len(frame) + 1:
        first = columns.pop(0)
        names = frame[first].astype(str).tolist()
    n = len(frame)
    if len(columns) != n:
        raise InputError(
            f"the table has {n:,} rows and {len(columns):,} columns of distances; send a square table, one row and"
            " one column for each item, with an optional first column of names."
        )
    if not 3 <= n <= most:
        raise InputError(f"the table has {n:,} items; between 3 and {most:,} are accepted.")
    values = frame[columns].apply(as_numbers).to_numpy(np.float64)
    blank = frame[columns].isna().to_numpy()
    if (np.isnan(values) & ~blank).any():
        row, column = np.argwhere(np.isnan(values) & ~blank)[0]
        raise InputError(
            f"row {quoted(names[row])} of {quoted(columns[column])} is text; a distance is a number."
        )
    values = np.where(np.isnan(values), values.T, values)
    values[np.diag_indices(n)] = np.nan_to_num(values.diagonal(), posinf=np.inf)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise InputError(
            f"the distance of {quoted(names[row])} and {quoted(names[column])} is missing or infinite."
        )
    largest = np.abs(values).max()
    if values.min() < 0 or np.abs(values.diagonal()).max() > 1e-9 * largest:
        raise InputError("distances are 0 from an item to itself and never negative.")
    if not SMALLEST < largest < LARGEST:
        raise InputError("all distances are zero." if largest <= SMALLEST else "distances are at most 1e120.")
    if (gap := np.abs(values - values.T)).max() > 1e-6 * largest:
        row, column = np.unravel_index(gap.argmax(), gap.shape)
        raise InputError(
            f"from {quoted(names[row])} to {quoted(names[column])} it is {values[row, column]:g}, and back"
            f" {values[column, row]:g}; a distance is the same both ways."
        )
    return Numbers((values + values.T) / 2, names, columns, np.arange(n))


def column_weights(table: Numbers, text: str) -> Array | None:
    """Weights written as `name=2, other=0.5`; 1 for the columns not named.

    Raises:
        InputError: it is written otherwise, or a weight is not positive.
    """
    if not text.strip():
        return None
    weights = np.ones(len(table.columns))
    for part in parts_of(text):
        name, equals, number = part.rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = np.nan
        if not equals or not 1e-6 <= weight <= 1e6:
            raise InputError(
                f"{quoted(part)} is no column weight; write them as {table.columns[0]}=2, with numbers from 0.000001 to"
                " 1,000,000 and names of analysed columns."
            )
        weights[table.columns.index(column_of(name, table.columns, "analysed column"))] = weight
    return weights


def row_weights(frame: pd.DataFrame, name: str, kept: np.ndarray) -> Array:
    """The column of row weights, `(n,)`.

    Raises:
        InputError: a weight is missing or not positive.
    """
    weights = as_numbers(frame[name]).to_numpy(np.float64)[kept]
    if not (np.isfinite(weights) & (weights > 0)).all() or weights.max() > LARGEST:
        raise InputError(
            f"column {quoted(name)} cannot weigh the rows; every weight must be a number above 0."
        )
    if weights.min() < 1e-9 * weights.max():
        raise InputError(f"the weights in {quoted(name)} span more than nine powers of ten; narrow them.")
    return weights
