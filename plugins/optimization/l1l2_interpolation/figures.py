"""Figures: the descent against its clock, coefficients against their place, risk against a setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.blocks.figures import COLOURS, NEUTRAL, axis, bars, chart, dots, levels, line, short
from zoo.types import Figure

# One colour a solution, everywhere; the descent is the thick one.
SOLUTIONS = {
    "descent": COLOURS[1],
    "min l1": COLOURS[0],
    "min l2": COLOURS[2],
    "lasso": COLOURS[3],
    "oracle": COLOURS[4],
    "truth": NEUTRAL,
    "rate": NEUTRAL,
}
DASHES = {"lasso": "dash", "oracle": "dot", "rate": "dot"}
DENSE = COLOURS[8]
MOST_POINTS = 240
MOST_PLACES = 500


def descent(
    times: Sequence[float],
    losses: Sequence[float],
    risks: Sequence[float],
    reached: Mapping[str, float],
    risk_title: str,
) -> Figure:
    """Training loss above, risk below, both against the clock; ``reached`` are the risks of the solvers."""
    # At most MOST_POINTS places, evenly spaced on a logarithmic axis.
    places = np.unique(np.geomspace(1, len(times), MOST_POINTS).round().astype(int)) - 1
    t = np.maximum(np.asarray(times)[places], times[1] if len(times) > 1 else 1e-2)
    colour = SOLUTIONS["descent"]
    traces = [
        line(t, np.asarray(losses)[places], "", colour, width=2.5),
        line(t, np.asarray(risks)[places], "descent", colour, width=2.5, yaxis="y2"),
        *levels(
            (t[0], t[-1]),
            {name: level for name, level in reached.items() if level > 0},
            SOLUTIONS,
            DASHES,
            yaxis="y2",
        ),
    ]
    clock = axis("time (sum of the step sizes)", log=True, exponentformat="none", anchor="y2")
    loss = axis("training loss", log=True, domain=[0.58, 1])
    return chart(traces, clock, loss, height=500, yaxis2=axis(risk_title, log=True, domain=[0, 0.5]))


def coefficients(
    truth: np.ndarray, sparse: np.ndarray, dense: np.ndarray, others: Mapping[str, np.ndarray]
) -> Figure:
    """Every solution's coefficients by place: all that matter, and an even sample of the small ones."""
    d, support = len(truth), np.flatnonzero(truth)
    shown = np.union1d(np.arange(0, d, max(1, d // MOST_PLACES)), support)
    traces = [dots(shown, dense[shown], "λv", DENSE, size=3, opacity=1)]
    for name, beta in others.items():
        large = np.union1d(support, np.flatnonzero(np.abs(beta) > 1e-9))
        places = large if len(large) <= MOST_PLACES else shown
        seen = True if name == "min l1" else "legendonly"
        traces.append(
            dots(
                places,
                beta[places],
                name,
                SOLUTIONS[name],
                size=5,
                opacity=1,
                symbol="x-thin-open",
                visible=seen,
            )
        )
    large = np.union1d(support, np.argsort(-np.abs(sparse))[:100])
    traces.append(dots(large, sparse[large], "w∘w − u∘u", SOLUTIONS["descent"], opacity=1))
    ring = {"symbol": "circle-open", "marker": {"line": {"width": 2}}}
    traces.append(dots(support, truth[support], "truth", SOLUTIONS["truth"], size=13, opacity=1, **ring))
    return chart(traces, "coefficient", "value", height=380)


def features(names: Sequence[str], betas: Mapping[str, np.ndarray], most: int = 15) -> Figure:
    """The largest coefficients of the descent as bars, those of the solvers as marks, in standard units."""
    order = np.argsort(-np.abs(betas["descent"]))[:most][::-1]
    labels = [short(names[place], 18) for place in order]
    traces = [bars(labels, betas["descent"][order], "descent", SOLUTIONS["descent"], across=True)]
    traces += [
        dots(beta[order], labels, name, SOLUTIONS[name], size=8, opacity=1)
        for name, beta in betas.items()
        if name != "descent"
    ]
    down = axis(automargin=True, type="category")
    return chart(traces, "coefficient, in standard deviations", down, height=460)


def sweep(x: np.ndarray, risks: Mapping[str, np.ndarray], x_title: str) -> Figure:
    """Excess risk against a setting, both logarithmic: medians as lines, single draws as points.

    Args:
        x: the setting (points,).
        risks: per solution (draws, points); draws not yet done are NaN.
        x_title: what was varied.
    """
    traces = []
    for name, values in risks.items():
        done = np.isfinite(values).any(axis=0)
        middle, width = np.nanmedian(values[:, done], axis=0), 3 if name == "descent" else 1.5
        dash = DASHES.get(name, "solid")
        traces.append(
            line(x[done], middle, name, SOLUTIONS[name], width=width, dash=dash, marks=5, legendgroup=name)
        )
        if len(values) > 1:
            each = {"legendgroup": name, "hoverinfo": "skip"}
            spread = np.tile(x, len(values))
            traces.append(dots(spread, values.ravel(), "", SOLUTIONS[name], size=4, opacity=0.4, **each))
    return chart(
        traces,
        axis(x_title, log=True, exponentformat="none", dtick="D2"),
        axis("excess risk", log=True),
        height=440,
    )
