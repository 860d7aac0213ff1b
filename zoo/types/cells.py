"""What the cells of a column mean: numbers as people write them, words, and cells that are missing.

A column is numbers where every cell that is not missing is one. Marks are read by what all cells of the column say
together, then by the file's other columns: `1,5` has a decimal comma, `1,234,567` and `1,234.50` have thousands, and
`1,100` beside `850` is eleven hundred. `NA` and `None` are missing in a column of numbers and words in one of words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas

    Raw = Callable[[list[int]], list[pandas.Series]]

ALWAYS_MISSING = frozenset(
    ["", "nan", "NaN", "-nan", "-NaN", "<NA>", "#N/A", "#N/A N/A", "#NA", "#NV", "#NULL!", "#DIV/0!", "#VALUE!",
     "#REF!", "#NUM!", "#NAME?", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "\\N"]
)  # fmt: skip
"""Nobody's words: missing in every column."""

NO_NUMBERS = ALWAYS_MISSING | frozenset(
    ["NA", "N/A", "na", "n/a", "n.a.", "N.A.", "None", "none", "null", "NULL", "Null", "nil", "-", "--", "---", "—",
     "–", "−", "?", ".", "..", "...", "*", "missing", "Missing"]
)  # fmt: skip
"""Missing in a column of numbers; in one of words they are answers like others."""

_SIGNS = str.maketrans({"−": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "’": "'"})
_MONEY = "$€£¥₹"
_LIKE_A_NUMBER = (
    rf"[+-]? ?[{_MONEY}]? ?(?:\d[\d.,' ]*|[.,]\d+)(?:[eE][+-]?\d+)? ?(?:%|[{_MONEY}])?"
    r"|[+-]?(?:inf|Inf|INF|infinity|Infinity)"
)
_ALL_NUMBERS = re.compile(rf"(?:{_LIKE_A_NUMBER})(?:\n(?:{_LIKE_A_NUMBER}))*")
_PLAIN = re.compile(r"[\d.,eE+\n-]*")
"""Lines without blanks, apostrophes, percent signs and currencies."""
_WRAPPING = re.compile(rf"^([+-]?) ?[{_MONEY}]? ?(.*?) ?[%{_MONEY}]?$", re.M)
_GROUPED = re.compile(r"^([+-]?\d{1,3}(?:[ ']\d{3})+)(?=[.,]?\d*$)", re.M)


@dataclass(frozen=True)
class Marks:
    """How numbers are written: the mark before decimals, and the one between thousands or empty."""

    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True)
class Column:
    """What became of a column.

    Attributes:
        values: numbers, truth values or words; NaN where a cell is missing.
        kind: ``numbers``, ``words`` or ``true or false``.
        missing: cells without a value.
        marks: how its numbers are written, where that was to be decided.
        example: a number as it is written, for those marks.
        percent: whether percent signs were divided out.
        spaced: whether blanks or apostrophes stood between thousands.
    """

    values: pandas.Series
    kind: str
    missing: int
    marks: Marks | None = None
    example: str = ""
    percent: bool = False
    spaced: bool = False


def _tidy(lines: str) -> str:
    """Lines with ASCII's minus, apostrophe and single blanks."""
    if not lines.isascii():
        lines = re.sub("^–(?=\\d)", "-", lines.translate(_SIGNS), flags=re.M)
    return re.sub("  +", " ", lines) if "  " in lines else lines


