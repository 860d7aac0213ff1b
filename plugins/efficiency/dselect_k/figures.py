"""Who uses whom, bits that harden, and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel, Trace
from zoo.types import Figure

from .model import Moment

COLOUR = dict(
    zip(("DSelect-k", "top-k", "noisy top-k", "softmax, then cut"), (*COLOURS[:3], NEUTRAL), strict=True)
)
MOST_BITS = 48
"""Bits that are drawn, those of the first tasks; more could not be told apart."""


def use(moments: Mapping[str, Sequence[Moment]], truth: NDArray | None, names: Sequence[str]) -> Figure:
    """Weights `(tasks, experts)` of every gate at every moment; rings mark the true experts, where these are known."""
    some = next(iter(moments.values()))
    experts = [str(number + 1) for number in range(some[0].gate.shape[2])]
    labels = [figures.short(name, 14) for name in names]
    rings: list[Trace] = []
    if truth is not None:
        task, expert = np.nonzero(truth)
        rings = [figures.dots(
            [experts[place] for place in expert], [labels[place] for place in task], "", "#ffffff", size=9,
            symbol="circle-open", opacity=1.0, marker={"line": {"width": 1.5, "color": "#ffffff"}}, hoverinfo="skip",
        )]  # fmt: skip
    x = figures.axis("expert", type="category", showgrid=False, tickangle=0)
    shown = {}
    for place, moment in enumerate(some):
        panels = []
        for column, (name, each) in enumerate(moments.items()):
            y = figures.axis(
                type="category", autorange="reversed", showgrid=False, showticklabels=column == 0
            )
            panels.append(Panel([_cells(each[place].gate[0], experts, labels), *rings], x, y, name))
        shown[f"{moment.step}"] = panels
    margin = figures.MARGIN | {"l": 76}
    return replay.replay(
        shown, prefix="training step ", height=max(300, 150 + 22 * len(names)), margin=margin
    )


def _cells(gate: NDArray, experts: Sequence[str], names: Sequence[str]) -> Trace:
    return {
        "type": "heatmap", "z": gate.round(3), "x": list(experts), "y": list(names), "zmin": 0, "zmax": 0.7,
        "xgap": 1, "ygap": 1, "colorscale": [list(stop) for stop in figures.SHADES], "showscale": False,
        "hovertemplate": "%{y}, expert %{x}: %{z:.2f}<extra></extra>",
    }  # fmt: skip


def curves(moments: Mapping[str, Sequence[Moment]], bits: Sequence[NDArray]) -> Figure:
    """Left every bit of DSelect-k's selectors, `(tasks, k, bits)` at each moment; right errors on new rows."""
    steps = [moment.step for moment in next(iter(moments.values()))]
    paths = np.stack(bits).reshape(len(bits), -1)[:, :MOST_BITS]
    errors = [
        figures.line(
            steps,
            [float(moment.whole.mean()) for moment in each],
            name,
            COLOUR[name],
            width=3 - (name != "DSelect-k"),
        )
        for name, each in moments.items()
    ]
    time = figures.axis("training step")
    left = Panel(_paths(steps, paths), time, figures.axis("bit", span=(-0.04, 1.04)), "bits of DSelect-k")
    right = Panel(errors, time, figures.axis("mean squared error", log=True), "error on new rows")
    return figures.beside([left, right], height=400, equal=False, legend=figures.ABOVE | {"y": 1.09})


def _paths(steps: Sequence[int], paths: NDArray) -> list[Trace]:
    """Lines `(steps, lines)` as one trace with gaps."""
    x: list[Any] = [value for _ in paths.T for value in (*steps, None)]
    y = [value for path in paths.T for value in (*path.round(3).tolist(), None)]
    return [figures.line(x, y, "", COLOURS[0], width=1.2, opacity=0.6, hoverinfo="skip")]


def grabbed(steps: Sequence[int], at: Sequence[int], errors: Mapping[str, NDArray], bits: NDArray) -> Figure:
    """For every moment of upsetting: errors of the task `(runs, steps)` and its bits `(runs, steps, k, bits)`."""
    low, high = (
        float(f([each.min() if f is min else each.max() for each in errors.values()])) for f in (min, max)
    )
    time = figures.axis("training step")
    ends = np.log10(max(low, 1e-6)) - 0.1, np.log10(high) + 0.1
    shown = {}
    for run, moment in enumerate(at):
        mark = figures.line(
            [moment, moment], [10 ** ends[0], 10 ** ends[1]], "", NEUTRAL, dash="dot", width=1.5
        )
        lines = [
            figures.line(steps, each[run].round(5), name, COLOUR[name], width=3 - (name != "DSelect-k"))
            for name, each in errors.items()
        ]
        here = figures.line([moment, moment], [0, 1], "", NEUTRAL, dash="dot", width=1.5)
        shown[f"{moment}"] = [
            Panel([*lines, mark], time, figures.axis("mean squared error", log=True, span=ends), "error of the task"),
            Panel(
                [*_paths(steps, bits[run].reshape(len(steps), -1)), here],
                time, figures.axis("bit", span=(-0.04, 1.04)), "its bits in DSelect-k",
            ),
        ]  # fmt: skip
    return replay.replay(shown, shown=len(at) // 2, prefix="upset at step ", height=460)
