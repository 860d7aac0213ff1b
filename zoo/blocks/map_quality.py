"""How good a map is: which neighbours it keeps, and whether far is far on it.

Users: fit-sne, heat-geodesic, hyperbolic-diffusion, i-con, largevis, topoae; the task of dimension reduction scores
every contestant by it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zoo.blocks.affinities import nearest

Array = NDArray[np.float64]


def counted(rows: int, count: int = 15) -> int:
    """Neighbours that are looked at: half of the others where these are few, for among all of them any map is right."""
    return max(1, min(count, (rows - 1) // 2))


def recall(rows: Array, places: Array, count: int = 15) -> float:
    """Share of each row's nearest rows that are among its nearest on the map, the mean of all rows.

    Args:
        rows: `(n, d)`.
        places: `(n, axes)`.
        count: neighbours; see `counted`.
    """
    count = counted(len(rows), count)
    before, after = (nearest(points, count)[0] for points in (rows, places))
    kept = (before[:, :, None] == after[:, None, :]).any(axis=2)
    return float(kept.mean())


def trustworthiness(rows: Array, places: Array, count: int = 15) -> float:
    """Of scikit-learn: less the more the neighbours on the map are far in truth."""
    from sklearn.manifold import trustworthiness

    return float(trustworthiness(rows, places, n_neighbors=counted(len(rows), count)))


def far_is_far(distances: Array, measured: Array) -> float:
    """Spearman's correlation of true and measured distances, over all pairs at once; 0 where either are all the same.

    Args:
        distances: between all rows, as along the surface they lie on, `(n, n)`.
        measured: as a map or another ruler has them, `(n, n)`.
    """
    from scipy.spatial.distance import squareform
    from scipy.stats import spearmanr

    pairs = [squareform(table, checks=False) for table in (distances, measured)]
    return float(spearmanr(*pairs).statistic) if all(np.ptp(each) > 0 for each in pairs) else 0.0


def metrics(rows: Array, ways: Mapping[str, Array], count: int = 15) -> list[tuple[str, float, str]]:
    """What each way to draw a map keeps, as rows of a table of metrics.

    Args:
        rows: `(n, d)`.
        ways: places `(n, 2)` by name.
        count: neighbours; see `counted`.
    """
    count = counted(len(rows), count)
    kept = [
        (f"neighbours kept | {name}", 100 * recall(rows, places, count), f"% of {count} nearest")
        for name, places in ways.items()
    ]
    trusted = [
        (f"trustworthiness | {name}", trustworthiness(rows, places, count), "of 1")
        for name, places in ways.items()
    ]
    return [*kept, *trusted]
