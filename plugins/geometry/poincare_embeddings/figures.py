"""The disk beside the sheet, losses, and ranks of ancestors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.blocks import figures, replay
from zoo.blocks.disk import Flat, disk
from zoo.blocks.figures import COLOURS, NEUTRAL, Colouring
from zoo.blocks.trees import Tree
from zoo.types import Figure

from .model import Array

MOMENTS = 18
"""Epochs on the slider."""
TRUNK = 0.7
"""A child that has this share of all nodes below it is trunk, and colours begin above it."""


def groups(tree: Tree) -> list[str]:
    """Which branch each node is on: the name of the child, of the node where the tree first parts, that it is below."""
    fork, below = tree.root, tree.ancestors.sum(axis=0)
    while tree.children[fork]:
        largest = max(tree.children[fork], key=lambda child: below[child])
        if below[largest] < TRUNK * len(tree):
            break
        fork = largest
    heads = tree.children[fork]
    return [
        next((tree.names[head] for head in heads if node == head or tree.ancestors[node, head]), "trunk")
        for node in range(len(tree))
    ]


def bloom(tree: Tree, ours: Array, twin: Array) -> Figure:
    """The tree after each epoch, in the disk and on the sheet.

    Args:
        tree: of n nodes.
        ours: `(epochs + 1, n, 2)`.
        twin: likewise.
    """
    shown = replay.kept(len(ours), MOMENTS)
    flat = Flat("Euclidean twin", twin[-1], {f"epoch {epoch}": twin[epoch] for epoch in shown})
    journey = {f"epoch {epoch}": ours[epoch] for epoch in shown}
    colouring = Colouring("branch", groups=np.array(groups(tree)))
    return disk(
        ours[-1], tree.edges, tree.names, colouring, journey=journey, twin=flat, title="Poincaré disk"
    )


def losses(sides: Mapping[str, Array]) -> Figure:
    """Mean loss of each epoch."""
    traces = [
        figures.line(np.arange(1, len(values) + 1), np.round(values, 4), name, colour)
        for (name, values), colour in zip(sides.items(), (COLOURS[0], NEUTRAL), strict=True)
    ]
    return figures.chart(traces, "epoch", "loss, nats a pair", height=340)


def ranks(ancestors: Sequence[str], places: Mapping[str, Sequence[int]]) -> Figure:
    """Where each ancestor stands among all that are none, the parent on top."""
    names = [f"{number}. {figures.short(name)}" for number, name in enumerate(ancestors, 1)]
    traces = [
        figures.bars(names, list(values), name, colour, across=True)
        for (name, values), colour in zip(places.items(), (COLOURS[0], NEUTRAL), strict=True)
    ]
    up = figures.axis(autorange="reversed", automargin=True, type="category")
    return figures.chart(traces, "place among all that are no ancestors, 1 is nearest", up, height=380)
