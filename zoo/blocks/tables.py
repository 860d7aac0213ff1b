"""From a visitor's table to arrays, or one sentence that says what is wrong.

The rules, the same for every method: columns are named as `zoo.types.columns` says; numbers are read as
`zoo.types.cells` says; a column that mixes numbers and words is refused; an empty cell is refused, filled, left out
with its row or left to the method, as the method says; infinite numbers and those whose squares leave float64 are
refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.figures import Colouring
from zoo.errors import InputError
from zoo.types.cells import numbers_among
from zoo.types.columns import quoted, several

if TYPE_CHECKING:
    import pandas

Array = NDArray[np.float64]
Missing = Literal["refuse", "drop the row", "fill with the mean", "keep"]

LARGEST, SMALLEST = 1e120, 1e-120
"""Squares of larger numbers leave float64, those of smaller ones vanish."""


@dataclass(frozen=True)
class Numbers:
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
    kept: NDArray[np.intp]
    named: bool = True
    notes: tuple[str, ...] = ()


# ---------------------------------------------------------------------------------------------------------
# Words


def counted(count: int, word: str) -> str:
    """`no rows`, `1 row`, `2 rows`.

    Users: l1l2-interpolation, linear-mda, nash-md.
    """
    if count == 1:
        return f"1 {word}"
    return f"{count:,} {word}s" if count else f"no {word}s"


# ---------------------------------------------------------------------------------------------------------
# Columns


def other_than_numbers(frame: pandas.DataFrame) -> list[str]:
    """Columns that pandas did not read as numbers, without touching the others; complex numbers are none.

    Users: linear-mda.
    """
    from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

    return [
        str(name)
        for name, kind in frame.dtypes.items()
        if not (is_numeric_dtype(kind) or is_bool_dtype(kind)) or is_complex_dtype(kind)
    ]


def is_text(column: pandas.Series) -> bool:
    """Whether a column holds words, or what is no number on a line, rather than numbers.

    Users: linear-mda.

    Raises:
        InputError: it holds both.
    """
    from pandas.api.types import is_complex_dtype, is_numeric_dtype

    if is_numeric_dtype(column):
        return is_complex_dtype(column)
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


def as_numbers(column: pandas.Series) -> pandas.Series:
    """Cells as float64, NaN where a cell is no number, as `zoo.types.cells` reads them.

    Users: linear-mda.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    return numbers_among(column)


def row_names(frame: pandas.DataFrame, used: Collection[str] = ()) -> tuple[list[str], bool]:
    """Names of the items: those that the table gave its rows, else the first unused column of distinct words.

    Numbers as names of rows stand behind such a column; without any name, the rows are numbered from 1.

    Users: linear-mda.

    Returns:
        The names, and whether the table gave them.
    """
    import pandas as pd

    labels = [] if isinstance(frame.index, pd.RangeIndex) else list(map(str, frame.index))
    if labels and not all(map(str.isdigit, labels)):
        return labels, True
    for name in other_than_numbers(frame):
        column = frame[name]
        if name not in used and is_text(column) and column.is_unique and column.notna().all():
            return column.astype(str).tolist(), True
    return labels or [str(row) for row in range(1, len(frame) + 1)], bool(labels)


def aligned(frame: pandas.DataFrame, other: pandas.DataFrame) -> tuple[pandas.DataFrame, list[str], str]:
    """A second table about the items of a first one, its rows in the order of the first, where names tell it.

    Names are those that both tables gave their rows, or a column of distinct cells that both have under one name.

    Users: linear-mda.

    Returns:
        The second table, the columns that name the items in both, and what was done as a sentence or empty.

    Raises:
        InputError: the names of the two are different items in part.
    """
    for column, first, second in _named_alike(frame, other):
        if set(first) == set(second):
            keys = [column] if column else []
            if first == second:
                return other, keys, ""
            places = {name: place for place, name in enumerate(second)}
            note = "The rows of the second table were put in the order of the first, by their names."
            return other.iloc[[places[name] for name in first]], keys, note
    for _, first, second in _named_alike(frame, other):
        strange = [name for name in second if name not in set(first)]
        if len(strange) < len(second):
            raise InputError(
                f"the two tables are about different items, such as {quoted(strange[0])} in the second alone; send"
                " the same items in both."
            )
    return other, [], ""


