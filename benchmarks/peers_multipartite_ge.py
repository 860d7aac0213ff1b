"""multipartite-ge beside networkx and igraph: the same graphs, the same metrics, and how fast.

    python benchmarks/peers_multipartite_ge.py             # prints tables, writes results/peers-multipartite-ge.json
    python benchmarks/peers_multipartite_ge.py --rounds 3

The graph of a pruned network is built by us as a sparse matrix, and in networkx and igraph the plain way: a loop
over weights and places where each of them is applied collects the edges, which are handed over in one call. The
time for handing over alone stands beside it. Metrics are computed by each library on its own graph. Times are CPU
seconds of alternating runs in one process, on one thread; medians of the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import igraph
import networkx as nx
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import running
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


def seconds(task: Callable[[], object]) -> float:
    """CPU seconds."""
    start = time.process_time()
    task()
    return time.process_time() - start


def medians(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median CPU seconds of tasks that are run in turn."""
    times = running.alternate(
        {name: (lambda task=task: seconds(task)) for name, task in tasks.items()}, rounds
    )
    return {name: round(statistics.median(values), 4) for name, values in times.items()}


def build(case: str, rounds: int) -> dict[str, object]:
    """Times to build the same graph."""
    plan = plan_of(case)
    graph = encodings.multipartite(plan)
    edges = list(edges_one_by_one(plan))
    theirs = np.array(sorted((u, v) for u, v, _ in edges))
    ours = np.column_stack(graph.weights.nonzero())
    assert np.array_equal(ours[np.lexsort(ours.T[::-1])], theirs), "not the same graph"
    tasks: dict[str, Callable[[], object]] = {
        "ours": lambda: encodings.multipartite(plan),
        "networkx": lambda: in_networkx(graph.nodes, edges_one_by_one(plan)),
        "networkx, edges given": lambda: in_networkx(graph.nodes, edges),
        "igraph": lambda: in_igraph(graph.nodes, edges_one_by_one(plan)),
        "igraph, edges given": lambda: in_igraph(graph.nodes, edges),
    }
    found = medians(tasks, rounds)
    return {"case": case, "nodes": graph.nodes, "edges": graph.edges, "seconds": found}


def measure(case: str, rounds: int) -> list[dict[str, object]]:
    """Times to compute the same metrics, and that they agree."""
    plan = plan_of(case)
    graph = encodings.multipartite(plan)
    undirected = metrics.symmetric(graph)
    edges = list(edges_one_by_one(plan))
    of_nx = in_networkx(graph.nodes, edges).to_undirected()
    of_igraph = in_igraph(graph.nodes, edges)
    of_igraph.to_undirected()
    tasks: dict[str, dict[str, Callable[[], float]]] = {
        "bridges and articulation points": {
            "ours": lambda: sum(connectivity.cuts(undirected)),
            "networkx": lambda: len(list(nx.bridges(of_nx))) + len(list(nx.articulation_points(of_nx))),
            "igraph": lambda: len(of_igraph.bridges()) + len(of_igraph.articulation_points()),
        },
        "mean coreness": {
            "ours": lambda: float(connectivity.coreness(undirected).mean()),
            "networkx": lambda: float(np.mean(list(nx.core_number(of_nx).values()))),
            "igraph": lambda: float(np.mean(of_igraph.coreness())),
        },
        "mean nodes within two steps": {
            "ours": lambda: metrics.two_hops(graph.weights),
            "igraph": lambda: float(np.mean(directed.neighborhood_size(order=2, mode="out"))),
        },
    }
    directed = in_igraph(graph.nodes, edges)
    rows = []
    for name, by_library in tasks.items():
        values = {library: task() for library, task in by_library.items()}
        assert np.allclose(list(values.values()), values["ours"], rtol=1e-9), values
        rows.append(
            {"case": case, "metric": name, "value": values["ours"], "seconds": medians(by_library, rounds)}
        )
    return rows


def main() -> None:
    """Print and write the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    built, measured = [], []
    for case in CASES:
        row = build(case, rounds)
        built.append(row)
        times = row["seconds"]
        print(f"{case}: {row['nodes']:,} nodes, {row['edges']:,} edges")
        for name, value in times.items():
            print(f"  {name:<24}{value:>9.3f} s  {value / times['ours']:>7.1f} x ours", flush=True)
    for row in measure(next(iter(CASES)), rounds):
        measured.append(row)
        times = "  ".join(f"{name} {value:.3f} s" for name, value in row["seconds"].items())
        print(f"{row['case']}: {row['metric']}: {times}", flush=True)
    versions = {"networkx": nx.__version__, "igraph": igraph.__version__, "numpy": np.__version__}
    path = running.write(
        "peers-multipartite-ge",
        {
            "command": "python benchmarks/peers_multipartite_ge.py",
            "rounds": rounds,
            "versions": versions,
            "graphs": built,
            "metrics": measured,
        },
    )
    print(path.name)


if __name__ == "__main__":
    main()
