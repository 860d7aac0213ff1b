"""node2vec beside the packages node2vec, pecanpy and gensim: walks, how they step, vectors, and how fast.

    pip install gensim==4.4.0 numba numba-progress==1.2.0
    pip install --no-deps node2vec==0.5.0 pecanpy==2.0.9
    python -m benchmarks.peers_node2vec

They are installed for this alone: node2vec's package asks for NumPy 1, and what pecanpy writes types with does not
import beside NumPy 2, which is why a stand-in takes its place. Walks include what ours and node2vec's package prepare;
pecanpy has prepared and compiled before. They are drawn by chance: shares of steps back, near and outward are compared.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from unittest.mock import MagicMock

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.graphs.node2vec import actions, claims, model
from zoo.blocks import graph_sets
from zoo.blocks.graph_sets import Known

P, Q = 0.5, 2.0


def comparisons() -> Iterator[Beside]:
    """Walks over two graphs, and all from a graph to vectors on one."""
    drawn = graph_sets.planted(0, sizes=(60,) * 16, within=6, across=2)
    for name, known in (("960 nodes of degree 8", drawn), ("1,797 digits", graph_sets.digits())):
        yield walked(name, known)
    yield embedded(claims.digits(0))


def walked(name: str, known: Known) -> Beside:
    """Ten walks of 80 nodes from each node."""
    sys.modules.setdefault("nptyping", MagicMock())
    from node2vec import Node2Vec as Packaged
    from pecanpy import pecanpy

    near = graph_sets.adjacency(known.graph)
    size, network = near.shape[0], known.graph.network()
    places = {node: place for place, node in enumerate(known.graph.nodes)}
    ways = model.Ways.of(near)

    def ours() -> NDArray:
        starts = np.tile(np.arange(size), model.WALKS)
        return model.walks(model.Ways.of(near), P, Q, starts, model.LENGTH, 0)

    def packaged() -> NDArray:
        settings = {"walk_length": model.LENGTH, "num_walks": model.WALKS, "p": P, "q": Q, "seed": 0}
        walks = Packaged(network, workers=1, quiet=True, **settings).walks
        return np.array([[places[node] for node in walk] for walk in walks])

    def pecan(kind: type) -> Callable[[], NDArray]:
        walker = kind(P, Q, 1, random_state=0)
        walker.set_node_ids([str(number) for number in range(size)])
        walker.indptr, walker.indices = near.indptr.astype(np.uint32), near.indices.astype(np.uint32)
        walker.data = near.data.astype(np.float32)
        walker.preprocess_transition_probs()
        forward, has = walker.get_move_forward(), walker.get_has_nbrs()
        # A call would compile these anew, which takes longer than the walks.
        walker.get_move_forward, walker.get_has_nbrs = lambda: forward, lambda: has
        return lambda: np.array(walker.simulate_walks(model.WALKS, model.LENGTH - 1), int)

    rivals = {
        "node2vec 0.5.0": packaged,
        "pecanpy, PreComp": pecan(pecanpy.PreComp),
        "pecanpy, SparseOTF": pecan(pecanpy.SparseOTF),
    }

    def apart(mine: NDArray, theirs: NDArray) -> float:
        return beside.difference(actions.kinds(ways, mine), actions.kinds(ways, theirs))

    return Beside(f"ten walks of 80 nodes from each of {name}", ours, rivals, apart)


def embedded(known: Known) -> Beside:
    """Walks and 32 axes; theirs are walks of ours and gensim's skip-gram, one pass."""
    import gensim

    near = graph_sets.adjacency(known.graph)
    ways, size = model.Ways.of(near), near.shape[0]

    def by_gensim() -> NDArray:
        starts = np.tile(np.arange(size), model.WALKS)
        paths = model.walks(ways, P, Q, starts, model.LENGTH, 0).astype(str).tolist()
        settings = {"vector_size": 32, "window": model.WINDOW, "negative": model.NEGATIVES}
        fitted = gensim.models.Word2Vec(
            paths, sg=1, min_count=0, sample=0, workers=1, epochs=1, seed=0, **settings
        )
        return fitted.wv[[str(place) for place in range(size)]]

    def ours() -> NDArray:
        return model.embedding(ways, P, Q, 32, 0)

    return Beside(f"walks and vectors of {size} digits", ours, {"gensim, our walks": by_gensim}, None)


def main() -> None:
    """Measure, print and store."""
    beside.main("node2vec", __doc__, comparisons)


if __name__ == "__main__":
    main()
