"""Figures of particles and of filled-in tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import replay, sheets
from zoo.blocks.figures import (
    COLOURS,
    NEUTRAL,
    Colouring,
    Panel,
    Trace,
    axis,
    beside,
    chart,
    coloured,
    dots,
    levels,
    line,
)
from zoo.types import Figure, Image

Array = NDArray[np.float64]

PARTICLES, RIVAL = COLOURS[1], COLOURS[0]
# Points drawn in each panel, so that a frame of two panels stays below 100 kB.
DRAWN_PARTICLES, DRAWN_TARGET = 500, 300
# Steps that a finished flow can be scrubbed through, and particles drawn at each.
REPLAYED, DRAWN_AGAIN = 12, 300
BELOW = {"orientation": "h", "y": -0.08}
MARGIN = {"l": 30, "r": 10, "t": 40, "b": 30}


def _dots(xy: Array, name: str, colour: str, opacity: float, size: float) -> Trace:
    return dots(
        *xy.T[:2].round(3), name, colour, size=size, opacity=opacity, hoverinfo="skip", legendgroup=name
    )


def _panels(panels: dict[str, Array], target: Array, low: Array, high: Array) -> list[Panel]:
    across, up = (axis(span=ends, zeroline=False) for ends in zip(low, high, strict=True))
    faint = _dots(target[:DRAWN_TARGET], "target", NEUTRAL, 0.35, 4)
    return [
        Panel([faint, _dots(xy[:DRAWN_PARTICLES], "particles", PARTICLES, 0.75, 4)], across, up, name)
        for name, xy in panels.items()
    ]


def particles(panels: dict[str, Array], target: Array, low: Array, high: Array) -> Figure:
    """One panel for each flow, its particles over the faint target, all on the same fixed axes.

    Args:
        panels: positions `(n, 2)` by the name of the flow.
        target: samples of the target, `(n, 2)`.
        low, high: corners of the axes, `(2,)` each.
    """
    return beside(_panels(panels, target, low, high), margin=MARGIN, uirevision="flow", legend=BELOW)


def replayed(
    seen: Sequence[int], states: Sequence[dict[str, Array]], target: Array, low: Array, high: Array
) -> Figure:
    """The end of a flow, with a slider back to its start.

    Args:
        seen: the number of each step.
        states: positions `(n, 2)` by the name of the flow, at each of them.
        target: samples of the target, `(n, 2)`.
        low, high: corners of the axes, `(2,)` each.
    """
    moments = {}
    for place in replay.kept(len(seen), REPLAYED, early=False):
        few = {name: xy[:DRAWN_AGAIN].round(2) for name, xy in states[place].items()}
        moments[str(seen[place])] = _panels(few, target, low, high)
    look = {"margin": MARGIN, "uirevision": "replay", "legend": BELOW}
    return replay.replay(moments, prefix="step ", height=510, equal=True, **look)


def curves(steps: list[int], series: dict[str, list[float]], last: int) -> Figure:
    """Energy distance to fresh samples of the target over the steps so far, logarithmic."""
    lines = [
        line(steps, y, name, colour)
        for (name, y), colour in zip(series.items(), (PARTICLES, RIVAL), strict=False)
    ]
    up = axis("energy distance", log=True, dtick=1)
    margin = {"l": 60, "r": 10, "t": 20, "b": 40}
    return chart(
        lines,
        axis("step", span=(0, last)),
        up,
        height=260,
        margin=margin,
        uirevision="flow",
        showlegend=len(lines) > 1,
    )


def filled(table: Array, rows: Array, columns: tuple[int, int], names: tuple[str, str]) -> Figure:
    """Rows in the plane of two columns: known in both, and filled in at least one.

    Args:
        table: all numbers filled in, `(n, d)`.
        rows: which rows had both numbers, `(n,)`.
        columns: the two columns.
        names: their names.
    """
    xy = table[:, columns]
    low, high = np.quantile(xy, [0, 1], axis=0)
    margin = 0.05 * (high - low)
    across, up = (
        axis(name, span=ends, zeroline=False)
        for name, *ends in zip(names, low - margin, high + margin, strict=True)
    )
    traces = [
        _dots(xy[rows][:1000], "known", NEUTRAL, 0.5, 5), _dots(xy[~rows][:1000], "filled in", PARTICLES, 0.75, 5)
    ]  # fmt: skip
    return chart(
        traces, across, up, height=440, margin={"l": 60, "r": 10, "t": 20, "b": 50}, uirevision="impute",
        legend=BELOW | {"y": -0.2},
    )  # fmt: skip


def digit_map(moved: Array, labels: Array, target: Array) -> Figure:
    """Moved digits, coloured by label, among the target's in the plane of its first two axes.

    Args:
        moved: places of the source, `(n, k)`.
        labels: theirs, `(n,)`.
        target: places of the target, `(m, k)`.
    """
    drawn = np.concatenate([np.flatnonzero(labels == digit)[:60] for digit in range(10)])
    digits = Colouring("digit", labels[drawn])
    traces = [_dots(target[:DRAWN_PARTICLES], "target", NEUTRAL, 0.35, 4)]
    traces += coloured(moved[drawn, :2], digits, most=10, size=6, opacity=0.85, hoverinfo="skip")
    reach = 1.1 * float(np.abs(target[:, :2]).max())
    side = axis(span=(-reach, reach), bare=True)
    return chart(
        traces, side, side, height=460, equal=True, margin={"l": 20, "r": 10, "t": 20, "b": 30}, uirevision="adapt",
        legend=BELOW | {"y": -0.06},
    )  # fmt: skip


def readings(steps: list[int], series: dict[str, list[float]], rivals: dict[str, float], last: int) -> Figure:
    """Share of the target read rightly over the steps so far; rivals are level lines."""
    lines = [
        line(steps, y, name, colour)
        for (name, y), colour in zip(series.items(), (PARTICLES, COLOURS[3]), strict=False)
    ]
    colours = dict(zip(rivals, (NEUTRAL, RIVAL, COLOURS[2], COLOURS[4]), strict=False))
    dashes = dict(zip(rivals, ("solid", "dash", "dot", "dashdot"), strict=False))
    lines += levels((0, last), rivals, colours, dashes)
    return chart(
        lines, axis("step", span=(0, last)), "read rightly, %", height=320,
        margin={"l": 60, "r": 10, "t": 20, "b": 40}, uirevision="adapt", legend=BELOW | {"y": -0.25},
    )  # fmt: skip


def digit_sheet(pictures: Array, labels: Array, rows: int = 6, zoom: int = 4) -> Image:
    """The first digits of each class, a column a class, dark ink on white.

    Args:
        pictures: ink from 0 to 1, `(n, 64)`.
        labels: `(n,)`.
        rows: digits a class.
        zoom: pixels a side of one of theirs.
    """
    columns = [pictures[labels == digit][:rows].reshape(-1, 8, 8) for digit in range(10)]
    blank = np.zeros((8, 8))
    sheet = [
        [sheets.enlarge(sheets.from_ink(inks[row] if row < len(inks) else blank), zoom) for inks in columns]
        for row in range(rows)
    ]
    return Image(sheets.grid(sheet, gap=2 * zoom))
