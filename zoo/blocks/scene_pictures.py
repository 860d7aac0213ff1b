"""Scenes with maps over them as heat, a cross where each map is largest and a frame around what was asked about.

Users: grad-cam.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import sheets
from zoo.blocks.two_objects import Scenes

TIMES = 5
"""Pixels of a page for one of the scene."""
MARGIN = 26
"""Pixels above each row of a table, for names."""


def overlay(
    pixels: NDArray[np.uint8], values: NDArray | None, boxes: NDArray, side: int
) -> NDArray[np.uint8]:
    """A scene with a map as heat over it, a cross at its largest value and a frame around the digit asked about."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    large = sheets.enlarge(pixels, TIMES)
    if values is not None:
        grey = large.mean(2, keepdims=True).repeat(3, 2)
        high = float(np.quantile(values, 0.995)) or float(values.max()) or 1.0  # a pixel may stand out alone
        colours = sheets.enlarge(sheets.heat(values, 0.0, high), TIMES)
        large = (0.45 * grey + 0.55 * colours).astype(np.uint8)
    sheet = Pillow.fromarray(large)
    pen = ImageDraw.Draw(sheet)
    top, left, bottom, right = TIMES * boxes[side]
    pen.rectangle((left - 4, top - 4, right + 3, bottom + 3), outline="black", width=4)
    pen.rectangle((left - 3, top - 3, right + 2, bottom + 2), outline="white", width=2)
    if values is not None and values.max() > values.min():
        row, column = np.unravel_index(values.argmax(), values.shape)
        x, y = TIMES * (column + 0.5), TIMES * (row + 0.5)
        for width, colour in ((7, "black"), (3, "#ff4d4d")):
            pen.line((x - 11, y - 11, x + 11, y + 11), fill=colour, width=width)
            pen.line((x - 11, y + 11, x + 11, y - 11), fill=colour, width=width)
    return np.asarray(sheet)


def table(shown: Scenes, side: int, maps: Mapping[str, Sequence[NDArray]]) -> NDArray[np.uint8]:
    """A row of maps a method, a column a layer, with their names."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    rows = [
        [overlay(shown.images[0], values, shown.boxes[0], side)[::2, ::2] for values in row]
        for row in maps.values()
    ]
    cell = rows[0][0].shape[0] + 6
    sheet = np.full((MARGIN + len(rows) * (cell + MARGIN), len(rows[0]) * cell, 3), 255, np.uint8)
    picture = Pillow.fromarray(sheet)
    pen = ImageDraw.Draw(picture)
    for down, (title, row) in enumerate(zip(maps, rows, strict=True)):
        top = MARGIN + down * (cell + MARGIN)
        for across, pixels in enumerate(row):
            picture.paste(Pillow.fromarray(pixels), (across * cell + 3, top))
            words = f"{title}, layer 1" if across == 0 else f"layer {across + 1}"
            pen.text((across * cell + 4, top - 20), words, fill="black", font_size=13)
    return np.asarray(picture)
