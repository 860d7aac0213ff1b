"""Scenes for pages, of pieces that ship with the zoo: test digits of MNIST on cuts of test photographs.

Users: grad-cam, stn.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.two_objects import SIDE, THING, Pieces, Scenes, background, boxes, laid
from zoo.errors import InputError
from zoo.types import Drawing, Image

HERE = Path(__file__).parent
UNKNOWN = -1
"""The class of a visitor's drawing."""


@functools.lru_cache(maxsize=1)
def pool() -> Pieces:
    """A hundred digits, ten of each class in the order of classes, and twenty cuts of photographs."""
    from PIL import Image as Pillow

    with Pillow.open(HERE / "scene-digits.png") as sheet:
        digits = _tiles(np.asarray(sheet.convert("L")), THING)
    with Pillow.open(HERE / "scene-photographs.webp") as sheet:
        cuts = _tiles(np.asarray(sheet.convert("RGB")), 2 * SIDE)
    return Pieces(digits, np.repeat(np.arange(10), 10), list(cuts))


def _tiles(sheet: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Square tiles of a sheet, row by row."""
    rows, columns = (length // side for length in sheet.shape[:2])
    tiles = sheet.reshape(rows, side, columns, side, *sheet.shape[2:]).swapaxes(1, 2)
    return tiles.reshape(-1, side, side, *sheet.shape[2:])


def scene(seed: int, drawing: Drawing | None = None, photo: Image | None = None) -> Scenes:
    """A scene by its seed, its left thing first; a drawing takes the place of one digit, a photograph that behind.

    Raises:
        InputError: nothing is drawn.
    """
    pieces, rng = pool(), np.random.default_rng(seed)
    first, second = rng.permutation(10)[:2] * 10 + rng.integers(10, size=2)
    things, labels = pieces.things[[first, second]], pieces.labels[[first, second]]
    if drawing is not None:
        things, labels = np.stack([_as_digit(drawing), things[1]]), np.array([UNKNOWN, labels[1]])
    behind = background(pieces.photos[int(rng.integers(len(pieces.photos)))], rng)
    image, masks = laid(behind if photo is None else _square(photo), things, rng)
    order = boxes(masks[None])[0, :, 1].argsort()
    masks = masks[order][None]
    return Scenes(image[None], labels[order][None], masks, boxes(masks))


def _as_digit(drawing: Drawing) -> NDArray[np.uint8]:
    """Ink as MNIST has it: 20 pixels long, in the middle of 28."""
    from PIL import Image as Pillow

    rows, columns = (np.flatnonzero((drawing.ink > 0.3).any(axis)) for axis in (1, 0))
    if not len(rows):
        raise InputError("nothing is drawn; draw a digit.")
    cut = drawing.ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = 20 / max(cut.shape)
    height, width = (max(1, round(length * scale)) for length in cut.shape)
    small = Pillow.fromarray((255 * cut).astype(np.uint8)).resize((width, height), Pillow.Resampling.BOX)
    digit = np.zeros((THING, THING), np.uint8)
    top, left = (THING - height) // 2, (THING - width) // 2
    # thin strokes fade as they shrink
    digit[top : top + height, left : left + width] = np.minimum(1.6 * np.asarray(small, float), 255)
    if digit.max() < 128:
        raise InputError("the drawing is too faint to be seen at 28 pixels; draw with a thicker stroke.")
    return digit


def _square(photo: Image) -> NDArray[np.uint8]:
    """The middle of a picture, 64 x 64."""
    from PIL import Image as Pillow

    side = min(photo.width, photo.height)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    middle = photo.pil().crop((left, top, left + side, top + side))
    return np.asarray(middle.resize((SIDE, SIDE), Pillow.Resampling.BILINEAR))
