"""Tables, as text or Excel files and other programs hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zoo.errors import InputError, brief
from zoo.types.base import Reference, Value, comes_from
from zoo.types.cells import Column, understood
from zoo.types.columns import column_of, columns_of, quoted, several
from zoo.types.headers import NAMELESS, Header, header_of, is_number, text_of, unique
from zoo.types.sheets import Sheet, read_sheet
from zoo.types.text_tables import NOTHING, read_text_table

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class ColumnReading:
    """How a column was read.

    Attributes:
        name: as the table has it.
        kind: ``numbers``, ``words`` or ``true or false``.
        missing: cells without a value.
    """

    name: str
    kind: str
    missing: int


@dataclass(frozen=True)
class Reading:
    """How a table was read.

    Attributes:
        separator: between the cells of a text file: a comma, a semicolon, a tab, a bar or a space; empty else.
        decimal: the decimal mark, or both where columns differ.
        thousands: the mark between thousands, or empty.
        encoding: of a text file's letters; empty else.
        skipped: lines above the names of the columns.
        header_rows: lines of names.
        row_names: where the rows have names: ``the first column``, ``the index`` of a frame, or empty.
        missing: cells without a value.
        columns: each with its kind.
        repeated: names that several columns had.
        decisions: what else was decided, as parts of a sentence.
    """

    separator: str = ""
    decimal: str = "."
    thousands: str = ""
    encoding: str = ""
    skipped: int = 0
    header_rows: int = 1
    row_names: str = ""
    missing: int = 0
    columns: tuple[ColumnReading, ...] = ()
    repeated: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()

    def sentence(self) -> str:
        """What was decided that is not as in a plain CSV file; empty where nothing was."""
        parts = []
        names = {"\t": "tabs", " ": "spaces"}
        if self.separator not in ("", ",", NOTHING):
            parts.append(f"{names.get(self.separator, f'“{self.separator}”')} between cells")
        if self.encoding not in ("", "utf-8", "ascii"):
            parts.append(f"letters in {self.encoding}")
        if self.skipped:
            parts.append(f"{_counted(self.skipped, 'line')} above the names of the columns left out")
        parts += self.decisions
        if self.missing:
            parts.append(f"{_counted(self.missing, 'cell')} missing")
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}." if text else ""


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class _Source:
    """A table before its cells are understood.

    Attributes:
        frame: numbers, or texts as they were written.
        names: of its columns, as they were written.
        header: what stood above; None where it is no file.
        separator: between the cells of a text.
        encoding: of its letters.
        comments: lines above that begin with ``#``.
        texts: from places of columns to them as they were written, for a text.
        labels: names of the rows, where they are known.
        choice: why it is this sheet of a workbook, as part of a sentence.
    """

    frame: pandas.DataFrame
    names: Sequence[str]
    header: Header | None = None
    separator: str = ""
    encoding: str = ""
    comments: int = 0
    texts: Callable[[list[int]], list[pandas.Series]] | None = None
    labels: list[str] | None = None
    choice: str = ""

    def may_name_rows(self, first: Column, name: str, columns: int) -> bool:
        """Whether the first column has no name while others have, or counts the rows of a file without names."""
        if self.header and not self.header.rows and not any(self.names):
            return columns > 2 and _counts([text_of(cell) for cell in first.values])
        return columns > 1 and NAMELESS.fullmatch(name) is not None

    def reading(
        self,
        columns: Sequence[Column],
        titles: Sequence[str],
        repeated: tuple[str, ...],
        labels: list[str] | None,
        decisions: Sequence[str],
    ) -> Reading:
        """The account of how it was read."""
        marks = [column.marks for column in columns if column.marks]
        return Reading(
            separator="" if self.separator == NOTHING else self.separator,
            decimal="".join(sorted({mark for own in marks for mark in own.decimal})) or ".",
            thousands="".join(sorted({own.thousands for own in marks})),
            encoding=self.encoding,
            skipped=self.comments + (self.header.titles if self.header else 0),
            header_rows=self.header.rows if self.header else 1,
            row_names="" if labels is None else "the index" if self.labels else "the first column",
            missing=sum(column.missing for column in columns),
            columns=tuple(
                ColumnReading(title, column.kind, column.missing)
                for title, column in zip(titles, columns, strict=True)
            ),
            repeated=repeated,
            decisions=tuple(decisions),
        )


def _counts(labels: Sequence[str]) -> bool:
    """Whether names of rows are their numbers, from 0 or from 1."""
    return len(labels) > 1 and any(
        all(label == str(row) for row, label in enumerate(labels, begin)) for begin in (0, 1)
    )


_WITH_UNIT = re.compile(r"[+-]?\d[\d.,]*\s?[A-Za-z°µμ/²³]{1,8}")


def _decisions(columns: Mapping[str, Column], repeated: tuple[str, ...], header: Header | None) -> list[str]:
    """What was decided about a table's header and cells, as parts of a sentence."""
    parts = []
    if header and header.left_out:
        parts.append(f"the second line, {several(header.left_out, 3)}, is left out")
    elif header and header.rows == 2:
        parts.append("two lines of names are joined")
    if header and header.rows and all(is_number(name) for name in columns):
        parts.append(f"the first line, {several(list(columns), 3)}, names the columns")
    if repeated:
        parts.append(f"{several(repeated, 3)} named several columns, which are numbered")
    read = list(columns.values())
    commas = [column.example for column in read if column.marks and "," in column.marks.decimal]
    if any(commas := [example for example in commas if "," in example]):
        parts.append(f"decimal comma (as in “{commas[0]}”)")
    grouped = [column for column in read if column.marks and (column.marks.thousands or column.spaced)]
    if grouped:
        parts.append(f"marks between thousands (as in “{grouped[0].example}”)")
    if any(column.percent for column in read):
        parts.append("percent signs are read as hundredths")
    for name, column in columns.items():
        if column.kind == "words":
            words = column.values.dropna().head(100).astype(str)
            alike = words[words.map(lambda word: _WITH_UNIT.fullmatch(word) is not None)]
            if len(alike) > 0.8 * len(words) > 0:
                parts.append(
                    f"{quoted(name)} is taken as words, such as “{alike.iloc[0]}”; write numbers alone"
                )
                break
    return parts


