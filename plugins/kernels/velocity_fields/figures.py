"""Figures of particles and of filled-in tables. No background and no font colour: the page sets them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PARTICLES, TARGET = "#e4572e", "#8a8f98"
DIGITS = (
    "#e4572e", "#3a86c8", "#2ca25f", "#b5651d", "#8e5bd1", "#d9388f", "#c9a400", "#0fa3b1", "#7a8a2a", "#f28e2b",
)  # fmt: skip
"""One colour for each digit, readable on light and dark ground."""
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


def digit_map(moved: Array, labels: Array, target: Array) -> Any:
    """Moved digits, coloured by label, among the target's in the plane of its first two axes.

    Args:
        moved: places of the source, `(n, k)`.
        labels: theirs, `(n,)`.
        target: places of the target, `(m, k)`.
    """
    import plotly.graph_objects as go

    traces = [_dots(target[:DRAWN_PARTICLES], "target", TARGET, 0.35, 4)]
    for digit, colour in enumerate(DIGITS):
        traces.append(_dots(moved[labels == digit][:60], str(digit), colour, 0.85, 6))
    reach = 1.1 * float(np.abs(target[:, :2]).max())
    axis = {"range": [-reach, reach], "zeroline": False, "showticklabels": False}
    layout = {
        "height": 460, "margin": {"l": 20, "r": 10, "t": 20, "b": 30}, "uirevision": "adapt",
        "legend": {"orientation": "h", "y": -0.06}, "xaxis": axis, "yaxis": axis | {"scaleanchor": "x"},
    }  # fmt: skip
    return go.Figure({"data": traces, "layout": layout})


def readings(steps: list[int], series: dict[str, list[float]], levels: dict[str, float], last: int) -> Any:
    """Share of the target read rightly over the steps so far; rivals are level lines."""
    import plotly.graph_objects as go

    lines: list[dict[str, Any]] = [
        {"type": "scatter", "x": steps, "y": y, "name": name, "mode": "lines", "line": {"color": colour}}
        for (name, y), colour in zip(series.items(), (PARTICLES, DIGITS[6]), strict=False)
    ]
    lines += [
        {"type": "scatter", "x": [0, last], "y": [level, level], "name": name, "mode": "lines",
         "line": {"dash": dash, "color": colour, "width": 1.5}}
        for (name, level), dash, colour in zip(
            levels.items(), ("solid", "dash", "dot", "dashdot"), (TARGET, *DIGITS[1:5:1]), strict=False
        )
    ]  # fmt: skip
    layout = {
        "height": 320, "margin": {"l": 60, "r": 10, "t": 20, "b": 40}, "uirevision": "adapt",
        "legend": {"orientation": "h", "y": -0.25}, "xaxis": {"title": {"text": "step"}, "range": [0, last]},
        "yaxis": {"title": {"text": "read rightly, %"}},
    }  # fmt: skip
    return go.Figure({"data": lines, "layout": layout})


def digit_sheet(pictures: Array, labels: Array, rows: int = 6, zoom: int = 4) -> Array:
    """The first digits of each class as uint8 pixels, a column a class, dark ink on white.

    Args:
        pictures: ink from 0 to 1, `(n, 64)`.
        labels: `(n,)`.
        rows: digits a class.
        zoom: pixels a side of one of theirs.
    """
    sheet = np.zeros((rows * 10 + 2, 10 * 10 + 2))
    for digit in range(10):
        for row, ink in enumerate(pictures[labels == digit][:rows]):
            sheet[row * 10 + 2 : row * 10 + 10, digit * 10 + 2 : digit * 10 + 10] = ink.reshape(8, 8)
    return (255 * (1 - np.kron(sheet, np.ones((zoom, zoom))))).round().astype(np.uint8)
