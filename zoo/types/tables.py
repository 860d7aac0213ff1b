"""Tables and points, as text or Excel files hold them."""

from __future__ import annotations

import difflib
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zoo.errors import InputError, brief
from zoo.types.base import MAX_BYTES, Reference, Value, comes_from

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, eq=False)
class Table(Value):
    """A table with named columns: ``frame`` is a ``pandas.DataFrame``.

    Text files may use comma, semicolon, tab or bar, a decimal comma, a byte-order mark, UTF-8, UTF-16 or
    Latin-1; Excel files give their first sheet.
    """

    frame: pandas.DataFrame

    kind: ClassVar[str] = "table"
    label: ClassVar[str] = "a table"
    plural: ClassVar[str] = "Tables"
    placeholder: ClassVar[Any] = "table.csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".xlsx")
    suffix: ClassVar[str] = ".csv"
    accepts: ClassVar[str] = (
        "a CSV, TSV or Excel (.xlsx) table of at most 1,000,000 rows and 10,000,000 cells"
    )
    max_rows: ClassVar[int] = 1_000_000
    max_cells: ClassVar[int] = 10_000_000

    @classmethod
    def sample(cls) -> Self:
        """Four rows of a name and two numbers."""
        columns = {
            "name": ["ann", "bob", "cy", "dee"],
            "height": [1.5, 2.5, 1.25, 4.0],
            "width": [2, 3, 5, 7],
        }
        return cls.of(columns)

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a DataFrame, a mapping of columns, or a matrix."""
        if comes_from(value, "pandas") or isinstance(value, dict | list | np.ndarray):
            import pandas

            try:
                return cls._checked(pandas.DataFrame(value))
            except InputError:
                raise
            except (ValueError, TypeError) as error:
                raise InputError(f"{brief(value)} is no table; send {cls.accepts}.") from error
        return super().of(value)

    @classmethod
    def _checked(cls, frame: pandas.DataFrame) -> Self:
        rows, columns = frame.shape
        if rows == 0 or columns == 0:
            raise InputError("the table has no rows; send a header line and at least one row.")
        if rows > cls.max_rows or rows * columns > cls.max_cells:
            raise InputError(
                f"the table has {rows:,} rows and {columns:,} columns; at most"
                f" {cls.max_rows:,} rows and {cls.max_cells:,} cells are accepted."
            )
        frame = frame.copy()
        frame.columns = _unique(map(str, frame.columns))
        return cls(frame)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read an Excel workbook or a text table; the bytes tell which."""
        return cls._checked(_read_excel(data) if data[:4] == b"PK\x03\x04" else _read_text_table(data))

    def encode(self) -> bytes:
        """A UTF-8 CSV file."""
        return self.frame.to_csv(index=False).encode()


@dataclass(frozen=True)
class ColumnOf(Reference):
    """Says of a text, or of a list of texts, that it names columns of a table of the same action.

    ``Annotated[str, ColumnOf("table")]`` is one column, ``Annotated[list[str], ColumnOf("table")]`` or a tuple
    several. On the page they are picked from the table's own columns.
    """

    about: ClassVar[str] = Table.kind

    def resolve(self, value: Any, source: Table | None) -> Any:
        """Names as the table writes them; case may differ where only one column can be meant.

        Raises:
            InputError: there is no such column, or no table.
        """
        if source is None:
            raise InputError(f"there is no table that has it; send {self.source} too.")
        names = list(source.frame.columns)
        if isinstance(value, str):
            return _column(value, names)
        return type(value)(dict.fromkeys(_column(name, names) for name in value))


def _column(name: str, names: list[str]) -> str:
    """The column that is meant: the one of exactly this name, else the only one that differs in case alone."""
    if name in names:
        return name
    alike = [column for column in names if column.casefold().strip() == name.casefold().strip()]
    if len(alike) == 1:
        return alike[0]
    near = alike or [
        column
        for match in difflib.get_close_matches(name.casefold(), [one.casefold() for one in names], 4, 0.5)
        for column in names
        if column.casefold() == match
    ]
    if near:
        raise InputError(f"there is no column {brief(name)}; near it are {_listed(dict.fromkeys(near))}.")
    raise InputError(f"there is no column {brief(name)}; the table has {_listed(names)}.")


def _listed(names: Iterable[str], most: int = 8) -> str:
    """``'a', 'b' and 3 more``."""
    quoted = [brief(name) for name in names]
    return ", ".join(quoted[:most]) + (f" and {len(quoted) - most} more" if len(quoted) > most else "")


def _unique(names: Iterable[str]) -> list[str]:
    """Names with ``.1``, ``.2`` … after those that came before, as pandas reads them from a file."""
    found: dict[str, None] = {}
    for name in names:
        number, free = 1, name
        while free in found:
            number, free = number + 1, f"{name}.{number}"
        found[free] = None
    return list(found)


