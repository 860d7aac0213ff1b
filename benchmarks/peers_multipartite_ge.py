"""multipartite-ge beside networkx and igraph: the same graphs and the same metrics.

    python -m benchmarks.peers_multipartite_ge

The graph of a pruned network is built by us as a sparse matrix, and in networkx and igraph the plain way: a loop over
weights and places where each of them is applied collects the edges, which are handed over in one call. The time for
handing over alone stands beside it. Metrics are computed by each library on its own graph.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")

import igraph
import networkx as nx
import numpy as np
import torch

from benchmarks import beside
from benchmarks.beside import Beside
from plugins.efficiency.multipartite_ge import connectivity, encodings, metrics, networks, pruners

Edge = tuple[int, int, float]

CASES: dict[str, tuple[Callable[[], networks.Network], float]] = {
    "Conv-6, width 16, 16 x 16": (lambda: networks.PlainNet(3, 16, 64), 0.95),
    "ResNet-20, 32 x 32": (lambda: networks.ResidualNet(3, 16, (16, 32, 64), 3, 32), 0.95),
}


def plan_of(case: str) -> encodings.Plan:
    """A network pruned by ERK, which looks at no data."""
    build, sparsity = CASES[case]
    torch.manual_seed(0)
    network = build()
    nothing = torch.zeros(1, network.channels, network.side, network.side), torch.zeros(1)
    networks.apply(network, pruners.prune(network, "ERK", sparsity, *nothing, seed=0))
    return network.plan()


def edges_one_by_one(plan: encodings.Plan) -> Iterator[Edge]:
    """The edges of the multipartite graph by the definition, in plain loops."""
    starts = np.cumsum([0, *(group.size for group in plan.groups)]).tolist()
    for layer in plan.layers:
        source, target = plan.groups[layer.source], plan.groups[layer.target]
        begin, end, side = starts[layer.source], starts[layer.target], source.side
        inside = side // layer.pool
        weight = layer.weight if layer.weight.ndim == 4 else layer.weight.reshape(
            len(layer.weight), source.channels, inside, inside
        )  # fmt: skip
        for o, i, ky, kx in zip(*(axis.tolist() for axis in weight.nonzero()), strict=True):
            size = abs(float(weight[o, i, ky, kx]))
            for y in range(target.side):
                row = y * layer.stride + ky - layer.padding
                if not 0 <= row < inside:
                    continue
                for x in range(target.side):
                    column = x * layer.stride + kx - layer.padding
                    if not 0 <= column < inside:
                        continue
                    to = end + (o * target.side + y) * target.side + x
                    for a in range(layer.pool):
                        for b in range(layer.pool):
                            cell = (row * layer.pool + a) * side + column * layer.pool + b
                            yield begin + i * side**2 + cell, to, size


def in_networkx(nodes: int, edges: Iterator[Edge] | list[Edge]) -> nx.DiGraph:
    """The graph as networkx has it."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_weighted_edges_from(edges)
    return graph


def in_igraph(nodes: int, edges: Iterator[Edge] | list[Edge]) -> igraph.Graph:
    """The graph as igraph has it."""
    edges = list(edges)
    graph = igraph.Graph(n=nodes, edges=[edge[:2] for edge in edges], directed=True)
    graph.es["weight"] = [edge[2] for edge in edges]
    return graph


def edges_of(graph: encodings.Graph | nx.DiGraph | igraph.Graph) -> np.ndarray:
    """Pairs of nodes in order, (edges, 2)."""
    if isinstance(graph, encodings.Graph):
        pairs = np.column_stack(graph.weights.nonzero())
    elif isinstance(graph, nx.DiGraph):
        pairs = np.array(graph.edges)
    else:
        pairs = np.array(graph.get_edgelist())
    return pairs[np.lexsort(pairs.T[::-1])]


def share_of_other_edges(ours: object, theirs: object) -> float:
    """The share of edges that are not the same; 1 if there are not equally many."""
    mine, other = edges_of(ours), edges_of(theirs)
    return float((mine != other).any(axis=1).mean()) if mine.shape == other.shape else 1.0


def comparisons() -> Iterator[Beside]:
    """Graphs of two networks, then metrics of the smaller."""
    for case in CASES:
        plan = plan_of(case)
        edges = list(edges_one_by_one(plan))
        nodes = encodings.multipartite(plan).nodes
        yield Beside(
            f"Graph of {case}: {nodes:,} nodes, {len(edges):,} edges",
            lambda plan=plan: encodings.multipartite(plan),
            {
                "networkx": lambda plan=plan, nodes=nodes: in_networkx(nodes, edges_one_by_one(plan)),
                "networkx, edges given": lambda nodes=nodes, edges=edges: in_networkx(nodes, edges),
                "igraph": lambda plan=plan, nodes=nodes: in_igraph(nodes, edges_one_by_one(plan)),
                "igraph, edges given": lambda nodes=nodes, edges=edges: in_igraph(nodes, edges),
            },
            share_of_other_edges,
        )
    case = next(iter(CASES))
    plan = plan_of(case)
    graph, edges = encodings.multipartite(plan), list(edges_one_by_one(plan))
    undirected = metrics.symmetric(graph)
    of_nx, of_igraph = in_networkx(graph.nodes, edges).to_undirected(), in_igraph(graph.nodes, edges)
    directed = of_igraph.copy()
    of_igraph.to_undirected()
    yield Beside(
        f"Bridges and articulation points, {case}",
        lambda: connectivity.cuts(undirected),
        {
            "networkx": lambda: (len(list(nx.bridges(of_nx))), len(list(nx.articulation_points(of_nx)))),
            "igraph": lambda: (len(of_igraph.bridges()), len(of_igraph.articulation_points())),
        },
    )
    yield Beside(
        f"Coreness, {case}",
        lambda: connectivity.coreness(undirected),
        {
            "networkx": lambda: [core for _, core in sorted(nx.core_number(of_nx).items())],
            "igraph": of_igraph.coreness,
        },
    )
    yield Beside(
        f"Mean number of nodes within two steps, {case}",
        lambda: metrics.two_hops(graph.weights),
        {"igraph": lambda: np.mean(directed.neighborhood_size(order=2, mode="out"))},
    )


def main() -> None:
    """Measure, print and store."""
    versions = {"networkx": nx.__version__, "igraph": igraph.__version__, "numpy": np.__version__}
    beside.main("multipartite-ge", __doc__, comparisons, versions=versions)


if __name__ == "__main__":
    main()
