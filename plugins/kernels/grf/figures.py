"""Walkers on the graph, what their crumbs say beside the exact kernel, errors, and clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, graph_sets, replay
from zoo.blocks.figures import COLOURS, NEUTRAL, Colouring, Panel
from zoo.blocks.graph_picture import Walk, picture
from zoo.types import Figure, Graph

HUES = ("#d6409f", "#f76b15", "#12a594")
"""Of three walkers."""


def walkers(graph: Graph, paths: Sequence[Sequence[int]]) -> Figure:
    """Footprints of the first walkers; a clicked node is where they start next."""
    labels = graph_sets.communities(graph)
    colouring = Colouring("community", groups=np.array([f"community {label + 1}" for label in labels]))
    walks = [
        Walk(f"walker {place + 1}", list(path), hue)
        for place, (path, hue) in enumerate(zip(paths, HUES, strict=True))
    ]
    return picture(graph, colouring, walks=walks, fills="node", height=480)


def nearness(graph: Graph, start: int, rows: Mapping[int, NDArray], exact: NDArray) -> Figure:
    """A row of the kernel on the graph, by 1, 2, 4, … walks, beside the exact one; colours are logarithms."""
    at, least = graph.placed(), max(float(exact[exact > 0].min()) / 2, float(exact.max()) * 1e-4)

    def panel(row: NDArray, title: str, bar: bool) -> Panel:
        shades = np.round(np.log10(np.maximum(row, least)), 3)
        look = {
            "colorscale": "Viridis",
            "cmin": float(np.log10(least)),
            "cmax": float(np.log10(exact.max())),
            "showscale": bar,
            "colorbar": {"title": "log₁₀", "thickness": 12, "outlinewidth": 0},
        }
        names = [
            f"{figures.short(name, 40)}: {value:.3g}" for name, value in zip(graph.nodes, row, strict=True)
        ]
        x, y = np.round(at, 4).T
        size = 7 if len(row) > 200 else 11
        dots = figures.dots(
            x, y, "", shades, size=size, marker=look, hovertext=names, hoverinfo="text", opacity=1
        )
        ring = figures.dots(
            x[[start]], y[[start]], "", "rgba(0,0,0,0)", size=size + 8, hoverinfo="skip",
            marker={"line": {"color": COLOURS[1], "width": 3}},
        )  # fmt: skip
        bare = figures.axis(bare=True, showgrid=False)
        return Panel([dots, ring], bare, bare, title)

    true = panel(exact, "exact", True)
    moments = {f"{count}": [panel(row, "by walks", False), true] for count, row in rows.items()}
    return replay.replay(moments, prefix="walks from each node: ", height=420, equal=True, showlegend=False)


def errors(counts: Sequence[int], ways: Mapping[str, NDArray], title: str) -> Figure:
    """Errors `(trials, counts)` in percent against walks, and the law of one over the root."""
    traces = []
    for (name, each), colour in zip(ways.items(), COLOURS, strict=False):
        middle = 100 * np.sqrt((each**2).mean(axis=0))
        if len(ways) == 1:
            repeated = np.tile(counts, len(each))
            traces.append(figures.dots(repeated, 100 * each.ravel(), "", colour, size=5, opacity=0.35))
        traces.append(figures.line(counts, middle, name, colour, marks=7))
    first = 100 * float(np.sqrt((next(iter(ways.values()))[:, 0] ** 2).mean()))
    law = first * np.sqrt(counts[0] / np.asarray(counts, float))
    traces.append(figures.line(counts, law, "1 / √walks", NEUTRAL, dash="dot"))
    what = "walks from each node" + (", or columns of a projection" if len(ways) > 1 else "")
    x = figures.axis(what, log=True)
    return figures.chart(traces, x, figures.axis(title, log=True), height=340)


def groups(graph: Graph, by_walks: NDArray, by_kernel: NDArray) -> Figure:
    """The graph coloured by clusters from walks; large are the nodes that the exact kernel puts elsewhere."""
    colouring = Colouring("cluster", groups=np.array([f"cluster {label + 1}" for label in by_walks]))
    sizes = np.where(by_walks == by_kernel, 9, 20)
    return picture(graph, colouring, sizes=sizes, height=520)
