"""From a visitor's table to the arrays of an analysis, or one sentence that says what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from zoo.blocks.svd import Array
from zoo.method import InputError

Missing = Literal["refuse", "drop the row", "fill with the mean"]

# Squares of larger numbers leave float64, those of smaller ones vanish.
LARGEST, SMALLEST = 1e120, 1e-120
MAX_CATEGORIES = 40


@dataclass(frozen=True)
class Measured:
    """The number columns of a table.

    Attributes:
        values: `(n, p)`.
        rows: names of the items, `n`.
        columns: names of the variables, `p`.
        kept: positions of the items in the table that was sent, `(n,)`.
        named: whether the table named its items; otherwise they are numbered from 1.
        notes: what was done to the table on the way, as sentences.
    """

    values: Array
    rows: list[str]
    columns: list[str]
    kept: np.ndarray
    named: bool = True
    notes: tuple[str, ...] = ()


def quoted(name: object) -> str:
    """A name of the visitor's as it may stand in a sentence."""
    text = " ".join(str(name).split())
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def counted(count: int, word: str) -> str:
    """`no rows`, `1 row`, `2 rows`."""
    if count == 1:
        return f"1 {word}"
    return f"{count:,} {word}s" if count else f"no {word}s"


def several(names: list[str], most: int = 8) -> str:
    """Names in a row, the first few of them."""
    shown = ", ".join(map(quoted, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def chosen(frame: pd.DataFrame, names: str) -> list[str]:
    """The columns that a visitor listed, separated by commas or semicolons.

    Raises:
        InputError: there is no such column.
    """
    found = {str(column).strip().casefold(): str(column) for column in frame.columns}
    # A name may hold a comma itself, so the whole text is tried first.
    parts = [names] if names.strip().casefold() in found else names.replace(";", ",").split(",")
    wanted = [part.strip() for part in parts if part.strip()]
    unknown = [name for name in wanted if name.casefold() not in found]
    if unknown:
        raise InputError(
            f"there is no column {quoted(unknown[0])}; the columns are {several(list(frame.columns))}."
        )
    return list(dict.fromkeys(found[name.casefold()] for name in wanted))


def distinct(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with a name for each column: a second `a` becomes `a (2)`."""
    seen: dict[str, int] = {}
    names = []
    for name in map(str, frame.columns):
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return frame.set_axis(names, axis=1) if names != list(frame.columns) else frame


def other_than_numbers(frame: pd.DataFrame) -> list[str]:
    """Columns that pandas did not read as numbers, found without touching the others."""
    return [str(name) for name, kind in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]


def is_text(column: pd.Series) -> bool:
    """Whether a column holds words rather than numbers.

    Raises:
        InputError: it holds both.
    """
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    known = column.dropna().astype(str)
    numeric = as_numbers(known).notna()
    if not numeric.any() or numeric.mean() < 0.5:
        return True
    if numeric.all():
        return False
    word = known[~numeric].iloc[0]
    raise InputError(
        f"column {quoted(column.name)} mixes numbers with text such as {quoted(word)}; write numbers only,"
        " and leave a cell empty where none is known."
    )


def as_numbers(column: pd.Series) -> pd.Series:
    """Cells as float64, NaN where a cell is no number; a decimal comma is understood."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column.astype("float64")
    text = column.astype("string").str.strip()
    return pd.to_numeric(text.str.replace(",", ".", regex=False), errors="coerce").astype("float64")


def row_names(frame: pd.DataFrame, used: set[str]) -> tuple[list[str], bool]:
    """Names of the items: the first unused column of distinct words, else their numbers from 1.

    Returns:
        The names, and whether a column gave them.
    """
    for name in frame.columns[:1].union(other_than_numbers(frame), sort=False):
        column = frame[name]
        index_like = str(name).startswith("Unnamed: 0")
        if name not in used and (index_like or is_text(column)) and column.is_unique and column.notna().all():
            return column.astype(str).tolist(), True
    return [str(row) for row in range(1, len(frame) + 1)], False


def colour_column(frame: pd.DataFrame, asked: str, used: set[str]) -> str | None:
    """The column that colours the items: the one asked for, else the first of a few repeated words.

    Raises:
        InputError: there is no such column.
    """
    if asked.strip():
        return single(frame, asked, "colour")
    for name in frame.columns:
        if (
            name not in used
            and is_text(frame[name])
            and 2 <= frame[name].nunique() <= min(8, len(frame) // 2)
        ):
            return str(name)
    return None


def single(frame: pd.DataFrame, name: str, purpose: str) -> str:
    """The one column a visitor named.

    Raises:
        InputError: there is no such column, or several were named.
    """
    found = chosen(frame, name)
    if len(found) != 1:
        raise InputError(f"name one column for {purpose}, not {len(found)}.")
    return found[0]


def measured(
    frame: pd.DataFrame,
    names: list[str],
    *,
    aside: set[str] | None = None,
    missing: Missing = "refuse",
    fewest: int = 2,
) -> Measured:
    """The number columns of a table, checked.

    Args:
        frame: the table.
        names: columns to use; every number column if empty.
        aside: columns that serve another purpose.
        missing: what to do about empty cells.
        fewest: how many varying columns are needed.

    Raises:
        InputError: too few numbers, empty cells, infinity, or sizes whose squares cannot be computed.
    """
    aside = aside or set()
    strange = set(other_than_numbers(frame))
    if names:
        words = [name for name in names if name in strange and is_text(frame[name])]
        if words:
            raise InputError(f"column {quoted(words[0])} holds words; only number columns can be analysed.")
    else:
        names = [
            str(name)
            for name in frame.columns
            if name not in aside
            and not str(name).startswith("Unnamed: 0")
            and not (name in strange and is_text(frame[name]))
        ]
    if len(names) < fewest:
        raise InputError(
            f"the table has {counted(len(names), 'column')} of numbers to analyse;"
            f" at least {fewest} {'is' if fewest == 1 else 'are'} needed."
        )
    numbers = frame[names]
    if strange & set(names):
        numbers = numbers.apply(as_numbers)
    values, notes = numbers.to_numpy(np.float64, na_value=np.nan), []
    if (empty := np.flatnonzero(np.isnan(values).all(axis=0))).size:
        raise InputError(
            f"column {quoted(names[empty[0]])} is empty; remove it, or name the columns to analyse."
        )
    holes = np.isnan(values)
    kept = np.arange(len(frame))
    if holes.any():
        row, column = np.argwhere(holes)[0]
        if missing == "refuse":
            raise InputError(
                f"{counted(holes.sum(), 'empty cell')} among the numbers, the first in"
                f" row {row + 1} of {quoted(names[column])}; fill them, or choose to drop such rows or to fill"
                " them with the mean."
            )
        if missing == "drop the row":
            kept = np.flatnonzero(~holes.any(axis=1))
            values = values[kept]
            notes.append(f"{counted(len(frame) - len(kept), 'row')} with empty cells left out.")
        else:
            values = np.where(holes, np.nanmean(np.where(np.isinf(values), np.nan, values), axis=0), values)
            notes.append(f"{counted(holes.sum(), 'empty cell')} filled with the mean of the column.")
    if np.isinf(values).any():
        row, column = np.argwhere(np.isinf(values))[0]
        raise InputError(
            f"row {row + 1} of {quoted(names[column])} is infinite; only finite numbers are accepted."
        )
    if len(values) < 3:
        raise InputError(f"the table has {counted(len(values), 'usable row')}; at least 3 are needed.")
    if np.abs(values).max() > LARGEST:
        column = np.abs(values).max(axis=0).argmax()
        raise InputError(f"column {quoted(names[column])} holds numbers beyond 1e120; choose another unit.")
    labels, named = row_names(frame, set(names))
    return Measured(values, [labels[row] for row in kept], list(names), kept, named, tuple(notes))


def varying(table: Measured, fewest: int = 2) -> Measured:
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
    one = len(constant) == 1
    note = f"{several(constant)} {'has' if one else 'have'} the same value in every row and was left out."
    columns = [name for name, moves in zip(table.columns, varies, strict=True) if moves]
    notes = (*table.notes, note if one else note.replace("was left", "were left"))
    return replace(table, values=table.values[:, varies], columns=columns, notes=notes)


def counts(frame: pd.DataFrame) -> Measured:
    """A contingency table: non-negative numbers, no empty row or column.

    Raises:
        InputError: a count is negative, or a row or column holds none.
    """
    table = measured(frame, [])
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


def answers(frame: pd.DataFrame, names: list[str], aside: set[str]) -> Answers:
    """The categorical columns of a table; an empty cell is a category, many numbers become quarters.

    Raises:
        InputError: too few questions or items, or a question of too many answers.
    """
    if len(frame) < 3:
        raise InputError(f"the table has {counted(len(frame), 'row')}; at least 3 are needed.")
    given, notes = bool(names), []
    questions, codes, categories, skipped, cut = [], [], [], [], []
    for name in names or [str(name) for name in frame.columns if name not in aside]:
        column = frame[name]
        kinds = column.nunique(dropna=False)
        if kinds < 2:
            skipped.append(name)
            continue
        if kinds > 12 and not is_text(column):
            values = as_numbers(column).replace([np.inf, -np.inf], np.nan)
            column = quarters(values)
            cut.append(name)
        elif kinds == len(frame) > 3 and not given:
            continue  # names, one for each item
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


def explaining(frame: pd.DataFrame, names: list[str]) -> Measured:
    """Columns that explain others: numbers as they are, words as one indicator for each.

    Raises:
        InputError: empty or infinite cells, or words of too many kinds.
    """
    words = [name for name in names if is_text(frame[name])]
    numbers = [name for name in names if name not in words]
    parts, titles = [], []
    if numbers:
        table = measured(frame, numbers, fewest=1)
        parts.append(table.values)
        titles += table.columns
    for name in words:
        column = frame[name]
        if column.isna().any():
            raise InputError(f"column {quoted(name)} has empty cells; fill them or remove those rows.")
        code, levels = pd.factorize(column.astype(str), sort=True)
        if len(levels) > MAX_CATEGORIES:
            raise InputError(
                f"column {quoted(name)} has {len(levels):,} kinds; at most {MAX_CATEGORIES} can explain."
            )
        parts.append(np.eye(len(levels))[code])
        titles += [f"{name}: {level}" for level in levels]
    return Measured(np.hstack(parts), [str(row) for row in range(len(frame))], titles, np.arange(len(frame)))


def distances(frame: pd.DataFrame, most: int) -> Measured:
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
    return Measured((values + values.T) / 2, names, columns, np.arange(n))


def column_weights(table: Measured, text: str) -> Array | None:
    """Weights written as `name=2, other=0.5`; 1 for the columns not named.

    Raises:
        InputError: it is written otherwise, or a weight is not positive.
    """
    if not text.strip():
        return None
    found = {name.strip().casefold(): place for place, name in enumerate(table.columns)}
    weights = np.ones(len(table.columns))
    for part in text.replace(";", ",").split(","):
        name, _, number = part.rpartition("=")
        place = found.get(name.strip().casefold())
        try:
            weight = float(number)
        except ValueError:
            weight = np.nan
        if place is None or not 1e-6 <= weight <= 1e6:
            raise InputError(
                f"{quoted(part.strip())} is no column weight; write them as {table.columns[0]}=2, with numbers from"
                " 0.000001 to 1,000,000 and names of analysed columns."
            )
        weights[place] = weight
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
