"""Tables as text: what stands between cells, and where the table begins."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo.errors import InputError
from zoo.types.encodings import decoded
from zoo.types.headers import Header, header_of, is_number

if TYPE_CHECKING:
    import pandas

SEPARATORS = "\t;|, "
"""Marks between cells, the surest first: commas stand inside of numbers too, and spaces inside of words."""

NOTHING = "\x1f"
"""The mark between the cells of a table of a single column."""

_SAMPLE = 200


@dataclass(frozen=True)
class TextTable:
    """A table of text before its cells are understood.

    Attributes:
        frame: a column for each of the widest row, without names: numbers where all cells are plain ones, else texts.
        header: what stood above.
        separator: between cells; ``NOTHING`` for a single column.
        encoding: of the letters.
        comments: lines above that begin with ``#``.
        short: whether the names are one fewer than the cells of a row.
        body: the text of the rows.
    """

    frame: pandas.DataFrame
    header: Header
    separator: str
    encoding: str
    comments: int
    short: bool
    body: str

    def texts(self, places: list[int]) -> list[pandas.Series]:
        """Columns as they are written."""
        frame = _parsed(self.body, self.separator, self.frame.shape[1], usecols=places, dtype=object)
        return [frame[place] for place in places]


def read_text_table(data: bytes, may_lack_header: bool = False) -> TextTable:
    """Read the text of a table.

    Raises:
        InputError: it is no text, has no rows, or rows that are longer than others.
    """
    text, encoding = decoded(data)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    stated = re.match(r'\s*"?sep=([^"\n])"?[^\S\n]*(?:\n|$)', text, re.I)
    if stated:
        text = text[stated.end() :]
    text, comments, last_comment = _without_comments(text)
    lines = [line for line in itertools.islice(_lines(text), _SAMPLE) if line.strip()]
    if not lines:
        raise InputError("the file is blank; send a line to name the columns and at least one row.")
    separator = stated[1] if stated else separator_of(lines)
    rows, ends = _rows(text, separator)
    header = header_of(rows, may_lack_header)
    if last_comment and all(any(is_number(cell) for cell in row) for row in rows[:2]):
        names = _rows(last_comment, separator)[0]  # as numpy.savetxt writes them: # x, y
        if names and len(names[0]) == len(rows[0]) and not any(map(is_number, names[0])):
            header, comments = Header(0, 0, [cell.strip() for cell in names[0]]), comments - 1
    start = ends[header.titles + header.rows - 1] if header.titles + header.rows else 0
    body = text[start:]
    if not body.strip():
        raise InputError("the table has no rows; send a header line and at least one row.")
    width = _width(rows, header)
    frame = _parsed(body, separator, width)
    short = _is_short(rows, header, frame)
    return TextTable(frame, header, separator, encoding, comments, short, body)


def _width(rows: list[list[str]], header: Header) -> int:
    """How many cells most rows have, and at least as many as there are names."""
    names = len(rows[header.titles]) if header.rows else 0
    body = [len(row) for row in rows[header.titles + header.rows :]]
    usual = Counter(body).most_common(1)[0][0] if body else names
    return max(names, usual)


def _is_short(rows: list[list[str]], header: Header, frame: pandas.DataFrame) -> bool:
    """Whether the first column has no name because the line of names begins with the second one's."""
    if not header.rows:
        return False
    names = rows[header.titles]
    return len(names) == frame.shape[1] - 1 and not frame.iloc[:, -1].isna().all()


def _lines(text: str) -> Any:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _without_comments(text: str) -> tuple[str, int, str]:
    """The text without the lines above that begin with ``#``, how many they were, and the last of them.

    A line such as ``#,name`` or ``#chrom;start`` is no comment where the lines below have as many cells.
    """
    count, last, start = 0, "", 0
    following = list(itertools.islice(_lines(text), _SAMPLE))
    body = [line for line in following if line.strip() and not line.lstrip().startswith("#")]
    marks_of_comments = ("#", "%", "//") if _named_below(following) else ("#",)
    for line in following:
        stripped = line.strip()
        if stripped and not stripped.startswith(marks_of_comments):
            break
        marks = [mark for mark in "\t;|," if mark in stripped]
        single = not stripped.startswith(("##", "# ")) and body
        if (
            stripped
            and single
            and any(
                stripped.count(mark) == body[0].count(mark)
                and not any(map(is_number, stripped.split(mark)))
                and any(map(is_number, body[0].split(mark)))
                for mark in marks
            )
        ):
            break
        if stripped:
            count, last = count + 1, stripped.lstrip("#%/ \t")
        start += len(line) + 1
    return text[start:], count, last


