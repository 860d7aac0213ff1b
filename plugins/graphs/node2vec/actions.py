"""What the actions do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import graph_sets, neighbours
from zoo.errors import InputError
from zoo.evidence.tasks.few_labels import Split, scaled
from zoo.method import Method, Progress
from zoo.types import Graph, Metrics, Table, note

from . import Mapped, Walked, figures, model
from .figures import OURS, RIVAL

FEWEST, MOST = 4, 2000
"""Nodes of a map; pairs of nodes are held in memory."""
COUNTED = 300
"""Walks of which steps are counted; the one that is shown is the first of them."""
NEAREST = 10
FELT = 3
"""Points of the nearest that p and q change beyond chance, from which on they are said to do something."""


def walk(method: Method, graph: Graph, start: str, p: float, q: float, length: int, seed: int) -> Walked:
    """See ``Node2vec.walk``."""
    ways = model.Ways.of(graph_sets.adjacency(graph))
    node = graph_sets.start_of(graph, start, "start")
    starts = np.full(COUNTED, node)
    settings = {OURS: (p, q), RIVAL: (1.0, 1.0)}
    paths = {name: model.walks(ways, *pq, starts, length, seed) for name, pq in settings.items()}
    steps = {name: kinds(ways, path) for name, path in paths.items()}
    stays = {name: 100 * float(share[: model.FAR].sum()) for name, share in steps.items()}
    rows = [
        (f"steps {kind} | {name}", 100 * float(steps[name][place]), "%")
        for place, kind in enumerate(figures.KINDS)
        for name in settings
    ]
    rows += [
        (
            f"different nodes | {name}",
            float(np.mean([len(set(path)) for path in paths[name].tolist()])),
            "a walk",
        )
        for name in settings
    ]
    text = (
        f"From {graph.nodes[node]} the walker goes back or stays near on {stays[OURS]:.0f}% of its steps, DeepWalk's,"
        f" which does not remember, on {stays[RIVAL]:.0f}%."
    )
    first = {name: path[0] for name, path in paths.items()}
    return Walked(text, figures.walked(graph, first), figures.shares(steps), Metrics(rows))


def kinds(ways: model.Ways, paths: NDArray) -> NDArray[np.float64]:
    """Shares of steps back to where the walker came from, to a neighbour of that, and farther out, `(3,)`."""
    if paths.shape[1] < 3:
        return np.full(3, 0.0)
    before, after = paths[:, :-2].ravel(), paths[:, 2:].ravel()
    joined = np.asarray(ways.near[before, after]).ravel() > 0
    kind = np.where(before == after, model.BACK, np.where(joined, model.NEAR, model.FAR))
    return np.bincount(kind, minlength=3) / len(kind)


def map(  # the action's name
    method: Method, graph: Graph, p: float, q: float, axes: int, seed: int, progress: Progress
) -> Mapped:
    """See ``Node2vec.map``."""
    count = len(graph.nodes)
    if not FEWEST <= count <= MOST:
        raise InputError(f"the graph has {count:,} nodes; a map is drawn of {FEWEST} to {MOST:,}.")
    ways = model.Ways.of(graph_sets.adjacency(graph))
    if axes > count - 1:
        axes = count - 1
        note(f"{count} nodes have vectors of at most {axes} axes, which were used.")
    vectors: dict[str, list[NDArray]] = {}
    for place, (name, pq) in enumerate(((OURS, (p, q)), (RIVAL, (1.0, 1.0)))):
        vectors[name] = []
        for number in range(2):
            progress((2 * place + number) / 4, f"walks and vectors of {name}")
            vectors[name].append(model.embedding(ways, *pq, axes, seed + 1000 * number + 500 * place))
    nearest = min(NEAREST, count - 2)
    by_seed, by_dials = changes(vectors, nearest)
    beyond = by_dials - by_seed
    bars = {"another seed": by_seed, "another p and q, and seed": by_dials}
    places = {f"map of {name}": flat(both[0]) for name, both in vectors.items()}
    drawn = figures.mapped(graph, {"springs": graph.placed()} | places)
    alike = {name: together(graph, both[0], nearest) for name, both in vectors.items()}
    rows = [
        ("nearest that another seed changes", by_seed, f"% of {nearest}"),
        ("nearest that p and q change", by_dials, f"% of {nearest}, with another seed"),
        ("beyond chance", beyond, "points"),
        *((f"nearest of the same community | {name}", share, "%") for name, share in alike.items()),
    ]
    text = (
        f"Beside DeepWalk, p = {p:g} and q = {q:g} change {by_dials:.0f}% of each node's {nearest} nearest; another"
        f" seed alone changes {by_seed:.0f}%, so {beyond:.0f} points of it are theirs."
        if beyond >= FELT
        else f"Here p = {p:g} and q = {q:g} draw the map of DeepWalk: they change {by_dials:.0f}% of each node's"
        f" {nearest} nearest, and another seed alone {by_seed:.0f}%."
    )
    table = Table.as_is(
        {"node": list(graph.nodes)} | {f"axis {k + 1}": vectors[OURS][0][:, k] for k in range(axes)}
    )
    return Mapped(text, drawn, figures.meter(bars), Metrics(rows), table)


def changes(vectors: dict[str, list[NDArray]], nearest: int) -> tuple[float, float]:
    """Percent of each node's nearest that change with the seed alone, and between the two ways to walk."""
    ours, rival = vectors[OURS], vectors[RIVAL]
    same = np.mean([neighbours.shared(both[0], both[1], nearest) for both in (ours, rival)])
    across = np.mean([neighbours.shared(a, b, nearest) for a in ours for b in rival])
    return float(100 * (1 - same)), float(100 * (1 - across))


def together(graph: Graph, vectors: NDArray, nearest: int) -> float:
    """Percent of each node's nearest that are of its community."""
    labels = graph_sets.communities(graph)
    return float(100 * (labels[neighbours.nearest(vectors, nearest)] == labels[:, None]).mean())


def flat(vectors: NDArray) -> NDArray:
    """Directions of vectors along their two principal axes, `(n, 2)`."""
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = vectors / np.where(sizes > 0, sizes, 1)
    rows = rows - rows.mean(axis=0)
    left, values, _ = np.linalg.svd(rows, full_matrices=False)
    places = left[:, :2] * values[:2]
    return places * np.where(places[np.abs(places).argmax(axis=0), [0, 1]] < 0, -1, 1)


def labelled(given: Split, labels: float, q: float = 0.5) -> NDArray[np.int64]:
    """Classes of all nodes by logistic regression on vectors of 32 axes, int64 `(n,)`."""
    from sklearn.linear_model import LogisticRegression

    vectors = model.embedding(model.Ways.of(given.near), 1.0, q, 32, 0)
    nodes, classes = given.shown(labels)
    rows = scaled(vectors)
    return LogisticRegression(C=1.0, max_iter=500).fit(rows[nodes], classes).predict(rows)


def walking(size: int) -> Callable[[], object]:
    """See ``Node2vec.walking``."""
    ways = model.Ways.of(graph_sets.ring(size))
    starts = np.tile(np.arange(size), model.WALKS)
    return lambda: model.walks(ways, 0.5, 2.0, starts, model.LENGTH, 0)
