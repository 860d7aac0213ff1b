"""fit-sne beside openTSNE: one push of 10,000 points by the same grid, by its tree, and one pull; and how fast.

python -m benchmarks.peers_fit_sne
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.reduction.fit_sne import data, model
from plugins.reduction.fit_sne.claims import by_tree
from zoo.blocks import affinities


def comparisons() -> Iterator[Beside]:
    """Pushes over Z, which openTSNE gives with the other sign; pulls of 2,000 points."""
    from openTSNE import _tsne

    for count in (2000, 10_000):
        places = data.disc(count, 0)
        places -= places.mean(axis=0)
        boxes = model.Grid.over(places).boxes

        def ours(places: np.ndarray = places, boxes: int = boxes) -> np.ndarray:
            forces, whole = model.by_grid(3, boxes)(places)
            return forces / whole

        def grid(places: np.ndarray = places, boxes: int = boxes) -> np.ndarray:
            forces = np.zeros_like(places)
            _tsne.estimate_negative_gradient_fft_2d(places, forces, 3, boxes, 1e9, 1.0)
            return -forces

        def tree(places: np.ndarray = places) -> np.ndarray:
            forces, whole = by_tree(places, 0.5)
            return forces / whole

        rivals = {"openTSNE, its grid": grid, "openTSNE, Barnes-Hut at 0.5": tree}
        yield Beside(f"one push of {count:,} points", ours, rivals, beside.difference)

    rows = np.random.default_rng(0).standard_normal((2000, 20))
    joint, places = affinities.joint_of(rows, 30), data.disc(2000, 0)

    def pulls() -> np.ndarray:
        return model.pull(places, joint)

    def theirs() -> np.ndarray:
        forces = np.zeros_like(places)
        _tsne.estimate_positive_gradient_nn(
            joint.indices, joint.indptr, joint.data, places, places, forces, 1.0, 1, False
        )
        return forces

    yield Beside("one pull of 2,000 points", pulls, {"openTSNE": theirs}, beside.difference)


def main() -> None:
    """Measure, print and store."""
    beside.main("fit-sne", __doc__, comparisons)


if __name__ == "__main__":
    main()
