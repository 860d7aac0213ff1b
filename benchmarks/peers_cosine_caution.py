"""cosine-caution beside scikit-learn and scipy: the same factors of the same choices, and how fast.

python -m benchmarks.peers_cosine_caution
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.retrieval.cosine_caution import model
from zoo.blocks import choices


def comparisons() -> Iterator[Beside]:
    """Fifty factors of the five clusters, as the products V s² Vᵀ, which no sign changes."""
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import svds
    from sklearn.decomposition import TruncatedSVD

    X = choices.clusters(0).X
    sparse = csr_array(X)

    def product(s: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return rows.T * s**2 @ rows

    def ours() -> np.ndarray:
        of = model.spectrum(X, 50)
        return product(of.s, of.V.T)

    def scikit() -> np.ndarray:
        fitted = TruncatedSVD(50, algorithm="arpack", random_state=0).fit(sparse)
        return product(fitted.singular_values_, fitted.components_)

    def scipy() -> np.ndarray:
        _, s, rows = svds(sparse, 50, random_state=0)
        return product(s, rows)

    yield Beside(
        "50 factors of 2,000 x 300 choices",
        ours,
        {"scikit-learn TruncatedSVD": scikit, "scipy svds": scipy},
        beside.difference,
    )


def main() -> None:
    """Measure, print and store."""
    beside.main("cosine-caution", __doc__, comparisons)


if __name__ == "__main__":
    main()
