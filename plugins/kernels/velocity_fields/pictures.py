"""Figures of particles and of filled-in tables. No background and no font colour: the page sets them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PARTICLES, TARGET = "#e4572e", "#8a8f98"
# Points drawn a panel; a frame of two panels then stays below 100 kB.
DRAWN_PARTICLES, DRAWN_TARGET = 700, 300


def _dots(xy: Array, name: str, colour: str, opacity: float, size: float) -> dict[str, Any]:
    # No WebGL: gradio draws a new plot each frame, and browsers lose the oldest of sixteen WebGL contexts.
    return {
        "type": "scatter", "x": xy[:, 0].round(3), "y": xy[:, 1].round(3), "name": name, "mode": "markers",
        "hoverinfo": "skip", "marker": {"color": colour, "opacity": opacity, "size": size}, "legendgroup": name,
    }  # fmt: skip


def particles(panels: dict[str, Array], target: Array, low: Array, high: Array) -> Any:
    """One panel for each flow, its particles over the faint target, all on the same fixed axes.

    Args:
        panels: positions `(n, 2)` by the name of the flow.
        target: samples of the target, `(n, 2)`.
        low, high: corners of the axes, `(2,)` each.
    """
    import plotly.graph_objects as go

    # Written as one dictionary: plotly's own subplots cost more time than the step of the flow.
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "height": 440, "margin": {"l": 30, "r": 10, "t": 40, "b": 30}, "uirevision": "flow",
        "legend": {"orientation": "h", "y": -0.08}, "annotations": [],
    }  # fmt: skip
    share = 1 / len(panels)
    for i, (name, xy) in enumerate(panels.items()):
        number = str(i + 1) if i else ""
        for trace in (
            _dots(target[:DRAWN_TARGET], "target", TARGET, 0.35, 4),
            _dots(xy[:DRAWN_PARTICLES], "particles", PARTICLES, 0.75, 4),
        ):
            traces.append(trace | {"xaxis": f"x{number}", "yaxis": f"y{number}", "showlegend": not i})
        domain = [i * share + 0.02 * bool(i), (i + 1) * share - 0.02 * (i < len(panels) - 1)]
        layout[f"xaxis{number}"] = {
            "range": [low[0], high[0]], "zeroline": False, "domain": domain, "anchor": f"y{number}",
            "constrain": "domain",
        }  # fmt: skip
        layout[f"yaxis{number}"] = {
            "range": [low[1], high[1]], "zeroline": False, "anchor": f"x{number}", "scaleanchor": f"x{number}",
            "showticklabels": not i,
        }  # fmt: skip
        layout["annotations"].append(
            {"text": name, "x": sum(domain) / 2, "y": 1.0, "xref": "paper", "yref": "paper",
             "yanchor": "bottom", "showarrow": False}
        )  # fmt: skip
    return go.Figure({"data": traces, "layout": layout})


def curves(steps: list[int], series: dict[str, list[float]], last: int) -> Any:
    """Energy distance to fresh samples of the target over the steps so far, logarithmic."""
    import plotly.graph_objects as go

    lines = [
        {"type": "scatter", "x": steps, "y": y, "name": name, "mode": "lines", "line": {"color": colour}}
        for (name, y), colour in zip(series.items(), (PARTICLES, "#3a86c8"), strict=False)
    ]
    layout = {
        "height": 260, "margin": {"l": 60, "r": 10, "t": 20, "b": 40}, "uirevision": "flow",
        "showlegend": len(series) > 1, "xaxis": {"title": {"text": "step"}, "range": [0, last]},
        "yaxis": {"title": {"text": "energy distance"}, "type": "log", "dtick": 1},
    }  # fmt: skip
    return go.Figure({"data": lines, "layout": layout})


def filled(table: Array, rows: Array, columns: tuple[int, int], names: tuple[str, str]) -> Any:
    """Rows in the plane of two columns: known in both, and filled in at least one.

    Args:
        table: all numbers filled in, `(n, d)`.
        rows: which rows had both numbers, `(n,)`.
        columns: the two columns.
        names: their names.
    """
    import plotly.graph_objects as go

    xy = table[:, columns]
    low, high = np.quantile(xy, [0, 1], axis=0)
    margin = 0.05 * (high - low)
    axes = [
        {"title": {"text": names[i]}, "range": [low[i] - margin[i], high[i] + margin[i]], "zeroline": False}
        for i in (0, 1)
    ]
    dots = [
        _dots(xy[rows][:1000], "known", TARGET, 0.5, 5), _dots(xy[~rows][:1000], "filled in", PARTICLES, 0.75, 5)
    ]  # fmt: skip
    layout = {
        "height": 440, "margin": {"l": 60, "r": 10, "t": 20, "b": 50}, "uirevision": "impute",
        "legend": {"orientation": "h", "y": -0.2}, "xaxis": axes[0], "yaxis": axes[1],
    }  # fmt: skip
    return go.Figure({"data": dots, "layout": layout})