@dataclass(frozen=True, eq=False)
class Table(Value):
    """A table with named columns: ``frame`` is a ``pandas.DataFrame``.

    Its columns hold numbers, truth values or words, NaN where a cell is missing. Where the rows have names, these are
    its index, which else counts from 0. Text files may use comma, semicolon, tab, bar or spaces between cells, decimal
    commas, marks between thousands, titles above the names of the columns, and older encodings; Excel files give
    their first sheet that is no cover.
    """

    frame: pandas.DataFrame
    reading: Reading = field(default_factory=Reading)

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
    def as_is(cls, columns: Mapping[str, Any]) -> Self:
        """Of columns whose words stay words, such as a node called 1.10, where ``of`` would read a number."""
        import pandas

        return cls(pandas.DataFrame(columns))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was decided when it was read."""
        sentence = self.reading.sentence()
        return (sentence,) if sentence else ()

    @classmethod
    def of(cls, value: Any) -> Self:
        """From a path, a DataFrame, a mapping of columns, or a matrix."""
        if comes_from(value, "pandas") or isinstance(value, dict | list | np.ndarray):
            import pandas

            try:
                return cls._from_frame(pandas.DataFrame(value))
            except InputError:
                raise
            except (ValueError, TypeError) as error:
                raise InputError(f"{brief(value)} is no table; send {cls.accepts}.") from error
        return super().of(value)

    @classmethod
    def _from_frame(cls, frame: pandas.DataFrame) -> Self:
        import pandas

        cls._check_size(*frame.shape)
        index = frame.index
        if isinstance(index, pandas.MultiIndex) or index.name is not None:
            frame = frame.reset_index()
        names = [
            " ".join(filter(None, map(text_of, name if isinstance(name, tuple) else (name,))))
            for name in frame.columns
        ]
        labels = None
        if not isinstance(frame.index, pandas.RangeIndex):
            labels = [text_of(label) for label in frame.index]
        return cls._understood(_Source(frame, names, labels=labels))

    @classmethod
    def _check_size(cls, rows: int, columns: int) -> None:
        if rows == 0 or columns == 0:
            raise InputError("the table has no rows; send a header line and at least one row.")
        if rows > cls.max_rows or rows * columns > cls.max_cells:
            raise InputError(
                f"the table has {rows:,} rows and {columns:,} columns; at most"
                f" {cls.max_rows:,} rows and {cls.max_cells:,} cells are accepted."
            )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read an Excel workbook or a text table; the bytes tell which."""
        return cls._decoded(data, may_lack_header=False)

    @classmethod
    def without_header(cls, data: bytes) -> Self:
        """Read a file whose first line may be a row already; its columns then have names such as ``column 1``."""
        return cls._decoded(data, may_lack_header=True)

    @classmethod
    def _decoded(cls, data: bytes, may_lack_header: bool) -> Self:
        if data[:4] == b"PK\x03\x04":
            return cls._from_sheet(read_sheet(data, cls.max_rows, cls.max_cells), may_lack_header)
        if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" or b"\x00\x00\x00" in data[:4096]:
            raise InputError(f"the file is not a text table; send {cls.accepts}.")
        text = read_text_table(data, may_lack_header)
        cls._check_size(*text.frame.shape)
        names = [""] * text.short + text.header.names
        names = [*names, *[""] * text.frame.shape[1]][: text.frame.shape[1]]
        return cls._understood(
            _Source(text.frame, names, text.header, text.separator, text.encoding, text.comments, text.texts)
        )

    @classmethod
    def _from_sheet(cls, sheet: Sheet, may_lack_header: bool) -> Self:
        import pandas

        header = header_of(sheet.rows[:200], may_lack_header)
        body = sheet.rows[header.titles + header.rows :]
        cls._check_size(len(body), len(header.names))
        columns = (pandas.Series(cells, dtype=object) for cells in zip(*body, strict=True))
        frame = pandas.DataFrame({place: column.infer_objects() for place, column in enumerate(columns)})
        return cls._understood(_Source(frame, header.names, header, choice=sheet.choice))

    @classmethod
    def _understood(cls, source: _Source) -> Self:
        """The table of columns that are numbers or texts as they were written, under names as they were written."""
        import pandas

        frame = source.frame.set_axis(range(source.frame.shape[1]), axis=1).reset_index(drop=True)
        columns = dict(enumerate(understood(frame, source.separator, source.texts)))
        names = [text_of(name) for name in source.names]
        for place in range(frame.shape[1]):
            if not names[place] and columns[place].missing == len(frame) and len(columns) > 1:
                del columns[place]  # a mark at the end of each line
        labels, decisions, first = source.labels, [source.choice] if source.choice else [], min(columns)
        if labels is None and source.may_name_rows(columns[first], names[first], len(columns)):
            labels = [text_of(cell) for cell in columns.pop(first).values]
            does = "counts the rows and is left out" if _counts(labels) else "names the rows"
            decisions.append(f"the first column, without a name, {does}")
        if labels is not None and _counts(labels):
            labels = None
        unnamed = "column {}" if source.header else "{}"
        titles, repeated = unique(
            names[place] or unnamed.format(place + bool(source.header)) for place in columns
        )
        index = pandas.RangeIndex(len(frame)) if labels is None else pandas.Index(labels)
        result = pandas.DataFrame(
            {place: column.values.set_axis(index) for place, column in columns.items()}, index=index
        ).set_axis(pandas.Index(titles), axis=1)
        cls._check_size(*result.shape)
        decisions += _decisions(dict(zip(titles, columns.values(), strict=True)), repeated, source.header)
        return cls(result, source.reading(list(columns.values()), titles, repeated, labels, decisions))

    def encode(self) -> bytes:
        """A UTF-8 CSV file."""
        import pandas

        named = not isinstance(self.frame.index, pandas.RangeIndex)
        return self.frame.to_csv(index=named, index_label="" if named else None).encode()


@dataclass(frozen=True)
class ColumnOf(Reference):
    """Says of a text, or of a list of texts, that it names columns of a table of the same action.

    ``Annotated[str, ColumnOf("table")]`` is one column, ``Annotated[list[str], ColumnOf("table")]`` or a tuple
    several. On the page they are picked from the table's own columns.
    """

    about: ClassVar[str] = Table.kind

    def offer(self, source: Table | None) -> str:
        """The names of the columns."""
        return "" if source is None else f"choose from the columns {several(list(source.frame.columns))}"

    def resolve(self, value: Any, source: Table | None) -> Any:
        """Names as the table writes them; case may differ where only one column can be meant.

        A text in a list may itself be a list, as `zoo.types.columns` says: ``"height, width"``.

        Raises:
            InputError: there is no such column, several can be meant, or there is no table.
        """
        if source is None:
            raise InputError(f"there is no table with such a column; send {self.source} too.")
        names = list(source.frame.columns)
        if isinstance(value, str):
            return column_of(value, names)
        return type(value)(dict.fromkeys(name for text in value for name in columns_of(text, names)))
