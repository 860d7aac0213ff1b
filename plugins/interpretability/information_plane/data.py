"""What is learned: patterns of twelve lamps on a sphere, or a visitor's table."""

from __future__ import annotations

import itertools

import numpy as np

from zoo.blocks import sent_rows
from zoo.errors import InputError
from zoo.types import Table

from .model import Array, Work

FEWEST_ROWS, MOST_ROWS, MOST_CLASSES = 50, 4096, 8
SHARE = 0.8
"""Of the rows that are trained on."""
EDGES = 7
"""Of thirty; from so many lit edges on the label is 1, which makes 52.7 % of the patterns."""


def corners() -> Array:
    """The twelve corners of an icosahedron with edges of length 2, `(12, 3)`: points spread evenly over a sphere."""
    golden = (1 + 5**0.5) / 2
    signs = itertools.product((-1, 1), (-golden, golden))
    return np.array([place for a, b in signs for place in ((0, a, b), (a, b, 0), (b, 0, a))])


def lit_edges(x: Array) -> Array:
    """Edges of which both ends are lit, of patterns `(n, 12)` of 0 and 1; `(n,)`. No rotation changes them."""
    places = corners()
    near = np.isclose(np.square(places[:, None] - places).sum(2), 4)
    return np.einsum("ni,ij,nj->n", x, near, x) / 2


def lamps(seed: int, by_lot: bool = False) -> Work:
    """All 4,096 patterns of twelve lamps, label 1 where seven edges or more are lit, or labels drawn by lot.

    The paper's rule in our words: symmetric under rotations of the sphere, balanced, nearly one bit of I(X;Y).
    """
    x = (np.arange(4096)[:, None] >> np.arange(12) & 1).astype(float)
    labels = (lit_edges(x) >= EDGES).astype(np.int64)
    if by_lot:
        labels = np.random.default_rng((seed, 1)).permutation(labels)
    return Work(x, labels, _trained(len(x), seed))


def _trained(rows: int, seed: int) -> Array:
    trained = np.zeros(rows, bool)
    trained[np.random.default_rng((seed, 2)).permutation(rows)[: round(SHARE * rows)]] = True
    return trained


def of_table(table: Table, label: str, seed: int) -> Work:
    """Columns of numbers, each of mean 0 and deviation 1, and a column of a few different values as the label.

    Raises:
        InputError: too few rows or columns of numbers, or not 2 to 8 labels.
    """
    frame = table.frame[table.frame[label].notna()]
    read = sent_rows.numbers(
        frame, MOST_ROWS, np.random.default_rng((seed, 3)),
        aside=[label], fewest=1, fewest_rows=FEWEST_ROWS, missing="fill with the mean",
    )  # fmt: skip
    names, labels = np.unique(frame[label].to_numpy()[read.kept].astype(str), return_inverse=True)
    if not 2 <= len(names) <= MOST_CLASSES:
        raise InputError(
            f"Label: the column has {len(names)} different values; choose one that has 2 to {MOST_CLASSES}."
        )
    x, spread = read.values, read.values.std(0)
    x = (x - x.mean(0)) / np.where(spread > 0, spread, 1)
    return Work(x, labels.ravel(), _trained(len(x), seed))
