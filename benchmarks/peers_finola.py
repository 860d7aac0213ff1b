"""finola beside plain code and scikit-learn: the same numbers, and how fast.

    python benchmarks/peers_finola.py    # prints a table, writes results/peers-finola.json

No public implementation of FINOLA is known to us. The parallel schedule is compared with the recursion written cell
by cell; the principal components and the probes with scikit-learn's. Times are CPU seconds of alternating runs on one
thread, medians of the rounds.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.running import alternate, summary, write  # noqa: E402
from plugins.compression.finola import model, train  # noqa: E402
from zoo.blocks.probes import linear_probe, nearest_neighbours  # noqa: E402

SIZE, CHANNELS, BATCH = 8, 384, 64


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


def pairs() -> dict[str, tuple[Callable[[], np.ndarray], Callable[[], np.ndarray]]]:
    """Name of the work -> ours and theirs, each giving what is to agree."""
    draw = torch.Generator().manual_seed(0)
    q = torch.randn(BATCH, CHANNELS, generator=draw)
    matrices = torch.randn(4, CHANNELS, CHANNELS, generator=draw) * 0.5 / CHANNELS**0.5
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (4_000, 16, 16, 3), dtype=np.uint8)
    flat = train.as_input(torch.from_numpy(pictures)).flatten(1).numpy()
    labels = rng.integers(10, size=4_000)
    features = rng.normal(size=(10, 96))[labels] + 3 * rng.normal(size=(4_000, 96))

    def regression() -> np.ndarray:
        inputs = StandardScaler().fit_transform(features)
        return LogisticRegression(C=1 / (4_000 * 1e-3), max_iter=500).fit(inputs, labels).predict(inputs)

    def neighbours() -> np.ndarray:
        voters = KNeighborsClassifier(20, metric="cosine", algorithm="brute")
        return voters.fit(features[1_000:], labels[1_000:]).predict(features[:1_000])

    return {
        "growing 64 maps of 8 x 8 cells, beside cell by cell": (
            lambda: model.grow(q, *matrices, SIZE).numpy(),
            lambda: cell_by_cell(q, *matrices).numpy(),
        ),
        "principal components of 4,000 x 768, beside scikit-learn's covariance solver": (
            lambda: train.principal_components(pictures)[1].numpy(),
            lambda: PCA(svd_solver="covariance_eigh").fit(flat).explained_variance_ * (3_999 / 4_000),
        ),
        "linear probe of 4,000 x 96, beside scikit-learn": (
            lambda: linear_probe(features, labels, 1e-3).predict(features),
            regression,
        ),
        "20 nearest neighbours of 1,000 among 3,000, beside scikit-learn": (
            lambda: nearest_neighbours(features[1_000:], labels[1_000:], features[:1_000], 20),
            neighbours,
        ),
    }


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The norm of the difference over the norm of theirs; for classes the share that differs."""
    if ours.dtype.kind == "i":
        return float(np.mean(ours != theirs))
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    records: list[dict[str, Any]] = []
    for name, (ours, theirs) in pairs().items():
        apart = difference(ours(), theirs())
        times = alternate({"ours": seconds(ours), "theirs": seconds(theirs)}, rounds)
        record = {"work": name, "difference": apart, **{who: summary(found) for who, found in times.items()}}
        records.append(record)
        medians = [float(np.median(times[who])) for who in ("ours", "theirs")]
        print(f"{name}: difference {apart:.1e}; ours {medians[0]:.3g} s, theirs {medians[1]:.3g} s")
    write("peers-finola", {"work": records, "threads": 1})


def seconds(work: Callable[[], Any]) -> Callable[[], float]:
    """CPU seconds of one run."""

    def measure() -> float:
        begin = time.process_time()
        work()
        return time.process_time() - begin

    return measure


if __name__ == "__main__":
    with torch.inference_mode():
        main()
