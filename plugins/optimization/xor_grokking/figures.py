"""Clouds, neurons that turn, and accuracies over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
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
    fitted, lies, right = (list(side) for side in zip(*scores, strict=True))
    both = [
        figures.line(times, fitted, "training labels", COLOURS[2], width=3),
        figures.line(times, right, "new points", COLOURS[3], width=3),
    ]
    repeated = [figures.line(times, lies, "lies repeated", COLOURS[2], dash="dot")]
    looks = dict(zip(levels, (NEUTRAL, COLOURS[5]), strict=False)), dict.fromkeys(levels, "dash")
    others = figures.levels((0.5, times[-1]), levels, *looks)
    curves = [both[0], *([] if np.isnan(lies[0]) else repeated), both[1], *others]
    plane = figures.axis("along μ₁", span=(-1.5 * reach, 1.5 * reach), zeroline=False)
    up = figures.axis("along μ₂", span=(-1.5 * reach, 1.5 * reach), zeroline=False, scaleanchor="x")
    time = figures.axis("step", log=True, tickvals=list(TICKS), ticktext=["0", *map(str, TICKS[1:])])
    share = figures.axis(span=(0.3, 1.03), tickformat=".0%")
    shown = {}
    for place, moment in enumerate(moments):
        said = [f"{fitted[place]:.0%}", f"{right[place]:.0%}"]
        now = traces.now(
            both, place, mode="markers+text", text=said, textposition="bottom center", cliponaxis=False
        )
        shown[f"{moment.step}"] = [
            Panel([*_ring(moment, drawn, 1.3 * reach), *points, *_arrows(moment, drawn, reach)], plane, up, PLANE),
            Panel([*curves, now], time, share, "share that is right"),
        ]  # fmt: skip
    after_one = next((place for place, moment in enumerate(moments) if moment.step == 1), -1)
    return replay.replay(shown, shown=after_one, prefix="step ", height=500)


def _points(drawn: Draw) -> list[Trace]:
    """Training points by the label they were given; lies are crosses."""
    clouds = []
    for label, colour in SIDES.items():
        chosen = np.flatnonzero(drawn.given == label)
        truth_first = np.argsort(
            drawn.clean[chosen] != label, kind="stable"
        )  # a legend shows the first one's look
        chosen = chosen[truth_first]
        symbols = np.where(drawn.clean[chosen] == label, "circle", "x").tolist()
        xy = drawn.x[chosen, :2].round(2)
        name = f"label {label:+d}".replace("-", "−")
        clouds.append(figures.dots(*xy.T, name, colour, size=6, opacity=0.55, symbol=symbols))
    return clouds


def _arrows(moment: Moment, drawn: Draw, reach: float) -> list[Trace]:
    """The part in the plane of some neurons' weights, the longest of each moment as long as `reach`."""
    tips = moment.plane * (reach / max(float(np.linalg.norm(moment.plane, axis=1).max()), 1e-300))
    arrows = []
    for label, colour in SIDES.items():
        chosen = tips[np.sign(drawn.a) == label][:MOST_ARROWS].round(2)
        arrows += [
            traces.strokes([((0, x), (0, y)) for x, y in chosen], "", colour, width=1.5, opacity=0.75),
            figures.dots(*chosen.T, "", colour, size=5, opacity=1.0),
        ]
    return arrows


def _ring(moment: Moment, drawn: Draw, radius: float) -> list[Trace]:
    """What the network says in each direction of the plane, without noise: an arc for each label."""
    says = np.sign(around(moment, drawn.a, ANGLES))
    x, y = (radius * np.cos(ANGLES)).round(2), (radius * np.sin(ANGLES)).round(2)
    arcs = {
        colour: [float(up) if side == label else None for up, side in zip(y, says, strict=True)]
        for label, colour in SIDES.items()
    }
    return [figures.line(x, up, "", colour, width=9, hoverinfo="skip") for colour, up in arcs.items()]


def chart(
    values: NDArray, across: tuple[Axis, Sequence[float]], up: tuple[Axis, Sequence[float]],
    marks: Mapping[str, NDArray[np.bool_]], title: str,
) -> Figure:  # fmt: skip
    """A cell for each problem, `(up, across)`, from chance, dark, to all right, light; marks are of that shape."""
    (x_axis, x), (y_axis, y) = (
        (side | {"type": "category"}, [f"{at:g}" for at in places]) for side, places in (across, up)
    )
    bar = {"tickformat": ".0%", "title": {"text": title, "side": "right"}}
    drawn = [traces.cells(values, y, x, low=0.5, bar=bar, said="%{x}, %{y}: %{z:.1%}")]
    looks = {"square-open": 26, "x-thin-open": 9}
    white: dict[str, Any] = {
        "opacity": 1.0, "marker": {"line": {"width": 2, "color": "#ffffff"}}, "hoverinfo": "skip",
    }  # fmt: skip
    for (name, where), (symbol, size) in zip(marks.items(), looks.items(), strict=True):
        rows, columns = np.nonzero(where)
        spots = [x[column] for column in columns], [y[row] for row in rows]
        drawn.append(
            figures.dots(*spots, name if len(rows) else "", "#ffffff", size=size, symbol=symbol, **white)
        )
    return figures.chart(drawn, x_axis, y_axis, height=440)
