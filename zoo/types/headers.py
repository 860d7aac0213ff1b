"""Where a table begins and what its columns are called: the same for lines of text and rows of a sheet.

Above the names of the columns may stand titles; beneath them a second line, of units or of names within groups. A
first column without a name holds the names of the rows, also where the names of the columns are one short, as R
writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.types.cells import NO_NUMBERS, Written

NAMELESS = re.compile(r"(?:Unnamed: 0(?:\.\d+)*|\.\.\.1)?")
"""What a column is called that has no name, by pandas and by R's readr."""


@dataclass(frozen=True)
class Header:
    """The lines above the first row.

    Attributes:
        titles: lines above the names.
        rows: lines of names, 0, 1 or 2.
        names: of the columns, as they are written, without blanks around them.
        left_out: a second line that is of units.
    """

    titles: int
    rows: int
    names: list[str]
    left_out: tuple[str, ...] = ()


def text_of(cell: Any) -> str:
    """A cell of a header as text: 2024.0 as 2024, nothing as an empty text."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())


def is_number(cell: Any) -> bool:
    """Whether a cell is a number, or is written like one."""
    if isinstance(cell, str):
        return cell.strip() not in NO_NUMBERS and Written([cell.strip()]).numeric
    return isinstance(cell, int | float) and cell == cell and not isinstance(cell, bool)


def header_of(rows: Sequence[Sequence[Any]], may_lack: bool = False) -> Header:
    """The header of a table whose first rows are given.

    Args:
        rows: cells; shorter rows end early.
        may_lack: whether a first row that holds a number is data.
    """
    width = max((len(row) for row in rows), default=0)
    texts = [[text_of(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    used = [place for place in range(width) if any(row[place] for row in texts)]
    titles = 0
    if len(used) > 1:
        # A title stands alone in its row, and so does what is left of it when a sheet is written as text.
        while titles < len(texts) - 1 and not any(texts[titles][place] for place in used[1:]):
            titles += 1
    names = texts[titles] if texts else []
    if may_lack and any(is_number(cell) for cell in names):
        return Header(titles, 0, [""] * width)
    if not _is_second(rows, texts, titles + 1):
        return Header(titles, 1, names)
    second = texts[titles + 1]
    if _distinct(names):
        return Header(titles, 2, names, tuple(filter(None, second)))
    return Header(titles, 2, _joined(names, second))


def _is_second(rows: Sequence[Sequence[Any]], texts: list[list[str]], place: int) -> bool:
    """Whether the row at this place still belongs to the header: words where all rows below hold numbers."""
    body = rows[place + 1 : place + 21]
    if not body:
        return False
    columns = [
        column
        for column in range(len(texts[place]))
        if all(
            is_number(row[column]) or text_of(row[column]) in NO_NUMBERS for row in body if column < len(row)
        )
        and any(column < len(row) and is_number(row[column]) for row in body)
    ]
    words = [
        column
        for column in columns
        if texts[place][column] not in NO_NUMBERS and not is_number(rows[place][column])
    ]
    others = [texts[place][column] for column in range(len(texts[place])) if column not in columns]
    blank = all(not texts[place][column] for column in columns if column not in words)
    return blank and bool(words) and (len(words) > 1 or not any(others))


def _distinct(names: list[str]) -> bool:
    given = [name for name in names[1:] if name] + names[:1]
    return len(set(given)) == len(given) and all(names[1:])


def _joined(first: list[str], second: list[str]) -> list[str]:
    """``a, , b`` over ``x, y, x`` as ``a x, a y, b x``; a group is named once, above its first column."""
    names, group = [], ""
    for place, (above, below) in enumerate(zip(first, second, strict=True)):
        group = above or (group if place else "")
        names.append(f"{group} {below}".strip() if below else group)
    return names


def unique(names: Iterable[str]) -> tuple[list[str], tuple[str, ...]]:
    """Names of which no two are the same, and those that were there more than once.

    A second ``y`` becomes ``y.1``, or the next number that no column has as its own name.
    """
    given = list(names)
    taken, result = set(given), []
    seen: set[str] = set()
    for name in given:
        free, number = name, 1
        if name in seen:
            while free in taken:
                free, number = f"{name}.{number}", number + 1
        taken.add(free)
        seen.add(name)
        result.append(free)
    return result, tuple(
        dict.fromkeys(name for name in given if given.count(name) > 1) if len(seen) < len(given) else ()
    )
