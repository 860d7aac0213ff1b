"""MovieLens-100K."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from zoo.data.dataset import Arrays, dataset
from zoo.data.packages import pip

COUNT, TEST = 100_000, 20_000


@dataset(
    "ratings",
    splits={"train": COUNT - TEST, "test": TEST},
    fields={
        "users": "int64 (n,)",
        "items": "int64 (n,)",
        "ratings": "float32 (n,)",
        "times": "int64 (n,)",
        "titles": "text (1682,)",
        "genres": "text (1682,)",
    },
    licence="research use, no redistribution (GroupLens); the package says MIT",
    packages=[
        pip(
            "recbole",
            "1.2.1",
            sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
            megabytes=2.1,
        )
    ],
)
def ratings(package: Path) -> dict[str, Arrays]:
    """MovieLens-100K: 943 people's ratings of 1682 films, 1 to 5 stars.

    `users` count from 0, `items` index `titles` and `genres` (words between spaces), `times` are
    Unix seconds. The last fifth in time is for testing. F. Harper and J. Konstan, 2015.
    """
    folder = package / "recbole/dataset_example/ml-100k"
    films = {int(row[0]): row for row in _rows(folder / "ml-100k.item")}
    numbers = np.array(_rows(folder / "ml-100k.inter"), np.float64)
    numbers = numbers[np.lexsort(numbers.T)]  # by time, ties by rating, item, user
    known = sorted(films)
    parts = {"train": numbers[:-TEST], "test": numbers[-TEST:]}
    return {
        split: {
            "users": rows[:, 0].astype(np.int64) - 1,
            "items": np.searchsorted(known, rows[:, 1].astype(np.int64)),
            "ratings": rows[:, 2].astype(np.float32),
            "times": rows[:, 3].astype(np.int64),
            "titles": np.array([films[k][1] for k in known]),
            "genres": np.array([films[k][3] for k in known]),
        }
        for split, rows in parts.items()
    }


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
