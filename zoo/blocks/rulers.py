"""Rulers that distances between rows are measured by, as rivals: each with the settings that it is tried at.

    settings = rulers.chosen(rulers.RULERS, [(truth, seen), …])

Users: hyperbolic-diffusion; made for every method that measures how far apart rows are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import figures
from zoo.blocks.figures import COLOURS, Panel
from zoo.blocks.map_quality import far_is_far
from zoo.blocks.map_rows import standard
from zoo.blocks.trees import Tree
from zoo.types import Figure

Array = NDArray[np.float64]
Ruler = tuple[Callable[..., Array], Sequence[tuple[Any, ...]]]
"""Makes distances `(n, n)` from straight ones and a setting; and its settings."""


@dataclass(frozen=True)
class Linked(Tree):
    """Nodes joined by any edges, each of which counts as an ancestor: what trains on ancestors trains on edges."""

    @functools.cached_property
    def ancestors(self) -> NDArray[np.bool_]:
        """Whether an edge joins them, `(n, n)`."""
        return self.distances == 1


def trained(links: Array, dimensions: int) -> Array:
    """A ruler of edges: the leaderboard's Poincaré embeddings trained on them, at the best of three rates, `(n, n)`.

    Args:
        links: 0 and 1, `(n, n)`, the same both ways; every node has one.
        dimensions: of the ball.
    """
    from zoo.evidence import task

    parents = tuple(tuple(np.flatnonzero(row[:place]).tolist()) for place, row in enumerate(links))
    entrant = task.contestants(task.load("trees"))["Poincaré embeddings"]
    return entrant.run(Linked(tuple(map(str, range(len(links)))), parents), dimensions).made.distances


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


RULERS: dict[str, Ruler] = {
    "straight lines": (lambda distances: distances, [()]),
    "shortest paths": (paths, [(count,) for count in (*range(2, 16), 18, 22, 28, 35)]),
    "linkage": (
        merged,
        [(way,) for way in ("single", "complete", "average", "weighted", "ward", "centroid", "median")],
    ),
    "trained ball": (
        lambda distances, count, dimensions: trained(near(distances, count), dimensions),
        [(count, dimensions) for count in (5, 10, 20) for dimensions in (2, 10)],
    ),
}
"""18 settings or fewer; each ball is trained at three rates besides."""


MOST_PAIRS = 2500
"""That are drawn."""


def chosen(rulers: Mapping[str, Ruler], drawn: Sequence[tuple[Array, Array]]) -> dict[str, tuple[Any, ...]]:
    """The setting of each ruler that ranks pairs best, on average of several draws.

    Args:
        rulers: by name.
        drawn: true and straight distances of each draw.
    """
    return {
        name: max(
            settings,
            key=lambda setting: sum(far_is_far(truth, ruler(seen, *setting)) for truth, seen in drawn),
        )
        for name, (ruler, settings) in rulers.items()
    }


def ranked(
    rulers: Mapping[str, Ruler], settings: Mapping[str, tuple[Any, ...]], truth: Array, seen: Array
) -> dict[str, float]:
    """Rank correlations of rulers with true distances, by name; and the place of each setting in its list."""
    numbers: dict[str, float] = {}
    for name, setting in settings.items():
        ruler, list_ = rulers[name]
        numbers[name] = far_is_far(truth, ruler(seen, *setting))
        numbers[f"{name}, setting"] = float(list_.index(setting))
    return numbers


TABLES = ("iris", "wine", "breast_cancer", "digits")
"""Of scikit-learn, whose rows have classes."""
MOST_ROWS, VOTES = 300, (1, 3, 5, 9)


def voted(distances: Array, words: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The class that most of the nearest have, the first of several, `(rows,)`.

    Args:
        distances: to those whose class is known, `(rows, known)`; infinite to whom has no vote.
        words: their classes as numbers, `(known,)`.
        count: voters.
    """
    near = np.argsort(distances, axis=1, kind="stable")[:, :count]
    return np.eye(int(words.max()) + 1)[words[near]].sum(axis=1).argmax(axis=1)


def classified(rulers: Mapping[str, Ruler], name: str, seed: int) -> dict[str, float]:
    """Percent of one half of a table's rows whose class is that of most of the nearest in the other half.

    Distances are between all rows, of variance 1 in each column; classes of one half are known. What a ruler begins
    from, its setting and how many vote are those that are best in that half, a row at a time left out.

    Args:
        rulers: by name; they begin from angles, 1 - cosine, or straight lines.
        name: of a table of ``TABLES``; at most 300 rows are drawn.
        seed: draws rows and halves.
    """
    from scipy.spatial.distance import pdist, squareform
    from sklearn import datasets

    data = getattr(datasets, f"load_{name}")()
    some = np.random.default_rng(seed).permutation(len(data.target))[:MOST_ROWS]
    rows, words, half = standard(data.data[some]), data.target[some], len(some) // 2
    plain = {way: squareform(pdist(rows, way)) for way in ("cosine", "euclidean")}
    tables = {"angles": [plain["cosine"]], "straight lines": [plain["euclidean"]]}
    for way, (ruler, settings) in rulers.items():
        tables[way] = [ruler(each, *setting) for each in plain.values() for setting in settings]
    numbers: dict[str, float] = {}
    for way, list_ in tables.items():
        trials = []
        for table in list_:
            known = table[:half, :half] + np.diag(np.full(half, np.inf))
            trials += [
                (float((voted(known, words[:half], count) == words[:half]).mean()), count, table)
                for count in VOTES
            ]
        _, count, table = max(trials, key=lambda trial: trial[0])
        guess = voted(table[half:, :half], words[:half], count)
        numbers[way] = 100 * float((guess == words[half:]).mean())
    return numbers


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