def _named_below(lines: list[str]) -> bool:
    """Whether names stand below lines of Matlab's or C's comments, which may else be names: ``% fat``.

    The last of such lines is no comment where it has as many cells as what is below.
    """
    places = [
        place
        for place, line in enumerate(lines)
        if line.strip() and not line.lstrip().startswith(("#", "%", "//"))
    ]
    if not places or any(map(is_number, re.split(r"[\t;|, ]", lines[places[0]]))):
        return False
    above = next((line for line in reversed(lines[: places[0]]) if line.strip()), "")
    return not any(
        mark in above and _cells([above], mark) == _cells(lines[places[0] :], mark) for mark in "\t;|,"
    )


def _cells(lines: list[str], separator: str) -> int:
    """How many cells the first row has; a quoted cell may go over several lines."""
    return len(next(csv.reader([line + "\n" for line in lines], delimiter=separator)))


def _rows(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """The first rows that are not blank, and where in the text each of them ends."""
    lines = list(itertools.islice(_lines(text), _SAMPLE))
    offsets = list(itertools.accumulate(len(line) + 1 for line in lines))
    reader = _reader(lines, separator)
    rows, ends = [], []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                ends.append(offsets[reader.line_num - 1])
    except csv.Error as error:
        raise InputError(
            "the rows of the table cannot be told apart; quote cells that hold line breaks."
        ) from error
    return rows, ends


def _reader(lines: list[str], separator: str) -> Any:
    if separator == " ":
        lines = [line.strip() for line in lines]
    # A quote that is never closed must not swallow the sample, so the reader sees line breaks.
    return csv.reader([f"{line}\n" for line in lines], delimiter=separator, skipinitialspace=True)


def separator_of(lines: list[str]) -> str:
    """The mark that parts most lines into equally many cells; commas and spaces only where nothing else does."""
    best, chosen = (0.0, 0), NOTHING
    for mark in SEPARATORS:
        try:
            rows = [row for row in _reader(lines, mark) if any(cell.strip() for cell in row)]
        except csv.Error:
            continue
        share, skipped = _fit(rows, mark)
        if (round(share, 2), -skipped) > best:
            best, chosen = (round(share, 2), -skipped), mark
    return chosen


def _fit(rows: list[list[str]], mark: str) -> tuple[float, int]:
    """Which part of the rows has as many cells as most have, and how many above have fewer."""
    sizes = [len(row) for row in rows]
    wide = [size for size in sizes[len(sizes) // 4 :] if size > 1]
    if not wide:
        return 0.0, 0
    usual = Counter(wide).most_common(1)[0][0]
    skipped = next(
        place for place, size in enumerate(sizes) if size >= usual or (size == usual - 1 and size > 1)
    )
    share = sum(size == usual for size in sizes[skipped:]) / len(sizes[skipped:])
    if len(sizes) > skipped + 1 and sizes[skipped] == usual - 1:
        share += 1 / len(sizes[skipped:])  # names one short, as R writes them
    if mark == "," and usual == 2 and skipped == 1 and all(map(is_number, map(",".join, rows[1:]))):
        return 0.0, 0  # a column of decimal commas under its name
    if mark == " " and (share < 1 or not _has_numbers(rows[skipped + 1 :] or rows, usual)):
        return 0.0, 0
    return share, skipped


def _has_numbers(rows: list[list[str]], width: int) -> bool:
    """Whether a column of these rows holds numbers, so that spaces between words do not make columns."""
    return any(all(is_number(row[place]) for row in rows[:20] if place < len(row)) for place in range(width))


def _parsed(body: str, separator: str, width: int, **options: Any) -> pandas.DataFrame:
    import pandas

    uneven = "the rows of the table do not all have as many cells as its first line names columns."
    try:
        frame = pandas.read_csv(
            io.StringIO(body),
            sep=r"\s+" if separator == " " else separator,
            header=None,
            names=range(width),
            skipinitialspace=True,
            keep_default_na=False,
            na_values=[""],
            low_memory=False,
            on_bad_lines="error",
            **options,
        )
    except Exception as error:  # the parser raises several kinds; its message names no cure
        raise InputError(uneven) from error
    if not isinstance(frame.index, pandas.RangeIndex):
        raise InputError(uneven)  # the first row has more cells than the others
    return frame
