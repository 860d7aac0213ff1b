"""Features in the plane beside a simplex, angles over time, and who is recognised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel, Trace
from zoo.types import Figure

from .model import Moment, Network

Array = NDArray[np.floating]
Labels = NDArray[np.intp]

REACH, MOST_DOTS = 2.2, 60
"""How far a panel reaches, in lengths of class means, and how many new points of each class it shows."""
GROUPS = ("frequent", "middle", "rare")


def planes(
    histories: Mapping[str, Sequence[Moment]],
    train: tuple[Array, Labels],
    test: tuple[Array, Labels],
    names: Sequence[str],
    titles: Sequence[str],
) -> Figure:
    """Every moment of each training, side by side: new points, class means as arrows, classifier directions dotted.

    Features are drawn from the middle of the class means, in units of the class means' mean length; grey spokes are
    the simplex that is nearest to the means.
    """
    side = figures.axis(span=(-REACH, REACH), bare=True)
    moments = {}
    for each in zip(*histories.values(), strict=True):
        moments[str(each[0].step)] = [
            Panel(_plane(moment.network, train, test, names), side, side, title)
            for title, moment in zip(histories, each, strict=True)
        ]
    look: dict[str, Any] = {
        "margin": figures.MARGIN | {"t": 130, "l": 16},
        "title": {"y": 0.97, "yanchor": "top"},
    }
    return replay.replay(moments, titles=titles, prefix="step ", height=560, equal=True, **look)


def _plane(
    net: Network, train: tuple[Array, Labels], test: tuple[Array, Labels], names: Sequence[str]
) -> list[Trace]:
    h, y = net.embed(train[0]), train[1]
    means = np.stack([h[y == k].mean(0) for k in range(len(names))])
    middle = means.mean(0)
    unit = max(float(np.linalg.norm(means - middle, axis=1).mean()), 1e-12)
    tips, seen = (means - middle) / unit, (net.embed(test[0]) - middle) / unit
    shown = [_rays(2 * REACH * spokes(tips), "nearest simplex", NEUTRAL, width=1.5)]
    for k, name in enumerate(names):
        points = seen[test[1] == k][:MOST_DOTS].clip(-REACH, REACH).round(2)
        shown.append(figures.dots(*points.T, name, COLOURS[k], size=6, opacity=0.45))
    towards = net.V.T - net.V.mean(1)
    towards = 0.95 * REACH * towards / np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-12)
    for k, colour in zip(range(len(names)), COLOURS, strict=False):
        shown.append(_rays(towards[k : k + 1], "", colour, width=2, dash="dot"))
        shown.append(_rays(tips[k : k + 1], "", colour, width=4))
        shown.append(figures.dots(*tips[k, :, None].round(2), "", colour, size=13, opacity=1.0))
    return shown


def _rays(ends: Array, name: str, colour: str, **look: Any) -> Trace:
    return traces.strokes([((0, x), (0, y)) for x, y in ends.round(3)], name, colour, **look)


def spokes(tips: Array) -> Array:
    """The simplex of three directions in the plane, `(3, 2)`, turned and mirrored to be nearest to `tips`, `(3, 2)`."""
    best, most = np.zeros((3, 2)), -np.inf
    for sense in (1, -1):
        corners = np.exp(2j * np.pi * sense * np.arange(3) / 3)
        along = complex((tips[:, 0] + 1j * tips[:, 1]) @ corners.conj())
        if abs(along) > most:
            turned = corners * along / max(abs(along), 1e-12)
            best, most = np.stack([turned.real, turned.imag], 1), abs(along)
    return best


def courses(
    steps: Sequence[int], angles: Mapping[str, Sequence[float]], rare: Mapping[str, Sequence[float]]
) -> Figure:
    """The smallest angle between class means, degrees, and the share of the rare class that is recognised, by step."""
    panels = []
    titles = ("smallest angle between class means", "rare class recognised")
    axes = (
        figures.axis("degrees", span=(0, 130), tickvals=[0, 30, 60, 90, 120]),
        figures.axis("share", span=(0, 1.02), tickformat=".0%"),
    )
    for curves, title, up in zip((angles, rare), titles, axes, strict=True):
        lines = [
            figures.line(steps, values, name, colour, width=3)
            for (name, values), colour in zip(curves.items(), (NEUTRAL, COLOURS[0]), strict=True)
        ]
        if curves is angles:
            ends, simplex = (0, steps[-1]), (120, 120)
            lines.append(figures.line(ends, simplex, "simplex", COLOURS[2], width=1.5, dash="dash"))
        panels.append(Panel(lines, figures.axis("step"), up, title))
    look: dict[str, Any] = {"legend": figures.ABOVE | {"y": 1.09}, "margin": figures.MARGIN | {"t": 100}}
    return figures.beside(panels, height=380, equal=False, **look)


def thirds(scores: Mapping[str, Array], groups: Sequence[NDArray[np.bool_]]) -> Figure:
    """Bars of recognised shares: a group of classes after the other, a bar for each contestant."""
    colours = (NEUTRAL, COLOURS[0], COLOURS[4], *COLOURS[1:4], COLOURS[6])
    bars = [
        figures.bars(GROUPS, [float(values[group].mean()) for group in groups], name, colour)
        for (name, values), colour in zip(scores.items(), colours, strict=False)
    ]
    up = figures.axis("new pictures recognised", span=(0, 1), tickformat=".0%")
    margin = figures.MARGIN | {"t": 96}
    return figures.chart(bars, "classes", up, height=420, barmode="group", margin=margin)


def pairs(directions: Mapping[str, Array], names: Sequence[str]) -> Figure:
    """Cosines between all pairs of class means, `(C, d)`, as squares of cells; one colour all over is a simplex."""
    panels = []
    bar = {"title": {"text": "cosine", "side": "right"}}
    for place, (title, means) in enumerate(directions.items()):
        unit = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        cosines = (unit @ unit.T).round(3)
        np.fill_diagonal(cosines, np.nan)
        heat = traces.cells(cosines, names, names, low=-1, high=1, bar=None if place else bar)
        up: dict[str, Any] = {"type": "category", "autorange": "reversed", "showticklabels": place == 0}
        panels.append(Panel([heat], figures.axis(type="category", tickangle=60), figures.axis(**up), title))
    return figures.beside(panels, height=400, equal=False, margin=figures.MARGIN | {"l": 70, "b": 80})
