"""Walks over a graph, maps of it, and what p and q change."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, graph_sets
from zoo.blocks.figures import NEUTRAL, Colouring
from zoo.blocks.graph_picture import Walk, picture
from zoo.types import Figure, Graph

KINDS = ("back", "near", "outward")
OURS, RIVAL = "node2vec", "DeepWalk"
HUES = {OURS: "#d6409f", RIVAL: NEUTRAL}
"""Of the walkers; no community has them."""


def grouped(graph: Graph) -> Colouring:
    """Nodes by their community."""
    labels = graph_sets.communities(graph).tolist()
    numbers = {
        label: place + 1 for place, label in enumerate(dict.fromkeys(labels))
    }  # as the legend has them
    return Colouring("community", groups=np.array([f"community {numbers[label]}" for label in labels]))


def walked(graph: Graph, paths: Mapping[str, NDArray]) -> Figure:
    """Footprints of both walkers over the graph; a clicked node is the next start."""
    walks = [Walk(name, paths[name][paths[name] >= 0].tolist(), HUES[name]) for name in (RIVAL, OURS)]
    return picture(graph, grouped(graph), walks=walks, fills="start")


def shares(steps: Mapping[str, NDArray]) -> Figure:
    """Shares of steps back, near and outward, in percent."""
    traces = [figures.bars(KINDS, 100 * steps[name], name, colour) for name, colour in HUES.items()]
    return figures.chart(traces, figures.axis(type="category"), "% of steps", height=300, barmode="group")


def mapped(graph: Graph, layouts: Mapping[str, NDArray]) -> Figure:
    """The graph at its springs and at its maps, coloured by communities."""
    return picture(graph, grouped(graph), layouts=layouts)


def meter(changes: Mapping[str, float]) -> Figure:
    """Neighbours that change, in percent, by what was changed."""
    colours = [HUES[RIVAL], HUES[OURS]]
    bars = figures.bars(list(changes), list(changes.values()), "", colours, across=True)
    x = figures.axis("% of each node's nearest that change", span=(0, 100))
    return figures.chart([bars], x, figures.axis(type="category", automargin=True), height=220)
