"""A graph to look at: nodes that are found by name, clicked to see their neighbours, and walked along.

    figure = picture(graph, colouring, layouts={"springs": a, "embedding": b}, walks=[Walk("node2vec", nodes)])

The page (``network`` in ``zoo.js``) lights a node and its neighbours, lists them, changes between layouts, and writes a
node's name into the input that ``fills`` names, so that the next run starts there. Nothing of it asks the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo.blocks import figures, replay
from zoo.blocks.figures import Colouring
from zoo.types import Figure, Graph

MOST_NAMES = 14
"""Names that are written beside their nodes: those of the largest nodes."""
NAME_SIZE = np.array([0.36, 0.07])
"""How wide and high a name is, as a share of half the picture."""


@dataclass(frozen=True)
class Walk:
    """Nodes in the order in which a walker came to them.

    Attributes:
        name: in the legend.
        nodes: places in the graph's nodes.
        colour: of its footprints.
    """

    name: str
    nodes: Sequence[int]
    colour: str = figures.COLOURS[1]


def picture(
    graph: Graph,
    colouring: Colouring,
    *,
    layouts: Mapping[str, NDArray] | None = None,
    sizes: ArrayLike | None = None,
    walks: Sequence[Walk] = (),
    fills: str = "",
    height: int = 560,
    **layout: Any,
) -> Figure:
    """A graph as nodes and edges, at the first of its layouts; with walks it has a slider through their steps.

    Users: dagnn, grf, node2vec.

    Args:
        graph: n nodes, some thousands at most.
        colouring: of all n.
        layouts: places `(n, 2)` by the name of the layout; the graph's own, or springs, if None.
        sizes: of nodes in pixels, `(n,)`; by their number of edges if None.
        walks: drawn over the graph, step by step; all of them move at once.
        fills: the input of the action that gets the name of a clicked node.
        height: in pixels.
        layout: in Plotly's words.

    Raises:
        ValueError: a layout or the sizes are not of n nodes, or there is a walk through no node.
    """
    count = len(graph.nodes)
    scaled = {name: _scaled(at, count) for name, at in (layouts or {"springs": graph.placed()}).items()}
    if any(not len(walk.nodes) for walk in walks):
        raise ValueError("a walk has a node that it starts from.")
    at = next(iter(scaled.values()))
    dots = _nodes(graph, colouring, at, _sizes(graph, sizes))
    fixed, lines, ends = _edges(graph, at), [_footprints(walk, at) for walk in walks], []
    for walk in walks:
        x, y = _route(walk, at)
        ends.append(figures.dots(x[-1:], y[-1:], "", walk.colour, size=18, opacity=1, symbol="star"))
    traces = [*fixed, *lines, *dots, *ends]
    for trace in (*fixed, *lines, *ends):
        trace["hoverinfo"] = "skip"
    first = 2 + len(lines)
    about = {
        "count": count,
        "ends": graph.edges.ravel().tolist(),
        "layouts": {name: {"x": at[:, 0].tolist(), "y": at[:, 1].tolist()} for name, at in scaled.items()},
        "nodes": list(range(first, first + len(dots))),
        "walks": [
            {"line": 2 + place, "head": first + len(dots) + place, "nodes": list(map(int, walk.nodes))}
            for place, walk in enumerate(walks)
        ],
        "fills": fills,
    }  # fmt: skip
    bare = figures.axis(bare=True, showgrid=False)
    words = {"dragmode": "pan", "hovermode": "closest", "meta": {"network": about}, "uirevision": "network"}
    drawn = figures.chart(traces, bare, bare, height=height, equal=True, **(words | layout))
    return _replayed(drawn, walks, at, len(traces), about) if walks else drawn


def _replayed(drawn: Figure, walks: Sequence[Walk], at: NDArray, count: int, about: dict[str, Any]) -> Figure:
    """A slider that moves the walkers; their footprints follow them on the page, which knows where they went."""
    longest = max(len(walk.nodes) for walk in walks)
    steps = replay.kept(longest, replay.MOST_MOMENTS, early=False)
    about["steps"] = steps
    drawn.plot.update_layout(meta={"network": about})
    moments: dict[str, list[figures.Trace]] = {}
    for step in steps:
        traces: list[figures.Trace] = [{} for _ in range(count)]
        for walk, places in zip(walks, about["walks"], strict=True):
            x, y = at[walk.nodes[min(step, len(walk.nodes) - 1)]]
            traces[places["head"]] = {"x": [float(x)], "y": [float(y)]}
        moments[str(step)] = traces
    return replay.slide(drawn, moments, prefix="step ") if len(steps) > 1 else drawn


def _scaled(places: NDArray, count: int) -> NDArray:
    """Places around the middle, the farthest at 1, to a thousandth."""
    places = np.asarray(places, float)
    if places.shape != (count, 2):
        raise ValueError(f"a layout of {count} nodes has shape ({count}, 2), not {places.shape}.")
    places = places - (places.max(axis=0) + places.min(axis=0)) / 2
    return np.round(places / max(float(np.abs(places).max()), 1e-300), 3)


def _sizes(graph: Graph, sizes: ArrayLike | None) -> NDArray:
    count = len(graph.nodes)
    if sizes is None:
        degrees = np.bincount(graph.edges.ravel(), minlength=count)
        least = 5 if count > 600 else 8
        sizes = least + 1.5 * least * np.sqrt(degrees / max(int(degrees.max()), 1))
    sizes = np.asarray(sizes, float)
    if sizes.shape != (count,):
        raise ValueError(f"the sizes of {count} nodes have shape ({count},), not {sizes.shape}.")
    return np.round(sizes, 1)


def _nodes(graph: Graph, colouring: Colouring, at: NDArray, sizes: NDArray) -> list[figures.Trace]:
    """Traces of nodes; each node has its number, its name, and the large ones have it written beside them."""
    names = [figures.short(name, 60) for name in graph.nodes]
    large = _written(at, sizes) if len(names) <= 600 else set()
    text = [figures.short(name) if place in large else "" for place, name in enumerate(graph.nodes)]
    details: dict[str, Sequence[Any]] = {"hovertext": names, "customdata": range(len(names)), "text": text}
    look: dict[str, Any] = {"hoverinfo": "text", "textposition": "top center", "opacity": 0.95}
    if large:
        look["mode"] = "markers+text"
    traces = figures.coloured(at, colouring, most=len(figures.COLOURS), details=details, **look)
    for trace in traces:
        trace["marker"]["size"] = sizes[trace["customdata"]].tolist()
        trace["marker"]["line"] = {"width": 0}
        trace["unselected"] = {"marker": {"opacity": 0.18}, "textfont": {"color": "rgba(139, 141, 152, 0.5)"}}
    return traces


def _written(at: NDArray, sizes: NDArray) -> set[int]:
    """Nodes whose names are written: large ones whose names do not lie over one another."""
    chosen: list[int] = []
    for place in np.argsort(-sizes, kind="stable").tolist():
        apart = np.abs(at[chosen] - at[place]) / NAME_SIZE
        if len(chosen) < MOST_NAMES and (apart.max(axis=1) > 1).all():
            chosen.append(place)
    return set(chosen)


def _edges(graph: Graph, at: NDArray) -> list[figures.Trace]:
    """All edges, and those of the node that is lit, none at first."""
    x, y = _along(graph.edges, at)
    width = 1 if len(graph.edges) < 3000 else 0.5
    return [
        figures.line(x, y, "", "rgba(139, 141, 152, 0.55)", width=width),
        figures.line([], [], "", figures.COLOURS[0], width=2),
    ]


def _footprints(walk: Walk, at: NDArray) -> figures.Trace:
    x, y = _route(walk, at)
    return figures.line(x, y, walk.name, walk.colour, width=3, marks=7, opacity=0.6)


def _along(edges: NDArray, at: NDArray) -> tuple[NDArray, NDArray]:
    """x and y of both ends of each edge, and a gap behind it, `(3 m,)` each."""
    gap = np.full(len(edges), np.nan)
    x, y = (np.column_stack([*at[edges, axis].T, gap]).ravel().astype(np.float32) for axis in (0, 1))
    return x, y


def _route(walk: Walk, at: NDArray) -> tuple[NDArray, NDArray]:
    places = at[np.asarray(walk.nodes, int)]
    return places[:, 0], places[:, 1]