class Written:
    """The different texts of a column that are not missing, as one text with a line for each."""

    def __init__(self, texts: Sequence[str]) -> None:
        lines = _tidy("\n".join(texts))
        self.numeric = (
            bool(texts) and lines.count("\n") == len(texts) - 1 and _ALL_NUMBERS.fullmatch(lines) is not None
        )
        self.percent = np.zeros(len(texts), bool)
        self.spaced = False
        self.lines = lines if self.numeric else ""
        if self.numeric and not _PLAIN.fullmatch(lines):
            self.percent = np.array([line.endswith("%") for line in lines.split("\n")], bool)
            plain = _WRAPPING.sub(r"\1\2", lines)
            self.lines = _GROUPED.sub(lambda match: re.sub("[ ']", "", match[1]), plain)
            self.spaced = self.lines != plain

    def has(self, pattern: str) -> bool:
        """Whether some line is of this form."""
        return re.search(rf"^[+-]?(?:{pattern})$", self.lines, re.M) is not None

    def evidence(self, mark: str, other: str) -> tuple[bool, bool, bool]:
        """Whether a mark is a decimal mark, whether it is one of thousands, and whether it may be either."""
        m, o = re.escape(mark), re.escape(other)
        groups = rf"\d{{1,3}}(?:{o}\d{{2,3}})*{o}\d{{3}}"
        exponent = r"(?:[eE][+-]?\d+)"
        decimal = self.has(
            rf"\d*{m}(?:\d{{0,2}}|\d{{4,}}){exponent}?|0\d*{m}\d+{exponent}?|\d{{4,}}{m}\d+{exponent}?"
            rf"|\d+{m}\d+{exponent}|{groups}{m}\d*"
        )
        grouped = rf"\d{{1,3}}(?:{m}\d{{2,3}})+{m}\d{{3}}"
        thousands = self.has(rf"{grouped}|\d{{1,3}}(?:{m}\d{{2,3}})*{m}\d{{3}}{o}\d*")
        return decimal, thousands, self.has(rf"[1-9]\d{{0,2}}{m}\d{{3}}")


def own_marks(written: Written) -> Marks | None:
    """The marks that the cells of one column settle between them; None where they do not."""
    comma, comma_groups, either_comma = written.evidence(",", ".")
    point, point_groups, either_point = written.evidence(".", ",")
    if comma and point and not (comma_groups or point_groups):
        return Marks(".,")  # two hands wrote it: 1,5 and 2.5
    if comma or (point_groups and not point):
        return Marks(",", "." if point_groups or either_point else "")
    if point or comma_groups:
        return Marks(".", "," if comma_groups or either_comma else "")
    return None if either_comma or either_point else Marks()


def likely_marks(written: Written, separator: str, file_decimal: str) -> Marks:
    """The marks where `1,100` or `1.100` are all that a column says.

    Args:
        written: the column.
        separator: between the file's cells, empty where it is none of text.
        file_decimal: the decimal mark of the file's other columns, or empty.
    """
    mark = "," if written.has(r"\d{1,3},\d{3}") else "."
    as_decimal, as_thousands = Marks(mark), Marks("." if mark == "," else ",", mark)
    if file_decimal:
        return as_decimal if mark == file_decimal else as_thousands
    if written.has(r"\d{4,}"):
        return as_decimal  # a thousand is written without a mark
    if written.has(r"\d{1,3}") and (mark == "," or separator == ";"):
        return as_thousands
    if mark == ".":
        return as_decimal
    return as_thousands if separator in (",", "") else as_decimal


def converted(written: Written, marks: Marks) -> np.ndarray | None:
    """The numbers of the lines, or None where one is none after all."""
    import pandas

    lines = written.lines
    if marks.thousands:
        lines = re.sub(rf"(?<=\d){re.escape(marks.thousands)}(?=\d{{2,3}}(?:\D|$))", "", lines, flags=re.M)
    if "," in marks.decimal:
        lines = lines.replace(",", ".")
    numbers = pandas.to_numeric(pandas.Series(lines.split("\n"), dtype=object), errors="coerce").to_numpy()
    if np.isnan(numbers.astype(np.float64)).any():
        return None
    return np.where(written.percent, numbers / 100, numbers) if written.percent.any() else numbers


def plain_words(column: pandas.Series) -> pandas.Series:
    """A column that holds no numbers as Python's own texts, NaN where one is missing, real numbers as they are."""
    import pandas
    from pandas.api import types

    if isinstance(column.dtype, pandas.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype if not column.hasnans else object)
    if types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column):
        column = column.astype(str).where(column.notna(), np.nan)
    return column.astype(object)


