"""Ten spheres inside a large one, in 101 dimensions: the paper's own data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INNER, COLUMNS = 10, 101


@dataclass(frozen=True)
class Spheres:
    """Rows to learn from `(n, 101)` and held-out ones `(m, 101)`, every column of variance 1 over the former.

    Attributes:
        known: rows to learn from.
        new: a tenth of all, held out.
        of: which sphere a held-out row is of, `(m,)`; the large one has number 10.
    """

    known: NDArray[np.float64]
    new: NDArray[np.float64]
    of: NDArray[np.intp]


def spheres(seed: int, points: int = 500) -> Spheres:
    """Ten of radius 5 around middles from N(0, 1) a column, one of radius 25 around 0 with ten times as many points."""
    rng = np.random.default_rng(seed)
    middles = np.concatenate([rng.standard_normal((INNER, COLUMNS)), np.zeros((1, COLUMNS))])
    of = np.repeat(np.arange(INNER + 1), [points] * INNER + [INNER * points])
    ways = rng.standard_normal((len(of), COLUMNS))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    rows = middles[of] + np.where(of == INNER, 25.0, 5.0)[:, None] * ways
    new, known = np.split(rng.permutation(len(of)), [len(of) // 10])
    rows = (rows - rows[known].mean(axis=0)) / rows[known].std(axis=0)
    return Spheres(rows[known], rows[new], of[new])
