"""finola beside plain code and scikit-learn: the same numbers, and how fast.

    python -m benchmarks.peers_finola

No public implementation of FINOLA is known to us. The parallel schedule is compared with the recursion written cell by
cell; the principal components and the probes with scikit-learn's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.compression.finola import model, train
from zoo.blocks.probes import linear_probe, nearest_neighbours

SIZE, CHANNELS, BATCH = 8, 256, 64


def cell_by_cell(q: Tensor, right: Tensor, left: Tensor, down: Tensor, up: Tensor) -> Tensor:
    """The map by its definition: every cell from its neighbour on the way from the centre."""
    z, middle = q.new_empty(len(q), SIZE, SIZE, q.shape[1]), SIZE // 2
    z[:, middle, middle] = q
    for x in range(middle + 1, SIZE):
        z[:, middle, x] = model.step(z[:, middle, x - 1], right)
    for x in range(middle - 1, -1, -1):
        z[:, middle, x] = model.step(z[:, middle, x + 1], left)
    for x in range(SIZE):
        for y in range(middle + 1, SIZE):
            z[:, y, x] = model.step(z[:, y - 1, x], down)
        for y in range(middle - 1, -1, -1):
            z[:, y, x] = model.step(z[:, y + 1, x], up)
    return z


def share_apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The share of answers that differ."""
    return float(np.mean(ours != theirs))


@torch.inference_mode()
def comparisons() -> Iterator[Beside]:
    """The map, the components and both probes."""
    torch.set_num_threads(1)
    draw = torch.Generator().manual_seed(0)
    q = torch.randn(BATCH, CHANNELS, generator=draw)
    matrices = torch.randn(4, CHANNELS, CHANNELS, generator=draw) * 0.5 / CHANNELS**0.5
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (4_000, 16, 16, 3), dtype=np.uint8)
    labels = rng.integers(10, size=4_000)
    features = rng.normal(size=(10, 96))[labels] + 3 * rng.normal(size=(4_000, 96))

    def regression() -> np.ndarray:
        inputs = StandardScaler().fit_transform(features)
        return (
            LogisticRegression(C=1 / (4_000 * 1e-3), tol=1e-6, max_iter=500)
            .fit(inputs, labels)
            .predict(inputs)
        )

    def neighbours() -> np.ndarray:
        voters = KNeighborsClassifier(20, metric="cosine", algorithm="brute")
        return voters.fit(features[1_000:], labels[1_000:]).predict(features[:1_000])

    yield Beside(
        f"Growing {BATCH} maps of {SIZE} x {SIZE} cells",
        lambda: model.grow(q, *matrices, SIZE).numpy(),
        {"cell by cell, ours": lambda: cell_by_cell(q, *matrices).numpy()},
    )
    yield Beside(
        "All components of 4,000 x 768",
        lambda: train.principal_components(pictures)[1].numpy(),
        {
            "scikit-learn, covariance_eigh": lambda: (
                PCA(svd_solver="covariance_eigh")
                .fit(train.as_input(torch.from_numpy(pictures)).flatten(1).numpy())
                .explained_variance_
                * (3_999 / 4_000)
            )
        },
    )
    yield Beside(
        "Linear probe of 4,000 x 96",
        lambda: linear_probe(features, labels, 1e-3).predict(features),
        {"scikit-learn": regression},
        share_apart,
    )
    yield Beside(
        "20 nearest neighbours of 1,000 among 3,000",
        lambda: nearest_neighbours(features[1_000:], labels[1_000:], features[:1_000], 20),
        {"scikit-learn": neighbours},
        share_apart,
    )


def main() -> None:
    """Measure, print and store."""
    beside.main("finola", __doc__, comparisons)


if __name__ == "__main__":
    main()