def native(column: pandas.Series) -> pandas.Series | None:
    """A column of numbers or truth values in NumPy's own types; None where it holds something else."""
    from pandas.api import types

    if types.is_bool_dtype(column.dtype) or types.is_numeric_dtype(column.dtype):
        if isinstance(column.dtype, np.dtype):
            return column
        if column.hasnans and types.is_bool_dtype(column.dtype):
            return column.astype(object).where(column.notna(), np.nan)
        if column.hasnans:
            return column.astype(np.float64)
        return column.astype(column.dtype.numpy_dtype if hasattr(column.dtype, "numpy_dtype") else np.float64)
    return None


def _bounded(cell: Any) -> Any:
    """A cell, or infinity for a whole number that no float can be."""
    if type(cell) is int and cell.bit_length() > 1023:
        return math.inf if cell > 0 else -math.inf
    return cell


class Cells:
    """A column of texts, or of texts among other objects, before the marks in its numbers are known.

    Args:
        column: the cells.
    """

    def __init__(self, column: pandas.Series) -> None:
        import pandas

        self.index = column.index
        self.objects = plain_words(column).to_numpy(object, copy=True)
        types = list(map(type, self.objects))
        texts = {kind for kind in set(types) if issubclass(kind, str)}
        self.is_text = np.fromiter((kind in texts for kind in types), bool, len(types))
        self.is_bool = np.fromiter((kind in (bool, np.bool_) for kind in types), bool, len(types))
        self.codes = np.full(len(self.objects), -1)
        self.codes[self.is_text], written = pandas.factorize(self.objects[self.is_text])
        self.texts = [text.strip() for text in written]
        self.places = [place for place, text in enumerate(self.texts) if text not in NO_NUMBERS]
        self.written = Written([self.texts[place] for place in self.places])
        rest = pandas.Series(np.where(self.is_text | self.is_bool, None, self.objects))
        rest = rest.map(_bounded, na_action="ignore")
        self.others = pandas.to_numeric(rest, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        self.strange = self.is_bool | (np.isnan(self.others) & ~self.is_text & rest.notna().to_numpy())

    @property
    def numeric(self) -> bool:
        """Whether every cell that is not missing is a number or is written like one, and one is there."""
        if self.strange.any():
            return False
        return self.written.numeric if self.places else bool(np.isfinite(self.others).any())

    def read(self, marks: Marks | None) -> Column:
        """The column with its numbers by these marks; as words where they do not fit or there are none."""
        numbers = np.empty(0)
        if self.places:
            parsed = converted(self.written, marks) if marks and self.numeric else None
            if parsed is None:
                return self._words()
            numbers = parsed
        elif not self.numeric and not (self.is_text.any() and not self.strange.any()):
            return self._words()
        return self._numbers(numbers, marks)

    def _numbers(self, numbers: np.ndarray, marks: Marks | None) -> Column:
        """The column with these numbers for its different texts, in the order of ``places``."""
        import pandas

        table = np.full(len(self.texts) + 1, np.nan)
        table[self.places] = numbers.astype(np.float64)
        values = np.where(self.is_text, table[self.codes], self.others)
        missing = int(np.isnan(values).sum())
        if numbers.dtype.kind in "iu" and numbers.size and not missing:
            if self.is_text.all():
                whole = np.zeros(len(self.texts) + 1, numbers.dtype)
                whole[self.places] = numbers
                values = whole[self.codes]
            elif (values == np.round(values)).all() and np.abs(values).max() < 2**53:
                values = values.astype(np.int64)
        spaced, percent = self.written.spaced, bool(self.written.percent.any())
        example = ""
        if marks and (marks != Marks() or spaced):
            example = next((text for text in self.texts if not text.isalnum()), "")
        return Column(
            pandas.Series(values, index=self.index), "numbers", missing, marks, example, percent, spaced
        )

    def _words(self) -> Column:
        """The column as words, or as truth values where it holds nothing else."""
        import pandas

        absent = pandas.isna(self.objects)
        if self.is_text.any():
            known = np.array([text not in ALWAYS_MISSING for text in self.texts] + [False])
            absent |= self.is_text & ~known[self.codes]
            tidy = np.array([*self.texts, None], object)
            self.objects[self.is_text] = tidy[self.codes[self.is_text]]
        self.objects[absent] = np.nan
        column = pandas.Series(self.objects, index=self.index)
        missing = int(absent.sum())
        if missing < len(column) and (self.is_bool | absent).all():
            return Column(column if missing else column.astype(bool), "true or false", missing)
        if missing < len(column) and (self.is_text | absent).all():
            column = column.astype("str")
        return Column(column, "words", missing)


def understood(frame: pandas.DataFrame, separator: str = "", raw: Raw | None = None) -> list[Column]:
    """Every column of a table, read with what the others say about the file's decimal mark.

    Args:
        frame: columns of numbers, texts or both.
        separator: between the cells of a text file, else empty.
        raw: a function from places of columns to them as texts, for columns of numbers whose points may be marks of
            thousands; None where numbers are no text.
    """
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    plain = {place: number for place, column in enumerate(columns) if (number := native(column)) is not None}
    texts = {place: Cells(column) for place, column in enumerate(columns) if place not in plain}
    settled = {place: own_marks(cells.written) for place, cells in texts.items() if cells.numeric}
    decimals = {marks.decimal for marks in settled.values() if marks and marks != Marks()}
    if raw and (separator == ";" or "," in "".join(decimals) or None in settled.values()):
        floats = {place: column for place, column in plain.items() if column.dtype.kind == "f"}
        again = [place for place, column in floats.items() if _of_three(column)]
        for place, column in zip(again, raw(again) if again else (), strict=True):
            cells = Cells(column)
            settled[place] = own_marks(cells.written)
            if settled[place] is None:
                texts[place] = cells
                del plain[place]
        if any(settled.get(place, Marks()) and _has_decimals(column) for place, column in floats.items()):
            decimals.add(".")
    file_decimal = decimals.pop() if len(decimals) == 1 and decimals <= {",", "."} else ""
    read = []
    for place in range(len(columns)):
        if place in plain:
            values = plain[place]
            kind = "true or false" if values.dtype.kind in "bO" else "numbers"
            read.append(Column(values, kind, int(values.isna().sum())))
            continue
        cells, marks = texts[place], settled.get(place)
        if cells.numeric and marks is None:
            marks = likely_marks(cells.written, separator, file_decimal)
        read.append(cells.read(marks))
    return read


def numbers_among(column: pandas.Series) -> pandas.Series:
    """The numbers of a column as float64, NaN where a cell is none."""
    import pandas

    cells = Cells(column)
    numeric = [place for place in cells.places if Written([cells.texts[place]]).numeric]
    written = Written([cells.texts[place] for place in numeric])
    table = np.full(len(cells.texts) + 1, np.nan)
    if numeric:
        read = converted(written, own_marks(written) or likely_marks(written, "", ""))
        table[numeric] = np.nan if read is None else read
    return pandas.Series(np.where(cells.is_text, table[cells.codes], cells.others), index=column.index)


def _has_decimals(column: pandas.Series) -> bool:
    values = column.to_numpy(np.float64)
    values = values[np.isfinite(values)]
    return bool((values != np.round(values)).any())


def _of_three(column: pandas.Series) -> bool:
    """Whether the points in a column of numbers could stand between thousands: three decimals, below a million."""
    values = np.abs(column.to_numpy(np.float64))
    values = values[np.isfinite(values)]
    broken = values[values != np.round(values)]
    return bool(
        broken.size
        and (broken >= 1).all()
        and (broken < 1000).all()
        and np.allclose(broken * 1000, np.round(broken * 1000), atol=1e-6)
    )
