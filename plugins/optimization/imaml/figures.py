"""Figures of learners, one colour each, and the sheet of drawings that they were shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.blocks import sheets
from zoo.blocks.figures import COLOURS, NEUTRAL, axis, bars, chart, dots, line
from zoo.types import Figure, Image

LEARNERS = {
    "iMAML": COLOURS[0],
    "MAML": COLOURS[1],
    "nearest neighbour": COLOURS[2],
    "from scratch": COLOURS[2],
}


def shown(rows: Sequence[np.ndarray]) -> Image:
    """Pictures `(n, 28, 28)` of ink, row by row, black on white with thin lines between them."""
    pictures = [[sheets.enlarge(sheets.from_ink(ink), 3) for ink in row] for row in rows]
    return Image(sheets.grid(pictures, ground=sheets.GREY))


def pair(drawing: np.ndarray, example: np.ndarray) -> Image:
    """A drawing and an example of a character `(28, 28)` side by side, black on white."""
    panels = [sheets.enlarge(sheets.from_ink(ink), 5) for ink in (drawing, example)]
    return Image(sheets.grid([panels], gap=6, ground=sheets.GREY))


def chance_bars(chances: Mapping[str, np.ndarray], names: list[str]) -> Figure:
    """Probabilities `(m, classes)` of each learner as groups of bars."""
    traces = []
    for who, table in chances.items():
        new = [f"new {k + 1}" for k in range(len(table)) for _ in names]
        traces.append(bars([new, names * len(table)], table.ravel(), who, LEARNERS[who]))
    return chart(traces, y=axis("probability", span=(0, 1)), barmode="group")


def over_steps(
    series: Mapping[str, Sequence[float]], title: str, steps: Sequence[int] | None = None
) -> Figure:
    """One line a learner over a number of inner steps, or over all of them from the start."""
    traces = []
    for who, values in series.items():
        x = list(range(len(values))) if steps is None else steps[: len(values)]
        traces.append(line(x, values, who, LEARNERS[who], marks=6))
    return chart(traces, "inner steps", axis(title, rangemode="tozero"))


def fits(
    x: np.ndarray,
    curves: Mapping[str, np.ndarray],
    truth: np.ndarray | None,
    points: tuple[np.ndarray, np.ndarray],
) -> Figure:
    """Curves over [-5, 5], with the points on top."""
    traces = [] if truth is None else [line(x, truth, "truth", NEUTRAL, dash="dot")]
    traces += [line(x, curve, who, LEARNERS[who]) for who, curve in curves.items()]
    return chart([*traces, dots(*points, "points", COLOURS[3], size=10, opacity=1)], "x", "y")