def _named_alike(
    frame: pandas.DataFrame, other: pandas.DataFrame
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Columns of distinct cells that two tables share, as the name and the cells of both; names of rows come first."""
    names = [row_names(part) for part in (frame, other)]
    if all(given and len(set(labels)) == len(labels) for labels, given in names):
        yield "", names[0][0], names[1][0]
    for name in frame.columns.intersection(other.columns):
        both = [part[name] for part in (frame, other)]
        whole = all(column.is_unique and column.notna().all() for column in both)
        if whole and all(column.dtype.kind not in "fb" for column in both):
            first, second = (column.astype(str).tolist() for column in both)
            yield str(name), first, second


# ---------------------------------------------------------------------------------------------------------
# Numbers


def numbers(
    frame: pandas.DataFrame,
    names: Sequence[str] = (),
    *,
    aside: Collection[str] = (),
    missing: Missing = "refuse",
    fewest: int = 2,
    fewest_rows: int = 3,
    advice: str = "fill them, or remove those rows or columns",
) -> Numbers:
    """The number columns of a table, checked.

    Users: l1l2-interpolation, linear-mda, nash-md and others.

    Args:
        frame: the table, with a name for each column.
        names: columns to use; every number column if empty.
        aside: columns that serve another purpose.
        missing: what becomes of empty cells; `keep` leaves them as NaN.
        fewest: how many columns are needed.
        fewest_rows: how many rows are needed.
        advice: what to do about empty cells that are refused.

    Raises:
        InputError: too few numbers, empty cells, infinity, or sizes whose squares cannot be computed.
    """
    labels, named = row_names(frame, names or aside)
    used, said = _number_columns(frame, names, aside, labels, fewest)
    if len(used) < fewest:
        raise InputError(
            f"the table has {counted(len(used), 'column')} of numbers to analyse;"
            f" at least {fewest} {'is' if fewest == 1 else 'are'} needed."
        )
    values = _matrix(frame, used)
    if (empty := np.flatnonzero(np.isnan(values).all(axis=0))).size:
        raise InputError(
            f"column {quoted(used[empty[0]])} is empty and holds no number; remove it, or name the columns to use."
        )
    values, kept, notes = _without_holes(values, used, missing, advice)
    _refuse_vast(values, used, kept)
    if len(values) < fewest_rows:
        left = f" ({len(frame) - len(values)} with empty cells are left out)" * (len(values) < len(frame))
        raise InputError(
            f"the table has {counted(len(values), 'usable row')}{left}; at least {fewest_rows} are needed."
        )
    return Numbers(values, [labels[row] for row in kept], used, kept, named, (*said, *notes))


def _matrix(frame: pandas.DataFrame, names: Sequence[str]) -> Array:
    """Columns as float64, `(n, p)`, NaN where a cell is empty or no number."""
    part = frame[list(names)]
    if set(other_than_numbers(part)):
        part = part.apply(as_numbers)
    return part.to_numpy(np.float64, na_value=np.nan)


def _refuse_vast(values: Array, names: Sequence[str], kept: NDArray[np.intp]) -> None:
    """Refuse infinite numbers and those whose squares leave float64, and say where; NaN passes."""
    if (infinite := np.argwhere(np.isinf(values))).size:
        row, column = infinite[0]
        raise InputError(
            f"row {kept[row] + 1} of {quoted(names[column])} is infinite; only finite numbers are accepted."
        )
    if (vast := np.argwhere(np.abs(values) > LARGEST)).size:
        raise InputError(
            f"column {quoted(names[vast[0][1]])} holds numbers beyond 1e120; choose another unit."
        )


def numbers_rows(column: pandas.Series) -> bool:
    """Whether a column of numbers counts or numbers the rows: whole, distinct, from 0 or 1 on or called as such.

    Users: linear-mda.
    """
    values = as_numbers(column).to_numpy(np.float64, na_value=np.nan)
    if len(values) < 5 or not np.isfinite(values).all() or (values != values.round()).any():
        return False
    if len(np.unique(values)) < len(values):
        return False
    counts = values.min() in (0, 1) and values.max() - values.min() == len(values) - 1
    return bool(counts) or _IDENTIFIER.fullmatch(str(column.name).strip()) is not None


_IDENTIFIER = re.compile(r"(?i:(.*[ _.-])?(id|no|nr|number|index|row|key|code))|.+I[Dd]")


def _number_columns(
    frame: pandas.DataFrame,
    names: Sequence[str],
    aside: Collection[str],
    labels: Sequence[str],
    fewest: int,
) -> tuple[list[str], tuple[str, ...]]:
    """The columns to analyse, and what was left out, as sentences; a column that names the items is not."""
    strange = set(other_than_numbers(frame))
    if names:
        words = [name for name in names if name in strange and is_text(frame[name])]
        if words:
            raise InputError(
                f"{several(words)} {'holds' if len(words) == 1 else 'hold'} words, not all numbers; only columns of"
                " numbers can be analysed."
            )
        return list(names), ()
    free = [str(name) for name in frame.columns if name not in aside]
    words = [name for name in free if name in strange and is_text(frame[name])]
    used = [name for name in free if name not in words]
    rows = [name for name in used if numbers_rows(frame[name])]
    if len(used) - len(rows) < fewest:
        rows = []
    words = [name for name in words if frame[name].astype(str).tolist() != labels]
    said = [
        f"{several(left)} {verbs[len(left) > 1]} left out."
        for left, verbs in (
            (words, ("holds words and is", "hold words and are")),
            (rows, ("numbers the rows and is", "number the rows and are")),
        )
        if left
    ]
    return [name for name in used if name not in rows], tuple(said)


def _without_holes(
    values: Array, names: Sequence[str], missing: Missing, advice: str
) -> tuple[Array, NDArray[np.intp], tuple[str, ...]]:
    """Values without NaN unless it is kept, positions of the rows that are left, and what was done."""
    holes = np.isnan(values)
    kept = np.arange(len(values))
    if missing == "keep" or not holes.any():
        return values, kept, ()
    if missing == "refuse":
        row, column = np.argwhere(holes)[0]
        raise InputError(
            f"{counted(int(holes.sum()), 'empty cell')} among the numbers, the first in row {row + 1} of"
            f" {quoted(names[column])}; {advice}."
        )
    if missing == "drop the row":
        kept = np.flatnonzero(~holes.any(axis=1))
        return values[kept], kept, (f"{counted(len(values) - len(kept), 'row')} with empty cells left out.",)
    means = np.nanmean(np.where(np.isinf(values), np.nan, values), axis=0)
    filled = np.where(holes, means, values)
    return filled, kept, (f"{counted(int(holes.sum()), 'empty cell')} filled with the mean of the column.",)


# ---------------------------------------------------------------------------------------------------------
# Colours


def colour_column(frame: pandas.DataFrame, asked: str, used: Collection[str] = ()) -> str | None:
    """The column that colours the items: the one asked for, else the first of a few repeated words.

    Users: linear-mda.
    """
    if asked:
        return asked
    for name in frame.columns:
        column = frame[name]
        if name not in used and is_text(column) and 2 <= column.nunique() <= min(8, len(frame) // 2):
            return str(name)
    return None


def colouring(
    frame: pandas.DataFrame, name: str | None, kept: NDArray[np.intp] | None = None
) -> Colouring | None:
    """The colours of the items that were kept: a column's words, or its numbers if it has more than eight.

    Users: linear-mda.
    """
    if name is None:
        return None
    column = frame[name] if kept is None else frame[name].iloc[kept]
    if column.nunique() > 8 and not is_text(column):
        return Colouring(name, values=as_numbers(column).to_numpy())
    return Colouring(name, groups=column.astype("string").fillna("(empty)").to_numpy(object))
