"""Clouds, neurons that turn, and accuracies over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay
from zoo.blocks.figures import COLOURS, NEUTRAL, Axis, Panel, Trace
from zoo.types import Figure

from .model import Draw, Moment, around

SIDES = {1: COLOURS[0], -1: COLOURS[1]}
"""Colours of the two labels, and of neurons that speak for them."""
MOST_ARROWS = 60
"""Of each label; more could not be told apart."""
ANGLES = np.linspace(0, 2 * np.pi, 145)
TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 400)

PLANE = "the plane of the means"

Scores = tuple[float, float, float]


def training(
    drawn: Draw, moments: Sequence[Moment], scores: Sequence[Scores], levels: Mapping[str, float]
) -> Figure:
    """Every moment: the plane with points and neurons, and accuracies of training, lies and test, `scores`."""
    reach = 1.12 * float(np.abs(drawn.x[:, :2]).max())
    points = _points(drawn)
    times = [max(moment.step, 0.5) for moment in moments]
    curves = _curves(times, scores, levels)
    plane = figures.axis("along μ₁", span=(-1.5 * reach, 1.5 * reach), zeroline=False)
    up = figures.axis("along μ₂", span=(-1.5 * reach, 1.5 * reach), zeroline=False, scaleanchor="x")
    time = figures.axis("step", log=True, tickvals=list(TICKS), ticktext=["0", *map(str, TICKS[1:])])
    share = figures.axis(span=(0.3, 1.03), tickformat=".0%")
    shown = {}
    for moment, at, (train, _, test) in zip(moments, times, scores, strict=True):
        now = figures.dots(
            [at, at], [train, test], "", [COLOURS[2], COLOURS[3]], size=11, mode="markers+text",
            text=[f"{train:.0%}", f"{test:.0%}"], textposition="bottom center", cliponaxis=False,
        )  # fmt: skip
        shown[f"{moment.step}"] = [
            Panel([*_ring(moment, drawn, 1.3 * reach), *points, *_arrows(moment, drawn, reach)], plane, up, PLANE),
            Panel([*curves, now], time, share, "share that is right"),
        ]  # fmt: skip
    after_one = next((place for place, moment in enumerate(moments) if moment.step == 1), -1)
    return replay.replay(shown, shown=after_one, prefix="step ", height=500)


def _points(drawn: Draw) -> list[Trace]:
    """Training points by the label they were given; lies are crosses."""
    traces = []
    for label, colour in SIDES.items():
        chosen = np.flatnonzero(drawn.given == label)
        chosen = chosen[
            np.argsort(drawn.clean[chosen] != label, kind="stable")
        ]  # a legend shows the first one's look
        symbols = np.where(drawn.clean[chosen] == label, "circle", "x").tolist()
        xy = drawn.x[chosen, :2].round(2)
        name = f"label {label:+d}".replace("-", "−")
        traces.append(figures.dots(xy[:, 0], xy[:, 1], name, colour, size=6, opacity=0.55, symbol=symbols))
    return traces


def _arrows(moment: Moment, drawn: Draw, reach: float) -> list[Trace]:
    """The part in the plane of some neurons' weights, the longest of each moment as long as `reach`."""
    tips = moment.plane * (reach / max(float(np.linalg.norm(moment.plane, axis=1).max()), 1e-300))
    traces = []
    for label, colour in SIDES.items():
        chosen = tips[np.sign(drawn.a) == label][:MOST_ARROWS].round(2)
        x, y = (
            [value for tip in side for value in (0, float(tip), None)]
            for side in (chosen[:, 0], chosen[:, 1])
        )
        traces.append(figures.line(x, y, "", colour, width=1.5, opacity=0.75, hoverinfo="skip"))
        traces.append(figures.dots(chosen[:, 0], chosen[:, 1], "", colour, size=5, opacity=1.0))
    return traces


def _ring(moment: Moment, drawn: Draw, radius: float) -> list[Trace]:
    """What the network says in each direction of the plane, without noise: an arc for each label."""
    says = np.sign(around(moment, drawn.a, ANGLES))
    x, y = (radius * np.cos(ANGLES)).round(2), (radius * np.sin(ANGLES)).round(2)
    arcs = {
        colour: [float(up) if side == label else None for up, side in zip(y, says, strict=True)]
        for label, colour in SIDES.items()
    }
    return [figures.line(x, up, "", colour, width=9, hoverinfo="skip") for colour, up in arcs.items()]


def _curves(times: Sequence[float], scores: Sequence[Scores], levels: Mapping[str, float]) -> list[Trace]:
    train, lies, test = (list(side) for side in zip(*scores, strict=True))
    colours = dict(zip(levels, (NEUTRAL, COLOURS[5]), strict=False))
    return [
        figures.line(times, train, "training labels", COLOURS[2], width=3),
        *([] if np.isnan(lies[0]) else [figures.line(times, lies, "lies repeated", COLOURS[2], dash="dot")]),
        figures.line(times, test, "new points", COLOURS[3], width=3),
        *figures.levels((0.5, times[-1]), levels, colours, dict.fromkeys(levels, "dash")),
    ]


def chart(
    values: NDArray, across: tuple[Axis, Sequence[float]], up: tuple[Axis, Sequence[float]],
    marks: Mapping[str, Sequence[tuple[float, float]]], title: str,
) -> Figure:  # fmt: skip
    """A cell for each problem, `(up, across)`, from chance, dark, to all right, light, and marked cells."""
    (x_axis, x), (y_axis, y) = across, up
    bar = {"thickness": 12, "outlinewidth": 0, "tickformat": ".0%", "title": {"text": title, "side": "right"}}
    places = {"x": [f"{value:g}" for value in x], "y": [f"{value:g}" for value in y]}
    cells = {
        "type": "heatmap", **places, "z": values, "zmin": 0.5, "zmax": 1.0, "xgap": 1, "ygap": 1,
        "colorscale": [list(stop) for stop in figures.SHADES], "colorbar": bar,
        "hovertemplate": "%{x}, %{y}: %{z:.1%}<extra></extra>",
    }  # fmt: skip
    looks = {"square-open": 26, "x-thin-open": 9}
    white = {"opacity": 1.0, "marker": {"line": {"width": 2, "color": "#ffffff"}}, "hoverinfo": "skip"}
    traces = [cells]
    for (name, at), (symbol, size) in zip(marks.items(), looks.items(), strict=True):
        spots = [f"{left:g}" for left, _ in at], [f"{high:g}" for _, high in at]
        traces.append(figures.dots(*spots, name if at else "", "#ffffff", size=size, symbol=symbol, **white))
    kind = {"type": "category"}
    return figures.chart(traces, x_axis | kind, y_axis | kind, height=440)
