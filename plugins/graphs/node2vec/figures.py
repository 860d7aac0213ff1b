"""Walks over a graph, maps of it, and what p and q change."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, graph_sets
from zoo.blocks.figures import COLOURS, NEUTRAL, Colouring
from zoo.blocks.graph_picture import Walk, picture
from zoo.types import Figure, Graph

KINDS = ("back", "near", "outward")
OURS, RIVAL = "node2vec", "DeepWalk"


def grouped(graph: Graph) -> Colouring:
    """Nodes by their community."""
    labels = graph_sets.communities(graph)
    return Colouring("community", groups=np.array([f"community {label + 1}" for label in labels]))


def walked(graph: Graph, paths: Mapping[str, NDArray]) -> Figure:
    """Footprints of both walkers over the graph; a clicked node is the next start."""
    colours = {OURS: COLOURS[1], RIVAL: NEUTRAL}
    walks = [Walk(name, paths[name][paths[name] >= 0].tolist(), colours[name]) for name in (RIVAL, OURS)]
    return picture(graph, grouped(graph), walks=walks, fills="start")


def shares(steps: Mapping[str, NDArray]) -> Figure:
    """Shares of steps back, near and outward, in percent."""
    traces = [
        figures.bars(KINDS, 100 * steps[name], name, colour)
        for name, colour in ((OURS, COLOURS[1]), (RIVAL, NEUTRAL))
    ]
    return figures.chart(traces, figures.axis(type="category"), "% of steps", height=300, barmode="group")


def mapped(graph: Graph, layouts: Mapping[str, NDArray]) -> Figure:
    """The graph at its springs and at its maps, coloured by communities."""
    return picture(graph, grouped(graph), layouts=layouts)


def meter(changes: Mapping[str, float]) -> Figure:
    """Neighbours that change, in percent, by what was changed."""
    colours = [NEUTRAL, COLOURS[1]]
    bars = figures.bars(list(changes), list(changes.values()), "", colours, across=True)
    x = figures.axis("% of each node's nearest that change", span=(0, 100))
    return figures.chart([bars], x, figures.axis(type="category", automargin=True), height=220)
