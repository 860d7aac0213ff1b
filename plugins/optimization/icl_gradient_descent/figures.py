"""Lines, matrices and losses while a layer is trained, and what deeper stacks are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel
from zoo.types import Figure

from .model import Layers, Moment

ENDS = [-1.0, 1.0]
EXACT = 1e-6
"""A loss below which all that is left is rounding of single precision."""


def lines(
    xy: NDArray, moments: Sequence[tuple[Moment, float]], step: float, least: float, best: float
) -> Figure:
    """Points `(n, 2)` with the lines of the layer, of one gradient step and of least squares; beside them the loss."""
    steps, losses = [moment.step for moment, _ in moments], [moment.loss for moment, _ in moments]
    fixed = [
        figures.dots(xy[:, 0], xy[:, 1], "your points", NEUTRAL, size=11),
        figures.line(ENDS, np.multiply(ENDS, least), "least squares", COLOURS[2], dash="dot"),
        figures.line(ENDS, np.multiply(ENDS, step), "one gradient step", COLOURS[1], width=7, opacity=0.55),
    ]
    curve = [
        figures.line(steps, losses, "", COLOURS[0]),
        figures.line([0, steps[-1]], [best, best], "one gradient step", COLOURS[1], dash="dash"),
    ]
    square = figures.axis(span=(-1.08, 1.08))
    sides = figures.axis("training step"), figures.axis("loss", log=True)
    shown = {}
    for place, (moment, slope) in enumerate(moments):
        own = np.multiply(ENDS, slope).round(4)
        layer = figures.line(ENDS, own, "trained layer", COLOURS[0], width=3)
        shown[f"{moment.step}"] = [
            Panel([*fixed, layer], square, square, "your points"),
            Panel([*curve, traces.now(curve[:1], place)], *sides, "loss on new lines"),
        ]
    return replay.replay(shown, prefix="training step ", height=430)


def matrices(moments: Sequence[Moment], hand: Layers) -> Figure:
    """KᵀQ and P V of the layer at every moment, each beside that of the construction by hand."""
    asked, given = _products(hand)
    high = float(abs(given).max())
    shown = {}
    for moment in moments:
        asks, gives = _products(moment.layers)
        shown[f"{moment.step}"] = [
            _shades(asks, 1.0, "asks"),
            _shades(asked, 1.0, "by hand"),
            _shades(gives, high, "gives"),
            _shades(given, high, "by hand"),
        ]
    return replay.replay(shown, prefix="training step ", height=300, equal=True)


def _products(layers: Layers) -> tuple[NDArray, NDArray]:
    """KᵀQ and P V, of which only the product counts: the first is brought to a mean of one along the diagonal of x."""
    K, Q, V, P = (matrix.numpy() for matrix in layers)
    asks, gives = K.T @ Q, P @ V
    size = float(np.diag(asks)[:-1].mean()) or 1.0
    size = size if abs(size) > 1e-3 else 1.0
    return asks / size, gives * size


def _shades(values: NDArray, high: float, title: str) -> Panel:
    shades = (0, COLOURS[0]), (0.5, "rgba(139, 141, 152, 0.12)"), (1, COLOURS[1])
    cut = np.clip(values, -2 * high, 2 * high).round(3)
    trace = traces.cells(cut, low=-high, high=high, shades=shades, gap=0)
    bare = figures.axis(bare=True, showgrid=False)
    return Panel([trace], bare, bare | {"autorange": "reversed"}, title)


def losses(steps: Sequence[int], own: Sequence[float], levels: Mapping[str, float]) -> Figure:
    """The loss while training goes on, and level lines of the others; not of one that is exact up to rounding."""
    levels = {name: level for name, level in levels.items() if level > EXACT}
    colours = dict(zip(levels, COLOURS[1:], strict=False))
    others = figures.levels((0, steps[-1]), levels, colours, dict.fromkeys(levels, "dash"))
    trained = figures.line(steps, own, "trained", COLOURS[0], width=3)
    return figures.chart([trained, *others], "training step", figures.axis("loss on new tasks", log=True))


def worth(counts: Sequence[tuple[int, int]]) -> Figure:
    """Steps of descent and of Newton's method that stacks of one, two, … layers are worth."""
    layers = list(range(1, len(counts) + 1))
    descent, newton = zip(*counts, strict=True)
    lines = [
        figures.line(layers, descent, "gradient descent", COLOURS[1], marks=9),
        figures.line(layers, newton, "Newton's method", COLOURS[2], marks=9),
        figures.line(layers, layers, "one step a layer", NEUTRAL, dash="dot"),
    ]
    up = figures.axis("steps to the same loss", log=True)
    return figures.chart(lines, figures.axis("layers", dtick=1), up)


def by_depth(series: Mapping[str, Sequence[float]]) -> Figure:
    """Expected losses by layers or steps; what is below rounding is left out."""
    lines = []
    for (name, values), colour in zip(series.items(), COLOURS, strict=False):
        kept = [value if value > 1e-14 else None for value in values]
        lines.append(figures.line(list(range(1, len(kept) + 1)), kept, name, colour, marks=6))
    return figures.chart(lines, "layers or steps", figures.axis("expected loss", log=True))
