"""Draws `cards/linear-mda.webp` from a real run: `python -m plugins.reduction.linear_mda.thumbnail`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from . import LinearMda

SIZE, ZOOM = (640, 360), 4
GROUND, GRID, ARROW = (20, 20, 31), (46, 46, 66), (232, 232, 240)
COLOURS = ("#8b8bff", "#ff9f43", "#2dd4bf")
TARGET = Path(__file__).resolve().parents[3] / "cards" / "linear-mda.webp"


def draw() -> Image.Image:
    """The biplot of the wines: three cultivars, thirteen measurements."""
    method = LinearMda()
    figure = method.run("components", table=str(method.folder() / "examples" / "wine.csv")).biplot.plot
    clouds = [trace for trace in figure.data if trace.mode == "markers"]
    arrows = next(trace for trace in figure.data if trace.marker.symbol == "arrow")

    points = np.vstack([np.column_stack([trace.x, trace.y]) for trace in clouds])
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = (side * ZOOM for side in SIZE)
    # Equal scales on both axes; the cloud fills the height and is centred.
    scale = 0.84 * height / (high - low)[1]
    middle = (low + high) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return width / 2 + (x - middle[0]) * scale, height / 2 - (y - middle[1]) * scale

    picture = Image.new("RGB", (width, height), GROUND)
    brush = ImageDraw.Draw(picture, "RGBA")
    for tick in range(-8, 9):
        (x, y), line = place(tick, tick), 2 * ZOOM if tick == 0 else ZOOM
        brush.line([(x, 0), (x, height)], GRID, line)
        brush.line([(0, y), (width, y)], GRID, line)
    for trace, colour in zip(clouds, COLOURS, strict=True):
        for x, y in zip(trace.x, trace.y, strict=True):
            (left, top), radius = place(x, y), 6.5 * ZOOM
            box = (left - radius, top - radius, left + radius, top + radius)
            brush.ellipse(box, fill=(*bytes.fromhex(colour[1:]), 205))
    origin = np.array(place(0, 0))
    for x, y in zip(arrows.x, arrows.y, strict=True):
        tip = np.array(place(x, y))
        along = (tip - origin) / np.linalg.norm(tip - origin)
        across, base = np.array([-along[1], along[0]]), tip - 12 * ZOOM * along
        brush.line([tuple(origin), tuple(base)], (*ARROW, 215), round(2.2 * ZOOM))
        head = [tuple(tip), tuple(base + 5 * ZOOM * across), tuple(base - 5 * ZOOM * across)]
        brush.polygon(head, fill=(*ARROW, 240))
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    draw().save(TARGET, quality=88, method=6)
