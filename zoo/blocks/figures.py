"""Figures that look alike in every method: one palette, and the few charts that most methods draw.

Traces and axes are plain dictionaries in Plotly's words, and Plotly is imported only where they become a figure. No
background and no font colour is ever set, so that the page may show a figure light or dark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo.types import Figure

COLOURS = (
    "#5b5bd6", "#f76b15", "#57bdbf", "#a53607", "#aa88fd", "#a47472", "#0293b5", "#824984", "#c49e80", "#3f644a",
)  # fmt: skip
"""Ten colours, to be used in this order: the first ones are the easiest to tell apart.

Each reads on white and on a dark page (contrast 2.2 at least), and every two of them differ for protanopes,
deuteranopes and tritanopes alike; ``tests/test_block_figures.py`` measures both.
"""
NEUTRAL = "#8b8d98"
"""Grey, for what the others are compared with."""
FAINT = "rgba(139, 141, 152, 0.35)"
SHADES = ((0.0, "#3b3f8f"), (0.35, "#2f83c5"), (0.7, "#35b779"), (1.0, "#fde047"))
"""A scale of colours from little to much, ever lighter."""
ABOVE = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "constant"}
"""Where the legend is: in a row above the plot."""
GRID = {
    "gridcolor": "rgba(139, 141, 152, 0.18)",
    "zerolinecolor": "rgba(139, 141, 152, 0.55)",
    "zerolinewidth": 1,
}
"""Lines behind the plot, which read on both grounds."""
MARGIN = {"l": 56, "r": 16, "t": 48, "b": 56}
"""Pixels around the plot; long labels of ticks take more."""
MOST_POINTS = 5000
"""Points of a cloud that are drawn."""

Trace = dict[str, Any]
Axis = dict[str, Any]


def short(name: object, length: int = 22) -> str:
    """A name as a label; Plotly reads markup, so `<` and `&` are written out.

    Users: cosine-caution, l1l2-interpolation, linear-mda and others.
    """
    text = str(name)
    text = text if len(text) <= length else text[: length - 1] + "…"
    return text.replace("&", "&amp;").replace("<", "&lt;")


def sample(count: int, most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Places of the points that are drawn: all, or a fixed random choice of `most`, in order.

    Users: heat-geodesic, linear-mda.
    """
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def line(
    x: ArrayLike,
    y: ArrayLike,
    name: str = "",
    colour: str = COLOURS[0],
    *,
    width: float = 2,
    dash: str = "solid",
    marks: float = 0,
    **more: Any,
) -> Trace:
    """A line through points, named in the legend if it has a name.

    Users: finola, icl-gradient-descent, imaml and others.

    Args:
        x: `(n,)`.
        y: `(n,)`; NaN or None leaves a gap.
        name: in the legend.
        colour: of line and marks.
        width: in pixels.
        dash: solid, dash, dot or dashdot.
        marks: size of a mark at each point, in pixels; 0 for none.
        more: in Plotly's words.
    """
    marker = {"marker": {"size": marks, "color": colour}} if marks else {}
    return {
        "type": "scatter", "x": x, "y": y, "name": name, "showlegend": bool(name),
        "mode": "lines+markers" if marks else "lines", "line": {"color": colour, "width": width, "dash": dash},
        **marker, **more,
    }  # fmt: skip


def levels(
    ends: tuple[float, float],
    heights: Mapping[str, float],
    colours: Mapping[str, str],
    dashes: Mapping[str, str],
    **more: Any,
) -> list[Trace]:
    """Level lines from one end of the x axis to the other: what rivals reach, whatever x is.

    Users: icl-gradient-descent, l1l2-interpolation, velocity-fields and others.
    """
    return [
        line(ends, (height, height), name, colours[name], width=1.5, dash=dashes.get(name, "solid"), **more)
        for name, height in heights.items()
    ]


def dots(
    x: ArrayLike,
    y: ArrayLike,
    name: str = "",
    colour: Any = COLOURS[0],
    *,
    size: Any = 7,
    opacity: float = 0.8,
    symbol: Any = "circle",
    marker: Mapping[str, Any] | None = None,
    **more: Any,
) -> Trace:
    """Points without a line.

    Never WebGL: Gradio draws a new plot for each frame of a stream, and browsers lose the oldest of sixteen contexts.

    Users: finola, icl-gradient-descent, imaml and others.

    Args:
        x: `(n,)`.
        y: `(n,)`.
        name: in the legend.
        colour: one for all, or one for each.
        size: in pixels, likewise.
        opacity: 0 to 1.
        symbol: likewise.
        marker: what else Plotly's markers know.
        more: in Plotly's words.
    """
    look = {"color": colour, "size": size, "opacity": opacity, "symbol": symbol, **(marker or {})}
    return {
        "type": "scatter", "x": x, "y": y, "name": name, "mode": "markers", "showlegend": bool(name),
        "marker": look, **more,
    }  # fmt: skip


