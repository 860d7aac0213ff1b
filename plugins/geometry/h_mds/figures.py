"""Trees in the disk, and distances beside distances."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.blocks import figures
from zoo.blocks.disk import Flat, disk
from zoo.blocks.figures import COLOURS, NEUTRAL, Colouring, Panel
from zoo.blocks.trees import Tree
from zoo.types import Figure

from .model import GIVEN, Array

MOST_PAIRS = 2500
"""That are drawn."""
COLOUR = {"h-MDS": COLOURS[0], "Euclidean MDS": COLOURS[1]}


def laid(tree: Tree, journey: Mapping[str, Array], map_: Array, middle: str) -> Figure:
    """The disk with ever more bits, and a flat map."""
    last = list(journey)[-1]
    groups = Colouring("branch", groups=np.array([tree.names[node] for node in tree.branch]))
    return disk(
        journey[last],
        tree.edges,
        tree.names,
        groups,
        journey=journey,
        twin=Flat("Euclidean MDS", map_),
        title=f"the layout, seen from {figures.short(middle, 30)}",
    )


def digits(
    curve: Mapping[int, tuple[float, float]],
    rivals: Mapping[str, tuple[float, float]],
    needed: float,
    bits: int,
) -> Figure:
    """Precision and distortion against bits; marked are the bits that are needed, kept, and a double's."""
    counts = list(curve)
    panels = []
    for place, title in enumerate(("precision over neighbours", "distortion")):
        values = [scores[place] for scores in curve.values()]
        high = 1.05 * max(*values, *(scores[place] for scores in rivals.values()))
        drawn = [figures.line(counts, values, "the layout", COLOURS[0], width=3, marks=7)]
        heights = {name: scores[place] for name, scores in rivals.items()}
        end = max(counts[-1], min(bits, 2 * needed))
        drawn += figures.levels((counts[0], end), heights, COLOUR, dict.fromkeys(heights, "dash"))
        for name, at, dash in (
            ("τ l / ln 2", needed, "dot"),
            ("kept", bits, "solid"),
            ("a double", GIVEN, "dashdot"),
        ):
            if at <= end:
                drawn.append(figures.line((at, at), (0, high), name, NEUTRAL, width=1.5, dash=dash))
        panels.append(Panel(drawn, figures.axis("bits of a coordinate"), figures.axis(span=(0, high)), title))
    return figures.beside(panels, equal=False, height=400, legend=figures.ABOVE | {"y": 1.1})


def pairs(truth: Array, ways: Mapping[str, Array]) -> Figure:
    """A dot for each pair, or for a choice of them."""
    row, column = np.triu_indices(len(truth), 1)
    some = figures.sample(len(row), MOST_PAIRS)
    at = row[some], column[some]
    high = 1.05 * float(truth.max())
    drawn = [figures.line((0, high), (0, high), "exact", NEUTRAL, width=1, dash="dot")]
    for name in reversed(list(ways)):
        drawn.append(
            figures.dots(truth[at].round(4), ways[name][at].round(4), name, COLOUR[name], size=5, opacity=0.5)
        )
    return figures.chart(
        drawn, figures.axis("true distance", span=(0, high)), "recovered distance", height=460
    )


def recovered(points: Array) -> Figure:
    """Points of the hyperboloid, `(n, 2)`, in the Poincaré disk."""
    places = points / (1 + np.sqrt(1 + np.square(points).sum(axis=1)))[:, None]
    places *= np.minimum(1, (1 - 1e-6) / np.maximum(np.linalg.norm(places, axis=1), 1e-300))[:, None]
    names = [f"point {number}" for number in range(1, len(places) + 1)]
    groups = Colouring("", groups=np.array(["points found"] * len(places)))
    return disk(places, np.zeros((0, 2), int), names, groups, title="the points that were found", height=460)
