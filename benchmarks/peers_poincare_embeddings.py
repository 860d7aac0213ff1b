"""Poincaré embeddings beside gensim's: tree, dimensions, epochs and number of rates are the same; who is more precise?

    pip install gensim==4.4.0
    python -m benchmarks.peers_poincare_embeddings --rounds 3

It is installed for this alone. Of either the best of three rates counts. gensim's regularisation is off, as the paper
has none; its steps are of 10 pairs and ours of 32. It draws negatives by how often a node occurs, and a node may be
drawn as its own, which of 35 nodes happens often.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from gensim.models.poincare import PoincareModel
from numpy.typing import NDArray

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.geometry.poincare_embeddings import model
from zoo.blocks import tree_quality, trees
from zoo.blocks.trees import Tree

OURS, THEIRS = (0.1, 0.2, 0.4), (0.2, 0.4, 0.8)
"""Rates; of 0.05 to 1.6 the best of either are among these."""
EPOCHS = 100
PRECISION: dict[str, dict[str, float]] = {}
"""Of the last run of each, by work."""


def comparisons() -> Iterator[Beside]:
    """Distances on the same places, and whole descents."""
    places = np.random.default_rng(0).uniform(-0.5, 0.5, (400, 2))
    yield Beside(
        "distances of a place from 400 others, 400 times",
        lambda: model.distances(places),
        {"gensim 4.4.0": lambda: np.array([by_gensim(place, places) for place in places])},
    )
    for dimensions in (2, 5):
        yield trained("files of a project", dimensions)


def by_gensim(place: NDArray, others: NDArray) -> NDArray:
    """Distances `(n,)` as its vectors compute them."""
    from gensim.models.poincare import PoincareKeyedVectors

    return PoincareKeyedVectors.vector_distance_batch(place, others)


def trained(name: str, dimensions: int) -> Beside:
    """A tree at three rates; nobody is given the others' start."""
    tree = trees.built_in(name)
    work = f"{EPOCHS} epochs of {name}, {len(tree.closure)} pairs, {dimensions} dimensions, {len(OURS)} rates"
    PRECISION[work] = {}

    def best(side: str, places: list[NDArray]) -> float:
        precise = [tree_quality.ranked(tree, model.distances(some)).precision for some in places]
        PRECISION[work][side] = round(max(precise), 4)
        return max(precise)

    def ours() -> float:
        setting = model.Setting("poincare", dimensions, EPOCHS)
        *_, last = model.train(tree, setting, OURS, (0,) * len(OURS))
        return best("ours", list(last.places))

    def theirs() -> float:
        return best("gensim 4.4.0", [_descent(tree, dimensions, rate) for rate in THEIRS])

    return Beside(work, ours, {"gensim 4.4.0": theirs}, None)


def _descent(tree: Tree, dimensions: int, rate: float) -> NDArray:
    pairs = [(str(node), str(above)) for node, above in tree.closure.tolist()]
    settings = {"negative": 20, "burn_in": 10, "burn_in_alpha": rate * model.COOL, "regularization_coeff": 0}
    fitted = PoincareModel(pairs, size=dimensions, alpha=rate, seed=0, dtype=np.float64, **settings)
    fitted.train(EPOCHS)
    return fitted.kv[[str(node) for node in range(len(tree))]]


def main() -> None:
    """Measure, print and store, with what precision each came out."""
    beside.main("poincare-embeddings", __doc__, comparisons, precision=lambda: PRECISION)


if __name__ == "__main__":
    main()