def bars(
    names: Any,
    values: ArrayLike,
    name: str = "",
    colour: Any = COLOURS[0],
    *,
    across: bool = False,
    **more: Any,
) -> Trace:
    """A bar for each name; `across` lays them on their side.

    Users: cosine-caution, imaml, l1l2-interpolation and others.
    """
    x, y, turned = (values, names, {"orientation": "h"}) if across else (names, values, {})
    return {
        "type": "bar", "x": x, "y": y, "name": name, "showlegend": bool(name), "marker": {"color": colour},
        **turned, **more,
    }  # fmt: skip


@dataclass(frozen=True)
class Colouring:
    """What colours the points of a cloud: words, or a number each.

    Attributes:
        title: what the words or numbers say.
        groups: one word a point, `(n,)`, or None.
        values: one number a point, `(n,)`, or None.
    """

    title: str
    groups: NDArray | None = None
    values: NDArray | None = None


def coloured(
    points: NDArray,
    colouring: Colouring,
    *,
    most: int = 8,
    part: NDArray[np.intp] | None = None,
    details: Mapping[str, Sequence[Any]] | None = None,
    **look: Any,
) -> list[Trace]:
    """Points coloured by class, a trace each, or by value, in one trace with a colour bar.

    Users: linear-mda, velocity-fields.

    Args:
        points: `(n, 2)`.
        colouring: of all n.
        most: classes with a colour of their own, at most ten; of more classes the rarest are grey. They stand in the
            order of the numbers that their names end with, or as they are met.
        part: which points are drawn; all if None.
        details: Plotly's words of which each point has its own, such as `text`, `n` each.
        look: as `dots`.
    """
    drawn = np.arange(len(points)) if part is None else part

    def trace(places: NDArray, name: str, colour: Any, **more: Any) -> Trace:
        each = {key: [values[place] for place in places] for key, values in (details or {}).items()}
        return dots(points[places, 0], points[places, 1], name, colour, **{**look, **each, **more})

    if colouring.values is not None:
        bar = {"title": short(colouring.title), "thickness": 12, "outlinewidth": 0}
        scale = {"colorscale": "Viridis", "colorbar": bar}
        return [trace(drawn, "", colouring.values[drawn], marker=scale)]
    groups = np.asarray(colouring.groups)
    counts = {name: int((groups == name).sum()) for name in dict.fromkeys(groups.tolist())}
    largest = sorted(counts, key=lambda name: -counts[name])[: most - (len(counts) > most)]
    shown = [name for name in counts if name in largest]
    numbers = {name: re.search(r"-?\d+(\.\d+)?$", str(name)) for name in shown}
    if all(numbers.values()):  # digit 3 stands before digit 7, and not as they are met
        shown.sort(key=lambda name: float(numbers[name][0]))  # type: ignore[index]
    traces = [
        trace(drawn[groups[drawn] == name], short(name), colour)
        for name, colour in zip(shown, COLOURS, strict=False)
    ]
    rest = drawn[~np.isin(groups[drawn], shown)]
    return traces + ([trace(rest, "other", NEUTRAL)] if len(rest) else [])


def axis(
    title: str = "",
    *,
    log: bool = False,
    span: Sequence[float] | None = None,
    bare: bool = False,
    **more: Any,
) -> Axis:
    """An axis.

    Users: cosine-caution, finola, icl-gradient-descent and others.

    Args:
        title: with the unit.
        log: whether it is logarithmic; powers of ten are then written as such.
        span: lowest and highest number shown; of a logarithmic axis their logarithms to base ten.
        bare: without numbers and zero line, as where only places next to one another count.
        more: in Plotly's words.
    """
    words: Axis = GRID | ({"title": {"text": title}} if title else {})
    if log:
        words |= {"type": "log", "exponentformat": "power", "nticks": 4}  # or all digits are written
    if span is not None:
        words["range"] = [float(end) for end in span]
    if bare:
        words |= {"showticklabels": False, "zeroline": False}
    return words | more


