"""Grad-CAM's pictures: heat over scenes with a cross where a map points, and how much lies where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import sheets
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel, axis, bars, beside, chart, line
from zoo.blocks.two_objects import Scenes
from zoo.types import Figure, Image, Pictures

TIMES = 5
"""Pixels of the page for one of the scene."""
SIGNS = {"its digit": "✓", "the other digit": "✗", "neither": "–"}


def overlay(
    pixels: NDArray[np.uint8], values: NDArray | None, boxes: NDArray, side: int
) -> NDArray[np.uint8]:
    """A scene with a map as heat over it, a cross at its largest value and a frame around the digit asked about."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    large = sheets.enlarge(pixels, TIMES)
    if values is not None:
        grey = large.mean(2, keepdims=True).repeat(3, 2)
        high = float(values.max()) or 1.0
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


def overlays(
    shown: Scenes, side: int, maps: Mapping[str, NDArray], marks: Mapping[str, str],
    before: Mapping[str, NDArray] | None,
) -> Pictures:  # fmt: skip
    """The scene and every map over it; of a scrambled network each beside that of the trained one."""

    def drawn(values: NDArray | None) -> NDArray[np.uint8]:
        return overlay(shown.images[0], values, shown.boxes[0], side)

    rows = [("the scene", Image(drawn(None)))]
    for title, values in maps.items():
        if before is None:
            rows.append((f"{title} {SIGNS[marks[title]]}", Image(drawn(values))))
        else:
            pair = sheets.grid([[drawn(before[title]), drawn(values)]], gap=8, edge=False)
            rows.append((f"{title}: trained, scrambled", Image(pair)))
    return Pictures(tuple(rows))


def shares(own: Mapping[str, float], other: Mapping[str, float], digits: Sequence[str]) -> Figure:
    """Bars: how much of each map lies within the box of its digit, and within the other's."""
    titles = list(own)[::-1]
    traces = [
        bars(titles, [part[title] for title in titles], f"in the box of {digit}", colour, across=True)
        for part, digit, colour in ((own, digits[0], COLOURS[0]), (other, digits[1], COLOURS[1]))
    ]
    across = axis("share of the map (%)", rangemode="tozero")
    return chart(traces, across, axis(automargin=True), height=400, barmode="group")


def table(shown: Scenes, side: int, maps: Mapping[str, Sequence[NDArray]]) -> Image:
    """A row of maps a method, a column a layer, with their names."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    rows = [
        [overlay(shown.images[0], values, shown.boxes[0], side)[::2, ::2] for values in row]
        for row in maps.values()
    ]
    cell, margin = rows[0][0].shape[0] + 6, 26
    sheet = np.full((margin + len(rows) * (cell + margin), len(rows[0]) * cell, 3), 255, np.uint8)
    picture = Pillow.fromarray(sheet)
    pen = ImageDraw.Draw(picture)
    for down, (title, row) in enumerate(zip(maps, rows, strict=True)):
        top = margin + down * (cell + margin)
        for across, pixels in enumerate(row):
            picture.paste(Pillow.fromarray(pixels), (across * cell + 3, top))
            pen.text((across * cell + 4, top - 20), f"{title}, {across + 1}" if across == 0 else f"layer {across + 1}",
                     fill="black", font_size=15)  # fmt: skip
    return Image(np.asarray(picture))


def scoreboard(
    right: Mapping[tuple[str, str], float],
    wrong: Mapping[tuple[str, str], float],
    titles: Sequence[str],
    layers: Sequence[str],
) -> Figure:
    """How often maps point at their digit, and into the other's box, layer by layer."""
    colours = dict(zip(titles, (*COLOURS[:2], NEUTRAL), strict=False))
    places = [str(place + 1) for place in range(len(layers))]
    panels = [
        Panel(
            [
                line(places, [score[title, name] for name in layers], title, colours[title], marks=7)
                for title in titles
            ],
            axis("layer", type="category"),
            axis("scenes (%)" if not number else "", span=(-4, 104)),
            heading,
        )
        for number, (score, heading) in enumerate(((right, "at its digit"), (wrong, "into the other's box")))
    ]
    return beside(panels, height=360, equal=False)
