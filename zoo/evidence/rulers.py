"""Rulers of rows as rivals, with the settings that each is tried at: by ranks of hidden distances, and by classes.

    settings = rulers.chosen(rulers.RULERS, [(truth, seen), …])

Users: hyperbolic-diffusion; made for every method that measures how far apart rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.map_quality import far_is_far
from zoo.blocks.map_rows import standard
from zoo.blocks.rulers import merged, near, paths
from zoo.blocks.trees import Linked
from zoo.evidence import task

Array = NDArray[np.float64]
Ruler = tuple[Callable[..., Array], Sequence[tuple[Any, ...]]]
"""Makes distances `(n, n)` from straight ones and a setting; and its settings."""


def trained(links: Array, dimensions: int) -> Array:
    """A ruler of edges: the leaderboard's Poincaré embeddings trained on them, at the best of three rates, `(n, n)`.

    Args:
        links: 0 and 1, `(n, n)`, the same both ways; every node has one.
        dimensions: of the ball.
    """
    parents = tuple(tuple(np.flatnonzero(row[:place]).tolist()) for place, row in enumerate(links))
    entrant = task.contestants(task.load("trees"))["Poincaré embeddings"]
    return entrant.run(Linked(tuple(map(str, range(len(links)))), parents), dimensions).made.distances


RULERS: dict[str, Ruler] = {
    "straight lines": (lambda distances: distances, [()]),
    "shortest paths": (paths, [(count,) for count in (*range(2, 16), 18, 22, 28, 35)]),
    "linkage": (
        merged,
        [(way,) for way in ("single", "complete", "average", "weighted", "ward", "centroid", "median")],
    ),
    "trained ball": (
        lambda distances, count, dimensions: trained(near(distances, count), dimensions),
        [(count, 5) for count in (5, 10, 20, 30)],
    ),
}
"""18 settings or fewer; a ball has five dimensions, as two or ten change little, and is trained at three rates."""


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
MOST_ROWS, VOTES = 180, (1, 3, 5, 9)


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
        name: of a table of ``TABLES``; at most 180 rows are drawn.
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
