"""information-plane beside counting different rows: both informations of the same layers, and how fast.

python -m benchmarks.peers_information_plane
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.interpretability.information_plane import data, model


def comparisons() -> Iterator[Beside]:
    """Six layers of a network of tanh on 4,096 inputs, bins of 0.07."""
    from sklearn.metrics import mutual_info_score

    work = data.lamps(0)
    net = model.network(work, model.Setting())
    layers = net.activations(net.layers(net.start(np.random.default_rng(0))), work.x)

    def ours() -> list[tuple[float, float]]:
        return [model.binned(model.widths(t), work.labels) for t in layers]

    def rows() -> list[tuple[float, float]]:
        said = []
        for t in layers:
            codes = np.floor(t / 0.07).astype(int)
            _, which, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
            shares = counts / len(codes)
            both = mutual_info_score(which.ravel(), work.labels) / np.log(2)
            said.append((float(-(shares * np.log2(shares)).sum()), both))
        return said

    work_done = "I(X;T) and I(T;Y) of six layers, 4,096 inputs"
    yield Beside(work_done, ours, {"np.unique of rows, scikit-learn": rows}, beside.difference)


def main() -> None:
    """Measure, print and store."""
    beside.main("information-plane", __doc__, comparisons)


if __name__ == "__main__":
    main()
