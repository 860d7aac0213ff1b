"""Nodes that blur or do not, accuracy against depth, gates, and how far nodes listen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay
from zoo.blocks.figures import COLOURS, NEUTRAL, Colouring, Panel
from zoo.blocks.graph_picture import picture
from zoo.types import Figure, Graph

if TYPE_CHECKING:
    from .actions import Asked

OURS, RIVAL = "DAGNN", "GCN"
HUES = {OURS: COLOURS[0], RIVAL: NEUTRAL}
Sure = Mapping[str, Sequence[NDArray]]
Shares = Mapping[str, Sequence[float]]


def mixed(sure: NDArray) -> list[str]:
    """Colours of classes mixed by how sure a network is of each, `(n, C)`."""
    hues = np.array([[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in COLOURS])
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in (sure @ hues[: sure.shape[1]]).round().astype(int)]


def blurred(given: Asked, depths: Sequence[int], sure: Sure, hit: Shares) -> Figure:
    """The graph as both networks answer it, side by side, with a slider through their depths."""
    at, edges, shown = np.round(given.graph.placed(), 4), given.graph.edges, given.work.learned
    gap, size = np.full(len(edges), np.nan), 11 if len(at) <= 200 else 7
    x, y = (np.column_stack([*at[edges, side].T, gap]).ravel().astype(np.float32) for side in (0, 1))
    ring = {"line": {"color": [COLOURS[label] for label in given.work.labels], "width": 2.5}}
    fixed = [
        figures.line(x, y, "", figures.FAINT, width=1, hoverinfo="skip"),
        figures.dots(
            at[shown, 0], at[shown, 1], "", "rgba(0,0,0,0)", size=size + 7, marker=ring, hoverinfo="skip"
        ),
    ]
    fixed += [
        figures.dots([np.nan], [np.nan], figures.short(name), colour, size=10)
        for name, colour in zip(given.names, COLOURS, strict=False)
    ]
    bare = figures.axis(bare=True, showgrid=False)

    def panel(kind: str, answers: NDArray) -> Panel:
        said = answers.argmax(1)
        words = [
            f"{figures.short(name, 40)}: {figures.short(given.names[label])}, {100 * part[label]:.0f}% sure"
            for name, label, part in zip(given.graph.nodes, said.tolist(), answers, strict=True)
        ]
        symbols = np.where((given.labels >= 0) & (said != given.labels), "x", "circle").tolist()
        look: dict[str, Any] = {
            "size": size,
            "opacity": 1,
            "symbol": symbols,
            "hovertext": words,
            "hoverinfo": "text",
        }
        return Panel([*fixed, figures.dots(at[:, 0], at[:, 1], "", mixed(answers), **look)], bare, bare, kind)

    kinds = {RIVAL: "stacked GCN", OURS: "DAGNN"}
    moments = {
        str(depth): [panel(title, sure[kind][place]) for kind, title in kinds.items()]
        for place, depth in enumerate(depths)
    }
    titles = [
        f"right at depth {depth}: GCN {hit[RIVAL][place]:.0f}%, DAGNN {hit[OURS][place]:.0f}%"
        for place, depth in enumerate(depths)
    ]
    below = figures.ABOVE | {"y": 0, "yanchor": "top"}
    return replay.replay(moments, titles=titles, prefix="depth ", height=480, equal=True, legend=below)


def against(depths: Sequence[int], hit: Shares) -> Figure:
    """What is right against depth."""
    lines = [figures.line(depths, hit[kind], kind, HUES[kind], marks=8) for kind in (OURS, RIVAL)]
    x = figures.axis("depth", log=True, tickvals=list(depths), ticktext=list(map(str, depths)))
    return figures.chart(lines, x, figures.axis("hidden nodes that are right (%)", span=(0, 103)), height=320)


def bars(
    names: tuple[str, str], x: Sequence, parts: Mapping[str, tuple[NDArray, NDArray]], title: str
) -> Figure:
    """What a node has, as bars, and the mean of nodes of its answer, as dots; a panel for each part."""
    own, others, panels = figures.short(names[0]), f"mean of {figures.short(names[1])}", []
    for what, (of_node, mean) in parts.items():
        across = figures.axis(title) if title else figures.axis(type="category")
        dots = figures.dots(x, np.round(mean, 4), others, COLOURS[1], size=9, opacity=1)
        panels.append(Panel([figures.bars(x, np.round(of_node, 4), own), dots], across, figures.axis(), what))
    return figures.beside(panels, height=330, equal=False, legend=figures.ABOVE | {"y": 1.12})


def reached(graph: Graph, reach: NDArray, place: int) -> Figure:
    """Nodes by how far they listen; the chosen one is large."""
    sizes = np.full(len(reach), 7 if len(reach) > 600 else 13)
    sizes[place] = 30
    return picture(graph, Colouring("reach in hops", values=np.round(reach, 2)), sizes=sizes, fills="node")
