"""Family trees to look at: of distances by linkage, or true ones, drawn alike, and written as Newick.

    ours, truth = Dendrogram.of_distances(table, leaves), Dendrogram.of_tree(tree)
    figure = beside({"": [("true", truth), ("found", ours)]}, truth.order(), names, colouring)

Users: hyperbolic-diffusion; made for every method that gives a hierarchy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures, replay
from zoo.blocks.figures import NEUTRAL, Colouring, Panel
from zoo.blocks.trees import Tree
from zoo.types import Figure

Array = NDArray[np.float64]
MOST_NAMED = 60
"""Leaves whose names are written beside them."""


@dataclass(frozen=True)
class Dendrogram:
    """A rooted tree with heights.

    Attributes:
        children: of each of m nodes; none of a leaf.
        heights: of each node, the root's the largest, `(m,)`.
        root: where it begins.
        labels: what a leaf stands for, by its place among the nodes.
    """

    children: tuple[tuple[int, ...], ...]
    heights: Array
    root: int
    labels: Mapping[int, int]

    @classmethod
    def of_tree(cls, tree: Tree) -> Dendrogram:
        """A tree's own shape, an edge of height 1, labelled by its nodes; a second parent is left out."""
        below: list[list[int]] = [[] for _ in range(len(tree))]
        for node, above in enumerate(tree.parents):
            for parent in above[:1]:
                below[parent].append(node)
        leaves = {node: node for node, under in enumerate(below) if not under}
        heights = (tree.depth.max() - tree.depth).astype(float)
        return cls(tuple(map(tuple, below)), heights, tree.root, leaves)

    @classmethod
    def of_distances(cls, distances: Array, labels: Sequence[int], method: str = "average") -> Dendrogram:
        """By scipy's linkage of distances `(n, n)`; leaf k stands for `labels[k]`; heights are half of them."""
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import squareform

        merges = linkage(squareform(distances, checks=False), method)
        pairs = [(int(first), int(second)) for first, second in merges[:, :2]]
        count = len(distances)
        heights = np.concatenate([np.zeros(count), merges[:, 2] / 2])
        leaves = {place: int(label) for place, label in enumerate(labels)}
        return cls(((),) * count + tuple(pairs), heights, 2 * count - 2, leaves)

    def _down(self) -> list[int]:
        """All nodes, every parent before its children."""
        nodes = [self.root]
        for node in nodes:
            nodes += self.children[node]
        return nodes

    def along(self) -> list[int]:
        """All nodes, each branch's together, a node before what is below it."""
        nodes, waiting = [], [self.root]
        while waiting:
            nodes.append(waiting.pop())
            waiting += reversed(self.children[nodes[-1]])
        return nodes

    def order(self, wanted: Sequence[int] | None = None) -> list[int]:
        """Labels of the leaves from one side to the other.

        Args:
            wanted: labels in an order that branches are turned towards: those whose leaves come early in it go first.
        """
        early = {label: place for place, label in enumerate(wanted or self.labels.values())}
        total, count = np.zeros(len(self.children)), np.zeros(len(self.children))
        for node in reversed(self._down()):
            below = self.children[node]
            total[node] = total[list(below)].sum() if below else early[self.labels[node]]
            count[node] = count[list(below)].sum() if below else 1
        mean, rows, waiting = total / np.maximum(count, 1), [], [self.root]
        while waiting:
            node = waiting.pop()
            if not self.children[node]:
                rows.append(self.labels[node])
            waiting += sorted(self.children[node], key=lambda child: -mean[child])
        return rows

    def drawn(self, wanted: Sequence[int] | None = None) -> tuple[Array, Array]:
        """Lines with the root at the left, and the tips.

        Args:
            wanted: as ``order``.

        Returns:
            Lines `(points, 2)` with NaN between them, and tips `(n, 2)` in the order of labels' numbers; x is minus
            the height, y counts leaves downwards from 0.
        """
        rows = {label: -float(place) for place, label in enumerate(self.order(wanted))}
        y = np.zeros(len(self.children))
        lines = []
        for node in reversed(self._down()):
            below = self.children[node]
            y[node] = y[list(below)].mean() if below else rows[self.labels[node]]
            for child in below:
                x, end = -self.heights[node], -self.heights[child]
                lines += [(x, y[node]), (x, y[child]), (end, y[child]), (np.nan, np.nan)]
        tips = {label: (-self.heights[leaf], y[leaf]) for leaf, label in self.labels.items()}
        return np.array(lines).reshape(-1, 2), np.array([tips[label] for label in sorted(tips)])

    def newick(self, names: Sequence[str]) -> str:
        """Newick with lengths of branches; names are by label, in quotes where they are more than a word."""
        text: dict[int, str] = {}
        above = {child: node for node, below in enumerate(self.children) for child in below}
        for node in reversed(self._down()):
            if below := self.children[node]:
                part = f"({','.join(text.pop(child) for child in below)})"
            else:
                word = names[self.labels[node]]
                plain = word.replace("_", "").replace(".", "").isalnum()
                part = word if plain else "'" + word.replace("'", "''") + "'"
            length = self.heights[above[node]] - self.heights[node] if node in above else None
            text[node] = part if length is None else f"{part}:{round(length, 6):g}"
        return text[self.root] + ";"


def beside(
    moments: Mapping[str, Sequence[tuple[str, Dendrogram]]],
    wanted: Sequence[int],
    names: Sequence[str],
    colouring: Colouring,
    *,
    prefix: str = "",
) -> Figure:
    """Trees of the same leaves side by side, with a slider through moments.

    Args:
        moments: titles and trees of each moment, by its name on the slider; the last is shown.
        wanted: labels in the order that branches are turned towards.
        names: of the leaves, by the order of their labels, `n`.
        colouring: of the leaves, likewise.
        prefix: before a moment's name.
    """
    few = len(names) <= MOST_NAMED
    details = {"hovertext": [figures.short(name, 40) for name in names]}
    words: dict[str, Any] = {"size": 8 if few else 5, "hoverinfo": "text"}
    if few:
        details["text"] = [figures.short(name, 16) for name in names]
        words |= {"mode": "markers+text", "textposition": "middle right", "textfont": {"size": 10}}
    bare = figures.axis(bare=True, showgrid=False)

    def panel(title: str, tree: Dendrogram) -> Panel:
        lines, tips = tree.drawn(wanted)
        ways = figures.line(
            lines[:, 0].round(3), lines[:, 1].round(3), colour=NEUTRAL, width=1, hoverinfo="skip"
        )
        dots = figures.coloured(tips.round(3), colouring, details=details, **words)
        low, high = -float(tree.heights.max()), float(-tree.heights[list(tree.labels)].min())
        room = (high - low) * (0.5 if few else 0.04)
        return Panel([ways, *dots], bare | {"range": [low - 0.03 * (high - low), high + room]}, bare, title)

    shown = {name: [panel(*side) for side in sides] for name, sides in moments.items()}
    height = int(np.clip(13 * len(names), 420, 760))
    return replay.replay(shown, prefix=prefix, height=height)
