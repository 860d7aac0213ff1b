"""Figures: the descent against its clock, coefficients against their place, risk against a setting.

Nothing here sets a background or a font colour, so that the page may show them light or dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

# Strokes that read on white and on black alike; one colour a solution, everywhere.
COLOURS = {
    "descent": "#e5484d",
    "truth": "#8b8d98",
    "min l1": "#0090ff",
    "min l2": "#8e4ec6",
    "lasso": "#12a594",
    "oracle": "#ad7f58",
    "rate": "#8b8d98",
}
DASHES = {"lasso": "dash", "oracle": "dot", "rate": "dot", "min l1": "solid", "min l2": "solid"}
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0}
MOST_POINTS = 240
MOST_PLACES = 500


def descent(
    times: Sequence[float],
    losses: Sequence[float],
    risks: Sequence[float],
    levels: Mapping[str, float],
    risk_title: str,
) -> go.Figure:
    """Training loss above, risk below, both against the clock; ``levels`` are the risks of the solvers."""
    places = _thinned(len(times))
    t = np.maximum(np.asarray(times)[places], times[1] if len(times) > 1 else 1e-2)
    traces = []
    for values, axis in ((losses, "y"), (risks, "y2")):
        traces.append(
            go.Scatter(
                x=t,
                y=np.asarray(values)[places],
                yaxis=axis,
                name="descent",
                mode="lines",
                line={"color": COLOURS["descent"], "width": 2.5},
                showlegend=axis == "y2",
            )
        )
    for name, level in levels.items():
        if level > 0:
            traces.append(
                go.Scatter(
                    x=[t[0], t[-1]],
                    y=[level, level],
                    yaxis="y2",
                    name=name,
                    mode="lines",
                    line={"color": COLOURS[name], "dash": DASHES[name], "width": 1.5},
                )
            )
    layout = {
        "height": 500,
        "legend": LEGEND,
        "xaxis": {"title": "time (sum of the step sizes)", "type": "log", "anchor": "y2"},
        "yaxis": {"title": "training loss", "type": "log", "exponentformat": "power", "domain": [0.58, 1]},
        "yaxis2": {"title": risk_title, "type": "log", "exponentformat": "power", "domain": [0, 0.5]},
    }
    return go.Figure(data=traces, layout=layout)


def _thinned(count: int) -> np.ndarray:
    """At most ``MOST_POINTS`` of ``count`` places, evenly spaced on a logarithmic axis."""
    return np.unique(np.geomspace(1, count, MOST_POINTS).round().astype(int)) - 1


def coefficients(
    truth: np.ndarray, sparse: np.ndarray, dense: np.ndarray, others: Mapping[str, np.ndarray]
) -> go.Figure:
    """Every solution's coefficients by place: all that matter, and an even sample of the small ones."""
    d = len(truth)
    support = np.flatnonzero(truth)
    sample = np.arange(0, d, max(1, d // MOST_PLACES))
    shown = np.union1d(sample, support)
    traces = []
    traces.append(
        go.Scatter(x=shown, y=dense[shown], name="λv", mode="markers", marker={"size": 3, "color": "#f76b15"})
    )
    for name, beta in others.items():
        large = np.union1d(support, np.flatnonzero(np.abs(beta) > 1e-9))
        places = large if len(large) <= MOST_PLACES else shown
        traces.append(
            go.Scatter(
                x=places,
                y=beta[places],
                name=name,
                mode="markers",
                visible=True if name == "min l1" else "legendonly",
                marker={"size": 5, "symbol": "x-thin-open", "color": COLOURS[name]},
            )
        )
    large = np.union1d(support, np.argsort(-np.abs(sparse))[:100])
    traces.append(
        go.Scatter(
            x=large,
            y=sparse[large],
            name="w∘w − u∘u",
            mode="markers",
            marker={"size": 7, "color": COLOURS["descent"]},
        )
    )
    traces.append(
        go.Scatter(
            x=support,
            y=truth[support],
            name="truth",
            mode="markers",
            marker={"size": 13, "symbol": "circle-open", "color": COLOURS["truth"], "line": {"width": 2}},
        )
    )
    layout = {"height": 380, "legend": LEGEND, "xaxis": {"title": "coefficient"}, "yaxis": {"title": "value"}}
    return go.Figure(data=traces, layout=layout)


def features(names: Sequence[str], betas: Mapping[str, np.ndarray], most: int = 15) -> go.Figure:
    """The largest coefficients of the descent as bars, those of the solvers as marks, in standard units."""
    order = np.argsort(-np.abs(betas["descent"]))[:most][::-1]
    labels = [_label(names[place]) for place in order]
    traces = []
    traces.append(
        go.Bar(
            y=labels,
            x=betas["descent"][order],
            name="descent",
            orientation="h",
            marker={"color": COLOURS["descent"]},
        )
    )
    for name, beta in betas.items():
        if name != "descent":
            traces.append(
                go.Scatter(
                    y=labels,
                    x=beta[order],
                    name=name,
                    mode="markers",
                    marker={"size": 8, "color": COLOURS[name]},
                )
            )
    layout = {
        "height": 460,
        "legend": LEGEND,
        "xaxis": {"title": "coefficient, in standard deviations"},
        "yaxis": {"automargin": True, "type": "category"},
    }
    return go.Figure(data=traces, layout=layout)


def _label(name: str, length: int = 18) -> str:
    """A name as a tick; Plotly reads markup, so ``<`` and ``&`` are written out."""
    text = name if len(name) <= length else name[: length - 1] + "…"
    return text.replace("&", "&amp;").replace("<", "&lt;")


def sweep(x: np.ndarray, risks: Mapping[str, np.ndarray], x_title: str) -> go.Figure:
    """Excess risk against a setting, both logarithmic: medians as lines, single draws as points.

    Args:
        x: the setting (points,).
        risks: per solution (draws, points); draws not yet done are NaN.
        x_title: what was varied.
    """
    traces = []
    for name, values in risks.items():
        done = np.isfinite(values).any(axis=0)
        style = {"color": COLOURS[name], "dash": DASHES.get(name, "solid")}
        traces.append(
            go.Scatter(
                x=x[done],
                y=np.nanmedian(values[:, done], axis=0),
                name=name,
                mode="lines+markers",
                line={**style, "width": 3 if name == "descent" else 1.5},
                marker={"size": 5},
                legendgroup=name,
            )
        )
        if len(values) > 1:
            traces.append(
                go.Scatter(
                    x=np.tile(x, len(values)),
                    y=values.ravel(),
                    mode="markers",
                    legendgroup=name,
                    showlegend=False,
                    marker={"size": 4, "color": COLOURS[name], "opacity": 0.4},
                    hoverinfo="skip",
                )
            )
    layout = {
        "height": 440,
        "legend": LEGEND,
        "xaxis": {"title": x_title, "type": "log", "dtick": "D2"},
        "yaxis": {"title": "excess risk", "type": "log", "exponentformat": "power"},
    }
    return go.Figure(data=traces, layout=layout)
