"""Plain rulers of how far apart rows are, to stand beside others, and pairs by one beside pairs by another.

Users: hyperbolic-diffusion; made for every method that measures how far apart rows are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures
from zoo.blocks.figures import COLOURS, Panel
from zoo.types import Figure

Array = NDArray[np.float64]


def nearest(distances: Array, count: int) -> NDArray[np.intp]:
    """Places of the nearest other rows by distances `(n, n)`, nearest first, `(n, count)` or all there are."""
    apart = np.where(np.eye(len(distances), dtype=bool), np.inf, distances)
    return np.argsort(apart, axis=1, kind="stable")[:, : min(count, len(distances) - 1)]


def near(distances: Array, count: int) -> Array:
    """Edges between rows of which either is among the `count` nearest of the other, as 0 and 1, `(n, n)`."""
    links = np.zeros_like(distances)
    np.put_along_axis(links, nearest(distances, count), 1, axis=1)
    return np.maximum(links, links.T)


def paths(distances: Array, count: int) -> Array:
    """Shortest paths between nearest rows, whose links count both ways; twice the longest between pieces, `(n, n)`.

    A ruler of rows along whatever they lie on, as Isomap has it (Tenenbaum, de Silva and Langford, 2000).

    Args:
        distances: `(n, n)`.
        count: nearest rows that a row steps to.
    """
    from scipy.sparse.csgraph import shortest_path

    ways = shortest_path(near(distances, count) * np.maximum(distances, 1e-12), directed=False)
    return np.where(np.isfinite(ways), ways, 2 * ways[np.isfinite(ways)].max())


def merged(distances: Array, way: str) -> Array:
    """How high in scipy's linkage tree two rows meet, `(n, n)`."""
    from scipy.cluster.hierarchy import cophenet, linkage
    from scipy.spatial.distance import squareform

    return squareform(cophenet(linkage(squareform(distances, checks=False), way)))


MOST_PAIRS = 2500
"""That are drawn."""


def pairs(truth: Array, ways: Mapping[str, Array]) -> Figure:
    """True distances against others, a dot for each of some pairs; all are brought to a largest distance of 1."""
    row, column = np.triu_indices(len(truth), 1)
    some = figures.sample(len(row), MOST_PAIRS)
    at = row[some], column[some]
    x = truth[at] + np.random.default_rng(0).uniform(-0.3, 0.3, len(some))
    panels = []
    for place, (name, table) in enumerate(ways.items()):
        y = table[at] / max(float(table.max()), 1e-300)
        drawn = figures.dots(x.round(2), y.round(4), "", COLOURS[place], size=4, opacity=0.35)
        up = figures.axis("share of the largest" if place == 0 else "", span=(0, 1.05))
        panels.append(Panel([drawn], figures.axis("edges apart in the tree"), up, name))
    return figures.beside(panels, equal=False, height=360)
