"""What the actions do."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.blocks import graph_sets
from zoo.blocks.figures import short
from zoo.errors import InputError
from zoo.evidence.tasks.few_labels import Split
from zoo.method import Progress
from zoo.types import Graph, Metrics, Table, note

from . import Blurred, Heard, figures, model
from .figures import OURS, RIVAL

MOST_NODES, MOST_CLASSES = 1500, 10
DECAY, DROPOUT, EPOCHS = 5e-3, 0.5, 100
"""Of all networks on the page, which have no nodes left to choose an epoch by."""
KINDS: dict[str, Callable[..., Any]] = {
    OURS: model.Dagnn,
    RIVAL: model.Stacked,
    "mean": functools.partial(model.Dagnn, gates="mean"),
}
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Asked:
    """A graph, names of classes, class of each node or -1, what networks are given, and nodes to judge them by."""

    graph: Graph
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    work: model.Work
    hidden: NDArray[np.int64]

    def trained(self, kind: str, hops: int, seed: int) -> Any:
        """A network of a kind and depth, after ``EPOCHS``."""
        make = functools.partial(KINDS[kind], self.work.x.shape[1], len(self.names), hops, DROPOUT)
        return model.fit(make, self.work, DECAY, seed, EPOCHS)

    def sure(self, network: torch.nn.Module) -> NDArray[np.float64]:
        """How sure a network is of each class, `(n, C)`."""
        return model.scores(network, self.work).softmax(1).double().numpy()

    def right(self, sure: NDArray) -> float:
        """Percent of hidden nodes that are named rightly."""
        return float(100 * (sure.argmax(1)[self.hidden] == self.labels[self.hidden]).mean())


def asked(graph: Graph, classes: Table | None, shown: int, seed: int) -> Asked:
    """What is asked of a network.

    Raises:
        InputError: too many nodes or classes, one class alone, nobody to judge by, or a table that cannot be read.
    """
    count = len(graph.nodes)
    if count > MOST_NODES:
        raise InputError(f"graph: it has {count:,} nodes; at most {MOST_NODES:,} are trained on here.")
    if classes is None:
        labels, x = np.minimum(graph_sets.communities(graph), MOST_CLASSES - 1), torch.eye(count)
        names = tuple(f"circle {number + 1}" for number in range(int(labels.max()) + 1))
        note("No classes were sent, so that communities by Louvain's method are to be told again.")
    else:
        labels, names, x = read(graph, classes)
    if not 2 <= len(names) <= MOST_CLASSES:
        raise InputError(f"classes: there are {len(names)}; 2 to {MOST_CLASSES} are told apart here.")
    order = np.random.default_rng(seed).permutation(count)
    groups = [order[labels[order] == label] for label in range(len(names))]
    learned, hidden = (
        np.concatenate([group[part] for group in groups]) for part in (slice(shown), slice(shown, None))
    )
    if not len(hidden):
        raise InputError(
            f"shown: {shown} nodes of each class are all that are known; leave some to judge by."
        )
    work = model.Work(model.Step(graph_sets.adjacency(graph)), x, learned, labels[learned], NONE, NONE)
    return Asked(graph, names, labels, work, hidden)


def read(graph: Graph, classes: Table) -> tuple[NDArray[np.int64], tuple[str, ...], torch.Tensor]:
    """Labels, names of classes and features, from rows that a first column names, then classes, then numbers.

    Raises:
        InputError: a column is missing, a node has two rows, no row speaks of a node, or a number is missing.
    """
    import pandas as pd

    frame = classes.frame
    frame = frame.set_index(frame.columns[0]) if isinstance(frame.index, pd.RangeIndex) else frame
    frame = frame.set_axis([_word(name) for name in frame.index], axis=0)
    if not len(frame.columns) or not frame.index.is_unique:
        raise InputError("classes: a row for each node says its name, each once, then its class.")
    known = frame.reindex([name.strip() for name in graph.nodes])
    words = ["" if pd.isna(cell) else _word(cell) for cell in known.iloc[:, 0]]
    names = tuple(sorted({word for word in words if word}))
    if not names:
        raise InputError(f"classes: no row speaks of a node of the graph, such as {graph.nodes[0][:40]!r}.")
    labels = np.array([names.index(word) if word else -1 for word in words], np.int64)
    if len(known.columns) == 1:
        return labels, names, torch.eye(len(words))
    rows = known.iloc[:, 1:].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    lacking = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(lacking):
        raise InputError(
            f"classes: {graph.nodes[lacking[0]][:40]} has no number in some column; behind the class every node has"
            " numbers alone, or leave these columns out."
        )
    return labels, names, model.inputs(rows)


def _word(cell: object) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell).strip()


def _share(percent: float, count: int) -> str:
    """So many of so many, for few nodes; percents of many."""
    return f"{percent:.0f}% of {count}" if count >= 50 else f"{round(percent * count / 100)} of {count}"


def blur(
    method: object, graph: Graph, classes: Table | None, shown: int, hops: int, seed: int, progress: Progress
) -> Blurred:
    """See ``Dagnn.blur``."""
    given = asked(graph, classes, shown, seed)
    depths = [*(depth for depth in (1, 2, 4, 8, 16) if depth < hops), hops]
    sure: dict[str, list[NDArray]] = {OURS: [], RIVAL: []}
    for place, depth in enumerate(depths):
        progress(sum(depths[:place]) / sum(depths), f"training both at depth {depth}")
        for kind, answers in sure.items():
            answers.append(given.sure(given.trained(kind, depth, seed)))
    hit = {kind: [given.right(part) for part in answers] for kind, answers in sure.items()}
    best = {kind: depths[int(np.argmax(each))] for kind, each in hit.items()}
    share = functools.partial(_share, count=len(given.hidden))
    rows = [(f"right, deepest | {kind}", hit[kind][-1], "%") for kind in sure]
    rows += [(f"right, at best | {kind}", max(hit[kind]), "%") for kind in sure]
    rows += [(f"best depth | {kind}", best[kind], "layers or hops") for kind in sure]
    text = (
        f"At depth {hops} DAGNN names {share(hit[OURS][-1])} hidden nodes rightly, a stacked GCN"
        f" {share(hit[RIVAL][-1])}; the GCN's best is {share(max(hit[RIVAL]))}, at depth {best[RIVAL]}."
    )
    words = np.array([*given.names, ""])
    table = {"node": list(graph.nodes), "class": words[given.labels].tolist()}
    table |= {kind: words[answers[-1].argmax(1)].tolist() for kind, answers in sure.items()}
    drawn = figures.blurred(given, depths, sure, hit), figures.against(depths, hit)
    return Blurred(text, *drawn, Metrics(rows), Table.as_is(table))


def gates(
    method: object, graph: Graph, node: str, classes: Table | None, shown: int, hops: int, seed: int,
    progress: Progress,
) -> Heard:  # fmt: skip
    """See ``Dagnn.gates``."""
    place = graph_sets.start_of(graph, node, "node")
    given = asked(graph, classes, shown, seed)
    progress(0.1, "training with gates")
    network = given.trained(OURS, hops, seed)
    progress(0.6, "training with a mean over hops")
    plain = given.right(given.sure(given.trained("mean", hops, seed)))
    taken, adds = listened(network, given.work)
    sure, sizes = given.sure(network), np.abs(adds)
    reach, said = (np.arange(hops + 1) @ sizes) / np.maximum(sizes.sum(axis=0), 1e-12), sure.argmax(1)
    same, names = said == said[place], (graph.nodes[place], given.names[said[place]])
    truth = given.names[given.labels[place]] if given.labels[place] >= 0 else ""
    if not truth:
        so = " (its class is not known)"
    elif place not in given.hidden:
        so = ", as it was told," if truth == names[1] else f", although it was told {truth},"
    else:
        so = ", rightly," if truth == names[1] else f", wrongly ({truth}),"
    gated, even = (_share(hit, len(given.hidden)) for hit in (given.right(sure), plain))
    text = (
        f"{names[0][:40]} is named {names[1]}{so} by what is {reach[place]:.1f} hops away on average; all that are"
        f" named so, by {reach[same].mean():.1f}. With gates {gated} hidden nodes are right, with a mean over hops"
        f" {even}."
    )
    rows = [
        ("reach of the node", float(reach[place]), "hops"),
        ("reach of its class", float(reach[same].mean()), "hops, mean"),
        ("reach of all", float(reach.mean()), "hops, mean"),
        (
            "difference of gates",
            float(taken.std(axis=1).mean()),
            "standard deviation over nodes, mean of hops",
        ),
        ("right | DAGNN", given.right(sure), "%"),
        ("right | a mean over hops", plain, "%"),
    ]
    words = np.array([*given.names, ""])
    table = {"node": list(graph.nodes), "class": words[given.labels].tolist(), "answer": words[said].tolist()}
    table |= {"reach in hops": np.round(reach, 3).tolist()}
    table |= {f"gate {hop}": np.round(part, 4).tolist() for hop, part in enumerate(taken)}
    parts = {
        what: (part[:, place], part[:, same].mean(axis=1))
        for what, part in (("gate of each hop", taken), ("what the hop adds to its answer", adds))
    }
    certain = {"how sure it is of each class (%)": (100 * sure[place], 100 * sure[same].mean(axis=0))}
    drawn = (
        figures.bars(names, list(range(hops + 1)), parts, "hops away"),
        figures.bars(names, list(map(short, given.names)), certain, ""),
        figures.reached(graph, reach, place),
    )
    return Heard(text, *drawn, Metrics(rows), Table.as_is(table))


def listened(network: model.Dagnn, work: model.Work) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gates, and gate times how far the answer's score after a hop is above the mean of classes, `(K + 1, n)` each."""
    with torch.no_grad():
        rows, taken = (part.double().numpy() for part in network.heard(work.step, work.x))
    said = np.einsum("kn,knc->nc", taken, rows).argmax(1)
    return taken, taken * (rows[:, np.arange(len(said)), said] - rows.mean(axis=2))


def labelled(given: Split, labels: float, gates: model.Gates = "own") -> NDArray[np.int64]:
    """Classes of all nodes, int64 `(n,)`."""
    nodes, classes = given.shown(labels)
    work = model.Work(model.Step(given.near), model.inputs(given.features), nodes, classes, NONE, NONE)
    make = functools.partial(model.Dagnn, work.x.shape[1], int(classes.max()) + 1, 20, DROPOUT, gates)
    return model.scores(model.fit(make, work, DECAY, 0), work).argmax(1).numpy()


def listening(size: int) -> Callable[[], object]:
    """See ``Dagnn.listening``."""
    rows, learned = torch.from_numpy(np.random.default_rng(0).random((size, 50), np.float32)), np.arange(25)
    work = model.Work(model.Step(graph_sets.ring(size)), rows, learned, learned % 5, NONE, NONE)
    return lambda: model.fit(functools.partial(model.Dagnn, 50, 5, 20, DROPOUT), work, DECAY, 0, 10)
