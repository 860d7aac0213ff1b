"""The sheet of an Excel workbook that holds its table, as rows of cells."""

from __future__ import annotations

import datetime
import io
import zipfile
from dataclasses import dataclass
from typing import Any

from zoo.errors import InputError
from zoo.types.base import MAX_BYTES
from zoo.types.columns import quoted
from zoo.types.headers import is_number

_MOST_COVERS = 8
"""A table is looked for in so many sheets; each may be long."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook.

    Attributes:
        rows: those that are not blank, of equal length.
        choice: why it is this one, as part of a sentence; empty where there is no other.
    """

    rows: list[list[Any]]
    choice: str = ""


def read_sheet(data: bytes, max_rows: int, max_cells: int) -> Sheet:
    """The first sheet that is no cover, or the first one where all are.

    Its rows are counted first, for two far cells span a huge rectangle.

    Raises:
        InputError: it is no workbook, or the sheet is too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > 8 * MAX_BYTES:
                raise InputError("the workbook unpacks to over 512 MB; save the sheet as CSV.")
        return _sheet(data, max_rows, max_cells)
    except InputError:
        raise
    except Exception as error:  # a stranger's archive fails in many ways
        raise InputError("the file is not a readable Excel workbook; send an .xlsx file.") from error


def _sheet(data: bytes, max_rows: int, max_cells: int) -> Sheet:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
    first: list[list[Any]] = []
    for number, sheet in enumerate(sheets[:_MOST_COVERS]):
        rows = _rows(sheet, max_rows, max_cells)
        if not _is_cover(rows):
            return Sheet(rows, _choice(number, [other.title for other in sheets]))
        first = first or rows
    return Sheet(first)


def _choice(number: int, titles: list[str]) -> str:
    if len(titles) == 1:
        return ""
    before = ", for those before it hold no table" if number else ""
    return f"of {len(titles)} sheets {quoted(titles[number])} is read{before}"


def _is_cover(rows: list[list[Any]]) -> bool:
    """Whether a sheet holds a title and notes: at most two columns, none of which is mostly numbers."""
    columns = [cells for cells in zip(*rows, strict=True) if any(cell is not None for cell in cells)]
    return len(columns) <= 2 and not any(2 * sum(map(is_number, cells)) > len(cells) for cells in columns)


def _rows(sheet: Any, max_rows: int, max_cells: int) -> list[list[Any]]:
    sheet.reset_dimensions()
    width, rows = 0, []
    for height, row in enumerate(sheet.iter_rows(values_only=True)):
        width = max(width, len(row))
        if height > max_rows or height * width > max_cells:
            raise InputError(
                f"the sheet spans over {height:,} rows and {width:,} columns; at most"
                f" {max_rows:,} rows and {max_cells:,} cells are accepted."
            )
        cells = [_cell(cell) for cell in row]
        if any(cell is not None for cell in cells):
            rows.append(cells)
    width = max(map(len, rows), default=0)
    for cells in rows:
        cells += [None] * (width - len(cells))
    return rows


def _cell(cell: Any) -> Any:
    """A cell as a text file would hold it: a date as ISO writes it, nothing for blanks."""
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, datetime.datetime):
        return str(cell.date()) if cell.time() == datetime.time() else str(cell)
    if isinstance(cell, datetime.date | datetime.time | datetime.timedelta):
        return str(cell)
    return cell
