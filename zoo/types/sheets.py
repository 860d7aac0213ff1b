"""The first sheet of an Excel workbook, as rows of cells."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from zoo.errors import InputError
from zoo.types.base import MAX_BYTES


def read_sheet(data: bytes, max_rows: int, max_cells: int) -> list[list[Any]]:
    """Rows that are not blank, of equal length; they are counted first, for two far cells span a huge rectangle.

    Raises:
        InputError: it is no workbook, or its first sheet is too large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > 8 * MAX_BYTES:
                raise InputError("the workbook unpacks to over 512 MB; save the sheet as CSV.")
        return _rows(data, max_rows, max_cells)
    except InputError:
        raise
    except Exception as error:  # a stranger's archive fails in many ways
        raise InputError("the file is not a readable Excel workbook; send an .xlsx file.") from error


def _rows(data: bytes, max_rows: int, max_cells: int) -> list[list[Any]]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheet = book.worksheets[0]
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
