"""What maps are drawn of: a visitor's table or pictures, or pictures of a data set.

Users: fit-sne, heat-geodesic, hyperbolic-diffusion, i-con, largevis, topoae; made for every method that
draws a map of rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo.blocks import tables
from zoo.blocks.figures import Colouring
from zoo.errors import InputError
from zoo.types import Images, Table, note

Array = NDArray[np.float64]
FEWEST, MOST = 10, 3000
SIDE = 16
"""Pixels at which pictures are compared."""


@dataclass(frozen=True)
class Rows:
    """What a map is drawn of.

    Attributes:
        values: `(n, d)`.
        names: `n`.
        colouring: of the points.
        pictures: what each looks like, uint8 `(n, h, w)` or `(n, h, w, 3)`, or None.
    """

    values: Array
    names: list[str]
    colouring: Colouring
    pictures: NDArray | None = None


def of_table(table: Table, colour: str, most: int = MOST) -> Rows:
    """The rows of a visitor's table; numbers that are no pixels are brought to variance 1.

    Args:
        table: of which rows without an empty number are taken.
        colour: the column that colours the points, or empty.
        most: rows that are taken.

    Raises:
        InputError: too few or too many rows, or no number that varies.
    """
    frame = table.frame
    named = tables.colour_column(frame, colour)
    given = tables.numbers(
        frame, aside={named} if named else (), missing="drop the row", fewest=1, fewest_rows=FEWEST
    )
    for sentence in given.notes:
        note(sentence)
    if len(given.values) > most:
        raise InputError(f"the table has {len(given.values):,} rows; at most {most:,} are drawn.")
    pictures = _pixels(given.values, given.columns)
    values = given.values if pictures is not None else standard(given.values)
    colouring = tables.colouring(frame, named, given.kept)
    if colouring is None:
        colouring = Colouring(given.columns[0], values=given.values[:, 0])
    return Rows(values, given.rows, colouring, pictures)


def standard(table: ArrayLike) -> Array:
    """Columns with mean 0 and variance 1; constant columns are left out.

    Args:
        table: `(rows, columns)`, finite.
    """
    table = np.asarray(table, float)
    spread = table.std(0)
    varying = spread > 1e-12 * np.abs(table).max(0, initial=1e-300)
    if not varying.any():
        raise InputError("every column of the table is constant; send columns that vary.")
    return (table[:, varying] - table[:, varying].mean(0)) / spread[varying]


def _pixels(values: Array, names: list[str]) -> NDArray | None:
    """Rows as pictures, black on white, where the columns are numbered pixels of a square."""
    side = int(np.sqrt(len(names)))
    numbered = [re.fullmatch(r"(.*?)(\d+)", name) for name in names]
    words = {match[1] for match in numbered if match}
    if side < 5 or side**2 != len(names) or len(words) != 1 or values.min() < 0:
        return None
    ink = values.reshape(-1, side, side) / max(float(values.max()), 1e-300)
    return np.round(255 * (1 - ink)).astype(np.uint8)


def of_pictures(album: Images) -> Rows:
    """Pictures as their pixels at `SIDE` x `SIDE`, coloured by how light they are.

    Raises:
        InputError: too few pictures, or all alike.
    """
    from PIL import Image as Pillow

    if len(album.items) < FEWEST:
        raise InputError(f"{len(album.items)} pictures are too few for a map; send at least {FEWEST}.")
    small = np.stack(
        [
            np.asarray(picture.pil().convert("RGB").resize((SIDE, SIDE), Pillow.Resampling.BOX))
            for picture in album.items
        ]
    )
    large = np.stack([np.asarray(picture.pil().convert("RGB").resize((32, 32))) for picture in album.items])
    values = small.reshape(len(small), -1) / 255
    if np.ptp(values, axis=0).max() == 0:
        raise InputError("all pictures are the same; send some that differ.")
    names = [f"picture {number}" for number in range(1, len(small) + 1)]
    return Rows(values, names, Colouring("lightness", values=values.mean(axis=1)), large)


def subset(name: str, count: int, seed: int) -> tuple[Array, NDArray[np.intp]]:
    """Random pictures of a data set as fifty principal components `(count, 50)`, and their labels.

    Args:
        name: of the data set.
        count: how many pictures.
        seed: which.
    """
    import zoo.data

    split = zoo.data.load(name, split="train")
    chosen = np.random.default_rng(seed).choice(len(split.labels), count, replace=False)
    pixels = split.images[np.sort(chosen)].reshape(count, -1).astype(np.float64) / 255
    centred = pixels - pixels.mean(axis=0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    return left[:, :50] * scale[:50], np.asarray(split.labels)[np.sort(chosen)].astype(np.intp)
