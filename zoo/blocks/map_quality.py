"""How good a map is: which neighbours it keeps, and whether far is far on it.

Users: fit-sne, heat-geodesic; the task of dimension reduction scores every contestant by it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.affinities import nearest

Array = NDArray[np.float64]


def recall(rows: Array, places: Array, count: int = 15) -> float:
    """Share of each row's nearest rows that are among its nearest on the map, the mean of all rows.

    Args:
        rows: `(n, d)`.
        places: `(n, axes)`.
        count: neighbours; n - 1 where there are fewer.
    """
    count = min(count, len(rows) - 1)
    before, after = (nearest(points, count)[0] for points in (rows, places))
    kept = (before[:, :, None] == after[:, None, :]).any(axis=2)
    return float(kept.mean())


def trustworthiness(rows: Array, places: Array, count: int = 15) -> float:
    """Of scikit-learn: less the more the neighbours on the map are far in truth."""
    from sklearn.manifold import trustworthiness

    return float(trustworthiness(rows, places, n_neighbors=min(count, (len(rows) - 1) // 2)))


def far_is_far(distances: Array, places: Array) -> float:
    """Spearman's correlation of true distances with those on the map, over all pairs.

    Args:
        distances: between all rows, as along the surface they lie on, `(n, n)`.
        places: `(n, axes)`.
    """
    from scipy.spatial.distance import pdist, squareform
    from scipy.stats import spearmanr

    return float(spearmanr(squareform(distances, checks=False), pdist(places)).statistic)


def metrics(rows: Array, ways: Mapping[str, Array], count: int = 15) -> list[tuple[str, float, str]]:
    """What each way to draw a map keeps, as rows of a table of metrics.

    Args:
        rows: `(n, d)`.
        ways: places `(n, 2)` by name.
        count: neighbours; n - 1 where there are fewer.
    """
    count = min(count, len(rows) - 1)
    kept = [
        (f"neighbours kept | {name}", 100 * recall(rows, places, count), f"% of {count} nearest")
        for name, places in ways.items()
    ]
    trusted = [
        (f"trustworthiness | {name}", trustworthiness(rows, places, count), "of 1")
        for name, places in ways.items()
    ]
    return [*kept, *trusted]


def named_alike(places: Array, labels: NDArray, count: int = 5) -> float:
    """Share of rows whose label is that of most of their nearest rows on the map, themselves left out.

    Args:
        places: `(n, axes)`.
        labels: whole numbers from 0 on, `(n,)`.
        count: neighbours that vote; of equal counts the smallest label wins.
    """
    votes = labels[nearest(places, count)[0]]
    counts = np.stack([(votes == label).sum(axis=1) for label in range(int(labels.max()) + 1)], axis=1)
    return float((counts.argmax(axis=1) == labels).mean())
