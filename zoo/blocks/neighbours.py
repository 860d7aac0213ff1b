"""What is most similar to what, by cosine.

Users: cosine-caution, its claims and its tests; made for every method that compares embeddings by their neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo.types import Table

Array = NDArray[np.float64]


def cosines(rows: Array) -> Array:
    """Cosines of all pairs of rows, `(p, p)`; 0 where a row is zero and has no direction."""
    sizes = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, sizes, out=np.zeros_like(rows), where=sizes > 1e-12 * sizes.max())
    return rows @ rows.T


def nearest(rows: Array, count: int = 10) -> NDArray[np.intp]:
    """The other rows of largest cosine to each, `(p, count)` or all there are; ties in the order of the rows."""
    return ranked(cosines(rows), count)


def ranked(similarity: Array, count: int = 10, rows: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
    """The same from similarities of all pairs, `(p, p)`; of these rows, or of all."""
    rows = np.arange(len(similarity)) if rows is None else rows
    others = np.round(similarity[rows], 9)  # what differs by rounding is a tie
    others[np.arange(len(rows)), rows] = -np.inf
    return np.argsort(-others, axis=1, kind="stable")[:, : min(count, len(similarity) - 1)]


def in_order(similarity: Array, places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Some rows of similarities `(p, p)`, those alike next to one another."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    return places[leaves_list(linkage(similarity[np.ix_(places, places)], "average"))]


def shared(first: Array, second: Array, count: int = 10) -> float:
    """Share of the nearest rows on which two embeddings of the same items agree, mean of the items."""
    return 1 - float(changed(nearest(first, count), nearest(second, count)).mean())


def changed(before: NDArray[np.intp], after: NDArray[np.intp]) -> Array:
    """Share of each row's neighbours `(p, count)` that were not there before, `(p,)`."""
    known = np.zeros((len(before), len(before)), bool)
    np.put_along_axis(known, before, True, axis=1)
    return 1 - np.take_along_axis(known, after, axis=1).mean(axis=1)


def listed(similarities: Mapping[str, Array], names: Sequence[str], mine: int, count: int = 10) -> Table:
    """The nearest to one item, with their similarities, a column for each way to measure it.

    Args:
        similarities: of all pairs, `(p, p)`, by the title of the column.
        names: of the items, `p`.
        mine: place of the item.
        count: how many are listed.
    """
    near = {way: ranked(similarity, count, np.array([mine]))[0] for way, similarity in similarities.items()}
    return Table.of(
        {
            way: [f"{names[k]} ({similarities[way][mine, k]:.2f})" for k in places]
            for way, places in near.items()
        }
    )
