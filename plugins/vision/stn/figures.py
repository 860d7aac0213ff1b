"""Boxes that move, what they hold, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, sheets, traces
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel, Trace
from zoo.types import Figure, Image, Pictures

from .model import CNN, OURS, SIDE

LOOKS = {OURS: COLOURS[1], CNN: NEUTRAL}
INK = ((0.0, "#000000"), (1.0, "#ffffff"))
WIDE, ROW, ROOM = 336, 3, 9
"""Pixels of a picture's side on the page, pictures in a row of several, and pixels around a single one for its box."""


def watched(
    pictures: NDArray, grids: NDArray, read: NDArray, thirds: Mapping[str, Panel], titles: Sequence[str] | None = None
) -> Figure:  # fmt: skip
    """At every moment of a training: boxes on pictures, what they hold, and a third panel.

    Args:
        pictures: `(n, 42, 42)`, one or whole rows.
        grids: where pixels are read, in [-1, 1], `(moments, n, 28, 28, 2)`.
        read: `(moments, n, 28, 28)`.
        thirds: by the moment's name.
        titles: a line for each moment.
    """
    moments, shown = {}, mosaic(pictures)
    for boxes, crops, (name, third) in zip(grids, read, thirds.items(), strict=True):
        edges = [trace for number, places in enumerate(boxes) for trace in edge(places, number)]
        left = pixels(shown, "where it looks", "x", edges, ROOM if len(boxes) == 1 else 0)
        moments[name] = [left, pixels(mosaic(crops), "what it sees", "x2"), third]
    return replay.replay(moments, titles=titles, prefix="training step ", height=450, barmode="group")


def mosaic(tiles: NDArray) -> NDArray:
    """Pictures `(n, h, w)` in rows of three."""
    n, h, w = tiles.shape
    return tiles.reshape(-1, min(n, ROW), h, w).swapaxes(1, 2).reshape(-1, min(n, ROW) * w)


def edge(places: NDArray, number: int) -> list[Trace]:
    """The edge of what is read of a picture by its number, and a mark in the middle of its upper side."""
    path = np.concatenate([places[0], places[:, -1], places[-1, ::-1], places[::-1, 0]])
    x, y = ((path + 1) * SIDE / 2 - 0.5 + SIDE * np.array([number % ROW, number // ROW])).round(2).T
    top, colour = slice(len(places) // 2, len(places) // 2 + 1), LOOKS[OURS]
    line = figures.line(x, y, "", colour, width=3, hoverinfo="skip")
    return [line, figures.dots(x[top], y[top], "", colour, size=9, opacity=1, hoverinfo="skip")]


def pixels(ink: NDArray, title: str, across: str, over: Sequence[Trace] = (), room: int = 0) -> Panel:
    """Ink from 0 to 1, `(h, w)`, white on black, the first row on top, with so many pixels of room around it."""
    height, width = ink.shape
    look: dict[str, Any] = {"bare": True, "showgrid": False, "constrain": "domain"}
    x = figures.axis(span=(-0.5 - room, width - 0.5 + room), **look)
    y = figures.axis(span=(height - 0.5 + room, -0.5 - room), scaleanchor=across, **look)
    return Panel([traces.cells(ink.round(2), shades=INK, gap=0, hoverinfo="skip"), *over], x, y, title)


def answers(chances: Mapping[str, NDArray]) -> Panel:
    """Bars: probabilities of the ten classes by network."""
    bars = [
        figures.bars(list(map(str, range(10))), (100 * each).round(1), who, LOOKS[who])
        for who, each in chances.items()
    ]
    return Panel(bars, figures.axis("digit", type="category"), figures.axis(span=(0, 100)), "said (%)")


def errors(steps: Sequence[int], wrong: Mapping[str, Sequence[float]], place: int) -> Panel:
    """Curves: percent of answers that are wrong after so many steps, with marks at one place."""
    curves = [figures.line(steps, values, who, LOOKS[who], width=3) for who, values in wrong.items()]
    said = [f"{values[place]:.0f}%" for values in wrong.values()]
    now = traces.now(
        curves, place, mode="markers+text", text=said, textposition="top center", cliponaxis=False
    )
    return Panel([*curves, now], figures.axis("step"), figures.axis(span=(0, 100)), "wrong (%)")


def views(shown: Mapping[str, NDArray]) -> Pictures:
    """What each network sees, `(h, w)` from 0 to 1, by caption."""
    large = ((name, sheets.enlarge((255 * ink).round(), WIDE // len(ink))) for name, ink in shown.items())
    return Pictures(tuple((name, Image.of(ink.astype(np.uint8))) for name, ink in large))
