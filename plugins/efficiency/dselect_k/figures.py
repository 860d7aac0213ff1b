"""Who uses whom, bits that harden, and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay, traces
from zoo.blocks.figures import COLOURS, NEUTRAL, Panel
from zoo.types import Figure

from .model import Moment

GATES = ("DSelect-k", "top-k", "noisy top-k", "softmax, then cut")
LOOK: dict[str, dict[str, Any]] = {
    name: {"name": name, "colour": colour, "width": 3 - (name != GATES[0])}
    for name, colour in zip(GATES, (*COLOURS[:3], NEUTRAL), strict=True)
}
MOST_BITS = 48
"""Bits that are drawn, those of the first tasks; more could not be told apart."""
THIN: dict[str, Any] = {"width": 1.2, "opacity": 0.8}


def use(moments: Mapping[str, Sequence[Moment]], truth: NDArray | None, names: Sequence[str]) -> Figure:
    """Weights `(tasks, experts)`, gate beside gate, at every moment; rings mark the true experts, if they are known."""
    some = next(iter(moments.values()))
    tasks, n = some[0].gate.shape[1:]
    starts = [place * (n + 1) for place in range(len(moments))]
    labels = [figures.short(name, 14) for name in names]
    task, expert = np.nonzero(np.zeros((tasks, n)) if truth is None else truth)
    x, y = np.concatenate([expert + start for start in starts]), np.tile(task, len(starts))
    white = {"line": {"width": 1.5, "color": "#ffffff"}}
    rings = figures.dots(
        x, y, "", "#ffffff", size=7, hoverinfo="skip", symbol="circle-open", opacity=1.0, marker=white
    )
    said = [
        [f"{label}, {name}, expert {e + 1}" for name in moments for e in range(n + 1)][:-1]
        for label in labels
    ]
    shown = {}
    for place, moment in enumerate(some):
        weights = [each[place].gate[0].round(3).tolist() for each in moments.values()]
        z = [[value for row in rows for value in (*row, None)][:-1] for rows in zip(*weights, strict=True)]
        shown[f"{moment.step}"] = [{"type": "heatmap", "z": z}, rings]
    blocks = [name.replace(" top-k", "<br>top-k").replace(", ", ",<br>") for name in moments]
    still: dict[str, Any] = {"showgrid": False, "zeroline": False, "tickangle": 0}
    middles, places = [start + (n - 1) / 2 for start in starts], list(range(tasks))
    across = figures.axis(tickvals=middles, ticktext=blocks, side="top", **still)
    down = figures.axis(tickvals=places, ticktext=labels, autorange="reversed", automargin=True, **still)
    last = shown[f"{some[-1].step}"][0]["z"]
    first = [traces.cells(last, high=0.7, said="%{text}: %{z:.2f}", x0=0, y0=0, text=said), rings]
    margin = figures.MARGIN | {"t": 56, "b": 16}
    drawn = figures.chart(first, across, down, height=max(280, 130 + 22 * tasks), margin=margin)
    return replay.slide(drawn, shown, prefix="training step ")


def curves(moments: Mapping[str, Sequence[Moment]], bits: Sequence[NDArray]) -> Figure:
    """Left every bit of DSelect-k's selectors, `(tasks, k, bits)` at each moment; right errors on new rows."""
    steps = [moment.step for moment in next(iter(moments.values()))]
    paths = np.stack(bits).reshape(len(bits), -1)[:, :MOST_BITS].T.round(3)
    turns = traces.strokes([(steps, path) for path in paths], **THIN)
    errors = [
        figures.line(steps, [float(moment.whole.mean()) for moment in each], **LOOK[name])
        for name, each in moments.items()
    ]
    time = figures.axis("training step")
    left = Panel([turns], time, figures.axis("bit", span=(-0.04, 1.04)), "bits of DSelect-k")
    right = Panel(errors, time, figures.axis(log=True, dtick=1), "error on new rows")
    return figures.beside([left, right], height=400, equal=False, legend=figures.ABOVE | {"y": 1.09})


def grabbed(steps: Sequence[int], at: Sequence[int], errors: Mapping[str, NDArray], bits: NDArray) -> Figure:
    """For every moment of upsetting: errors of the task `(runs, steps)` and its bits `(runs, steps, k, bits)`."""
    every = np.log10(np.maximum(np.concatenate([each.ravel() for each in errors.values()]), 1e-6))
    ends = every.min() - 0.1, every.max() + 0.1
    sides = figures.axis(log=True, dtick=1, span=ends), figures.axis("bit", span=(-0.04, 1.04))
    time = figures.axis("training step")
    shown = {}
    for run, moment in enumerate(at):
        marks = [
            figures.line([moment, moment], reach, "", NEUTRAL, dash="dot", width=1.5)
            for reach in ((10 ** ends[0], 10 ** ends[1]), (0, 1))
        ]
        lines = [figures.line(steps, each[run].round(5), **LOOK[name]) for name, each in errors.items()]
        paths = bits[run].reshape(len(steps), -1).T.round(3)
        turns = traces.strokes([(steps, path) for path in paths], **THIN)
        shown[f"{moment}"] = [
            Panel([*lines, marks[0]], time, sides[0], "error of the task"),
            Panel([turns, marks[1]], time, sides[1], "its bits in DSelect-k"),
        ]
    return replay.replay(shown, shown=len(at) // 2, prefix="upset at step ", height=460)