def chart(
    traces: Sequence[Trace],
    x: Axis | str = "",
    y: Axis | str = "",
    *,
    height: int = 420,
    equal: bool = False,
    **layout: Any,
) -> Figure:
    """Traces in one plot with its two axes; an axis may be just its title.

    Users: finola, icl-gradient-descent, imaml and others.

    Args:
        traces: from the functions above, or in Plotly's words.
        x: across.
        y: upwards.
        height: in pixels.
        equal: whether a unit is as long on both axes.
        layout: in Plotly's words.
    """
    across, up = (axis(side) if isinstance(side, str) else side for side in (x, y))
    if equal:
        up = up | {"scaleanchor": "x"}
    return _drawn(
        traces, {"xaxis": across, "yaxis": up, "height": height, "legend": ABOVE, "margin": MARGIN, **layout}
    )


@dataclass(frozen=True)
class Panel:
    """One of several plots in a figure.

    Attributes:
        traces: what it shows.
        x: its axis across.
        y: its axis upwards.
        title: written above it where panels stand side by side.
    """

    traces: Sequence[Trace]
    x: Axis
    y: Axis
    title: str = ""


def beside(parts: Sequence[Panel], *, height: int = 440, equal: bool = True, **layout: Any) -> Figure:
    """Panels side by side, all as wide; a name stands in the legend once.

    Where `equal`, units are as long on both axes of a panel, and only the first panel has numbers upwards.

    Users: cosine-caution, velocity-fields.
    """
    # Plotly's own subplots take longer than many a step of the method that is drawn.
    traces, notes, words, seen = [], [], {}, set[str]()
    share = 1 / len(parts)
    for place, panel in enumerate(parts):
        number = str(place + 1) if place else ""
        own = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        traces += [
            trace | own | ({"legendgroup": trace["name"]} if trace.get("name") else {})
            | ({"showlegend": False} if trace.get("name") in seen else {})
            for trace in panel.traces
        ]  # fmt: skip
        seen |= {trace["name"] for trace in panel.traces if trace.get("name")}
        gap = 0.02 if equal else 0.05  # where every panel has numbers upwards they need room
        domain = [place * share + gap * bool(place), (place + 1) * share - gap * (place < len(parts) - 1)]
        words[f"xaxis{number}"] = panel.x | {"domain": domain, "anchor": f"y{number}", "constrain": "domain"}
        words[f"yaxis{number}"] = panel.y | {"anchor": f"x{number}"}
        if equal:
            words[f"yaxis{number}"] |= {"scaleanchor": f"x{number}"}
            words[f"yaxis{number}"] |= {"showticklabels": False} if place else {}
        notes.append(
            {"text": panel.title, "x": sum(domain) / 2, "y": 1.0, "xref": "paper", "yref": "paper",
             "xanchor": "center", "yanchor": "bottom", "showarrow": False}
        )  # fmt: skip
    return _drawn(traces, {"height": height, "annotations": notes, **words, **layout})


def heat(
    values: NDArray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    low: float,
    high: float,
    ends: tuple[str, str] | None = None,
    hover: str = "%{y}<br>%{x}: %{z:.4g}<extra></extra>",
    height: int = 460,
    **more: Any,
) -> Figure:
    """A table of numbers as shaded cells, the first row on top.

    Users: cosine-caution, multipartite-ge.

    Args:
        values: `(rows, columns)`.
        rows: names down the side.
        columns: names below.
        low: the number that is darkest.
        high: the number that is lightest.
        ends: what the two ends of the scale are called instead of by their numbers.
        hover: what pointing at a cell says, in Plotly's words.
        height: in pixels.
        more: of the trace, in Plotly's words.
    """
    bar: dict[str, Any] = {"thickness": 10, "outlinewidth": 0}
    bar |= {"tickvals": [low, high], "ticktext": list(ends)} if ends else {}
    trace = {
        "type": "heatmap", "z": values, "x": columns, "y": rows, "zmin": low, "zmax": high, "xgap": 1, "ygap": 1,
        "colorscale": [list(stop) for stop in SHADES], "hovertemplate": hover, "colorbar": bar, **more,
    }  # fmt: skip
    down = axis(autorange="reversed", automargin=True, type="category")
    return chart([trace], axis(tickangle=-60, type="category"), down, height=height)


def _drawn(traces: Sequence[Trace], layout: Mapping[str, Any]) -> Figure:
    import plotly.graph_objects as go

    return Figure(go.Figure({"data": list(traces), "layout": dict(layout)}))
