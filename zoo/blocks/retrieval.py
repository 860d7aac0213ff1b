"""Search by cosine: the nearest rows of an index, and how often what was meant is among them.

    index = Index(pictures)
    places, cosines = index.top(words, 10)
    recalls(words @ pictures.T, (1, 5, 10))

Users: latent-structures, the task `picture-retrieval`; made for every method that finds by a common space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def directions(rows: NDArray) -> NDArray[np.float64]:
    """Rows (n, d) at length 1; a row of zeros stays."""
    rows = np.asarray(rows, float)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths == 0, 1.0, lengths)


@dataclass(frozen=True)
class Index:
    """Rows that are searched, (n, d), of any length."""

    rows: NDArray

    def cosines(self, queries: NDArray) -> NDArray[np.float64]:
        """Of queries (m, d) with all rows, (m, n)."""
        return directions(queries) @ directions(self.rows).T

    def top(self, queries: NDArray, count: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The rows of largest cosine, best first, and the cosines; both (m, count), or all n where there are fewer.

        Ties are in the order of the rows.
        """
        cosines = self.cosines(queries)
        places = np.argsort(-np.round(cosines, 9), axis=1, kind="stable")[:, :count]
        return places, np.take_along_axis(cosines, places, axis=1)


def ranks(similarity: NDArray, meant: NDArray | None = None) -> NDArray[np.float64]:
    """At which rank each query finds what was meant, 1 being the best, (m,).

    Rows that are exactly as similar share their ranks: a search that tells nothing apart finds nothing early.

    Args:
        similarity: of queries with rows, (m, n).
        meant: which row each query means, (m,); its own number if left out.
    """
    rounded = np.round(np.asarray(similarity, float), 9)
    meant = np.arange(len(rounded)) if meant is None else meant
    own = rounded[np.arange(len(rounded)), meant][:, None]
    return (rounded > own).sum(axis=1) + ((rounded == own).sum(axis=1) + 1) / 2


def recalls(
    similarity: NDArray, counts: Sequence[int] = (1, 5, 10), meant: NDArray | None = None
) -> list[float]:
    """Percent of queries that find what was meant among the first so many; see `ranks`."""
    reached = ranks(similarity, meant)
    return [100 * float((reached <= count).mean()) for count in counts]
