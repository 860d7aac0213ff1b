"""Figures of particles and of filled-in tables. No background and no font colour: the page sets them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PARTICLES, TARGET = "#e4572e", "#8a8f98"
# Points drawn a panel; a frame of two panels then stays below 100 kB.
DRAWN_PARTICLES, DRAWN_TARGET = 700, 300


def _dots(xy: Array, name: str, colour: str, opacity: float, size: float, legend: bool) -> Any:
    import plotly.graph_objects as go

    return go.Scattergl(
        x=xy[:, 0].round(3), y=xy[:, 1].round(3), name=name, mode="markers", hoverinfo="skip",
        marker={"color": colour, "opacity": opacity, "size": size}, legendgroup=name, showlegend=legend,
    )  # fmt: skip


def particles(panels: dict[str, Array], target: Array, low: Array, high: Array) -> Any:
    """One panel for each flow, its particles over the faint target, all on the same fixed axes.

    Args:
        panels: positions `(n, 2)` by the name of the flow.
        target: samples of the target, `(n, 2)`.
        low, high: corners of the axes, `(2,)` each.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(1, len(panels), subplot_titles=list(panels), horizontal_spacing=0.04)
    for column, xy in enumerate(panels.values(), start=1):
        first = column == 1
        figure.add_trace(_dots(target[:DRAWN_TARGET], "target", TARGET, 0.35, 4, first), 1, column)
        figure.add_trace(_dots(xy[:DRAWN_PARTICLES], "particles", PARTICLES, 0.75, 4, first), 1, column)
    figure.update_xaxes(range=[low[0], high[0]], zeroline=False)
    figure.update_yaxes(range=[low[1], high[1]], zeroline=False, matches="y")
    for column in range(1, len(panels) + 1):
        anchor = "x" if column == 1 else f"x{column}"
        figure.update_yaxes(scaleanchor=anchor, row=1, col=column)
    figure.update_layout(
        height=440, margin={"l": 30, "r": 10, "t": 40, "b": 30}, uirevision="flow",
        legend={"orientation": "h", "y": -0.08},
    )  # fmt: skip
    return figure


def curves(steps: list[int], series: dict[str, list[float]], last: int) -> Any:
    """Energy distance to fresh samples of the target over the steps so far, logarithmic."""
    import plotly.graph_objects as go

    figure = go.Figure(
        [
            go.Scatter(x=steps, y=y, name=name, mode="lines", line={"color": colour})
            for (name, y), colour in zip(series.items(), (PARTICLES, "#3a86c8"), strict=False)
        ]
    )
    figure.update_xaxes(title="step", range=[0, last])
    figure.update_yaxes(title="energy distance", type="log", dtick=1)
    figure.update_layout(
        height=260, margin={"l": 60, "r": 10, "t": 20, "b": 40}, uirevision="flow", showlegend=len(series) > 1
    )
    return figure


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
    figure = go.Figure(
        [
            _dots(xy[rows][:1000], "known", TARGET, 0.5, 5, True),
            _dots(xy[~rows][:1000], "filled in", PARTICLES, 0.75, 5, True),
        ]
    )
    low, high = np.quantile(xy, [0, 1], axis=0)
    margin = 0.05 * (high - low)
    for axis, title, one in ((figure.update_xaxes, names[0], 0), (figure.update_yaxes, names[1], 1)):
        axis(title=title, range=[low[one] - margin[one], high[one] + margin[one]], zeroline=False)
    figure.update_layout(
        height=440, margin={"l": 60, "r": 10, "t": 20, "b": 50}, uirevision="impute",
        legend={"orientation": "h", "y": -0.2},
    )  # fmt: skip
    return figure
