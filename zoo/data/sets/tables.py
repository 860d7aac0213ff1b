"""Small tables on which linear dimension reduction is taught."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import pip

PRINCE = pip(
    "prince",
    "0.23.0",
    sha256="096ac1269e234381cdd8b242a98bc508c2102ff592a4c54a17c3ff6ddc814103",
    megabytes=0.2,
)

# file in the package, rows, columns that are numbers, columns that are words, what it is
TABLES = {
    "decathlon": ("decathlon", 41, 12, 1, "marks of athletes in ten disciplines"),
    "poison": ("poison", 55, 2, 13, "what children ate and how they fell ill"),
    "punctuation": ("punctuation_marks", 6, 3, 0, "how often authors used which mark, counts"),
    "hearthstone": ("hearthstone_cards", 1065, 0, 4, "kinds of playing cards"),
}


def _register(name: str, file: str, rows: int, numbers: int, words: int, text: str) -> Callable:
    def make(package: Path) -> dict[str, Arrays]:
        return {"train": _read(package / f"prince/datasets/{file}.csv")}

    make.__doc__ = f"""Table `{file}`: {text}.

    Columns of numbers are `numbers`, named by `number_names`; columns of words are `words`, named
    by `word_names`; `rows` are the rows' names, or their order where they have none.
    """
    return dataset(
        f"table-{name}",
        splits={"train": rows},
        fields={
            "numbers": f"float64 (n, {numbers})",
            "words": f"text (n, {words})",
            "rows": "text (n,)",
            "number_names": f"text ({numbers},)",
            "word_names": f"text ({words},)",
        },
        licence="MIT (prince); the tables are from textbooks and public records",
        packages=[PRINCE],
    )(make)


for _name, _table in TABLES.items():
    _register(_name, *_table)


def _read(path: Path) -> Arrays:
    with path.open(newline="", encoding="utf-8") as stream:
        header, *body = csv.reader(stream)
    columns = dict(zip(header, zip(*body, strict=True), strict=True))
    rows = next((columns.pop(key) for key in ("", "author", "id") if key in columns), None)
    numeric = {name for name, cells in columns.items() if all(map(_is_number, cells))}
    words = [name for name in columns if name not in numeric]
    numbers = [name for name in columns if name in numeric]
    return {
        "numbers": np.array([columns[k] for k in numbers], np.float64).T.reshape(len(body), len(numbers)),
        "words": np.array([columns[k] for k in words], str).T.reshape(len(body), len(words)),
        "rows": np.array(rows or [str(k) for k in range(len(body))]),
        "number_names": np.array(numbers, str),
        "word_names": np.array(words, str),
    }


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