def _check_sheet(data: bytes) -> None:
    """Count rows and cells without keeping them: two far cells of a small file span a huge rectangle."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    width = 0
    for height, row in enumerate(sheet.iter_rows(values_only=True)):
        width = max(width, len(row))
        if height > Table.max_rows or height * width > Table.max_cells:
            raise InputError(
                f"the sheet spans over {height:,} rows and {width:,} columns; at most"
                f" {Table.max_rows:,} rows and {Table.max_cells:,} cells are accepted."
            )


def _read_excel(data: bytes) -> pandas.DataFrame:
    import pandas

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > 8 * MAX_BYTES:
                raise InputError("the workbook unpacks to over 512 MB; save the sheet as CSV.")
        _check_sheet(data)
        return pandas.read_excel(io.BytesIO(data), engine="openpyxl")
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"the file is not a readable Excel workbook; send {Table.accepts}.") from error


def _read_text_table(data: bytes) -> pandas.DataFrame:
    import pandas

    if b"\x00" in data[:4096] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"the file is not a text table; send {Table.accepts}.")
    text = _decode_text(data)
    lines = text.splitlines()[:50]
    if not lines or not lines[0].strip():
        raise InputError(f"the first line must name the columns; send {Table.accepts}.")
    header = re.sub(r'"[^"]*"', "", lines[0])
    separator = max(",;\t|", key=lambda mark: (header.count(mark), -",;\t|".index(mark)))
    # Half of Europe writes 1,5: seen where commas between digits outnumber points and separate nothing.
    body = "\n".join(lines[1:])
    commas, points = (len(re.findall(rf"\d{mark}\d", body)) for mark in (",", r"\."))
    decimal = "," if separator != "," and commas > points else "."
    options: dict[str, Any] = {
        "sep": separator,
        "decimal": decimal,
        "skipinitialspace": True,
        "low_memory": False,
    }
    try:
        frame = pandas.read_csv(io.StringIO(text), **options)
        if frame.index.equals(pandas.RangeIndex(len(frame))):
            return frame
        # Rows with one cell more than the header: a separator at each line's end, or row names before.
        if frame.iloc[:, -1].isna().all():
            return pandas.read_csv(io.StringIO(text), index_col=False, **options)
        return frame.reset_index(names="row")
    except Exception as error:  # the parser raises several kinds; its message names no cure
        raise InputError(
            "the rows of the table do not all have as many cells as its first line names columns."
        ) from error


def _decode_text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


@dataclass(frozen=True, eq=False)
class Points(Value):
    """Points in the plane: ``xy`` is float64 of shape (n, 2)."""

    xy: np.ndarray

    kind: ClassVar[str] = "points"
    label: ClassVar[str] = "points"
    plural: ClassVar[str] = "Points"
    placeholder: ClassVar[Any] = "points.csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")
    suffix: ClassVar[str] = ".csv"
    accepts: ClassVar[str] = "a CSV file of two number columns, x and y, with at most 100,000 points"
    max_points: ClassVar[int] = 100_000

    @classmethod
    def sample(cls) -> Self:
        """Four points."""
        return cls.of([[0.0, 0.0], [1.0, 0.5], [0.25, 1.0], [0.75, -1.0]])

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, an array or a list of pairs."""
        if isinstance(value, np.ndarray | list | tuple):
            try:
                return cls._checked(np.array(value, dtype=np.float64))
            except (ValueError, TypeError) as error:
                if isinstance(error, InputError):
                    raise
                raise InputError(f"{brief(value)} are no points; send {cls.accepts}.") from error
        return super().of(value)

    @classmethod
    def _checked(cls, xy: np.ndarray) -> Self:
        if xy.ndim != 2 or xy.shape[1] != 2 or not len(xy):
            raise InputError(f"points need two coordinates each; send {cls.accepts}.")
        if len(xy) > cls.max_points:
            raise InputError(f"{len(xy):,} points are too many; at most {cls.max_points:,} are accepted.")
        if not np.isfinite(xy).all():
            raise InputError("the points hold NaN or infinity; send finite coordinates.")
        return cls(np.ascontiguousarray(xy))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The first two number columns of a text table, with or without a line of names."""
        first = _decode_text(data[:400]).lstrip().partition("\n")[0]
        named = bool(re.search(r"[^\W\d_]", re.sub(r"(?i)\d(e[+-]?\d)", "", first)))
        numbers = _read_text_table(data if named else b"x,y\n" + data).select_dtypes("number")
        return cls._checked(numbers.iloc[:, :2].to_numpy("f8"))

    def encode(self) -> bytes:
        """A CSV file with the header ``x,y``."""
        buffer = io.StringIO("x,y\n")
        buffer.seek(0, io.SEEK_END)
        np.savetxt(buffer, self.xy, delimiter=",", fmt="%.17g")
        return buffer.getvalue().encode()
