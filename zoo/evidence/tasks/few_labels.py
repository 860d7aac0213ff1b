"""Naming the nodes of a graph from a few labels of each class."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import graph_sets
from zoo.claim import Outcome
from zoo.evidence.task import Dial, Item, Run, Score, Task

if TYPE_CHECKING:
    from scipy import sparse

SPLITS = 10
MOST = 20
"""Labels a class at most; the nodes after the first so many of each class are judged, whatever the dial says."""
AXES, HOPS, ROUNDS, TRUST = 32, 2, 100, 0.9
"""Of the spectral embedding; of SGC; of propagation and spreading; and what spreading hears of neighbours."""


@dataclass(frozen=True)
class Split:
    """A graph some of whose labels may be looked at; see ``shown``.

    Attributes:
        near: weights of edges, `(n, n)`, symmetric.
        features: of the nodes, `(n, d)`.
        answers: classes, int64 `(n,)`; contestants look at those that ``shown`` gives alone.
        order: a permutation of the nodes, int64 `(n,)`, by which labels are drawn.
    """

    near: sparse.csr_array
    features: NDArray[np.float64]
    answers: NDArray[np.int64]
    order: NDArray[np.int64]

    def shown(self, count: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Nodes whose labels are known, `count` of each class, and their labels."""
        nodes = np.concatenate([places[: int(count)] for places in self._by_class()])
        return nodes, self.answers[nodes]

    def judged(self) -> NDArray[np.int64]:
        """Nodes that are never shown."""
        return np.concatenate([places[MOST:] for places in self._by_class()])

    def _by_class(self) -> list[NDArray[np.int64]]:
        ordered = self.answers[self.order]
        return [self.order[ordered == label] for label in range(int(self.answers.max()) + 1)]


class FewLabels(Task):
    """The classes of a graph's nodes from 5 to 20 labels of each class, by who is joined to whom and by features.

    Every contestant is given the whole graph, the features of all nodes and the labels of a few, and names all
    others. The blocks are drawn anew for each split; of digits and tumours the neighbourhood graph stays.
    """

    title = "Few labels on a graph"
    family = "graphs"
    data = "10 splits of contextual blocks (1,500 nodes) and of neighbourhood graphs of digits and tumours"
    dial = Dial("labels", "Labels of each class", "", (5, 10, 20), 5, whole=True)
    scores = (Score("accuracy", "Accuracy", "%", "higher"),)
    beside = "Label spreading"

    def baselines(self) -> Mapping[str, Run]:
        """Labels alone, features alone, the graph alone, and features smoothed over the graph."""
        return {
            "Label propagation": _propagation,
            "Label spreading": _spreading,
            "Logistic regression, features": lambda given, dial: _regression(given, given.features, dial),
            f"Logistic regression, {AXES} Laplacian eigenvectors": lambda given, dial: _regression(
                given, eigenvectors(given.near, AXES), dial
            ),
            f"SGC, {HOPS} hops": lambda given, dial: _regression(
                given, smoothed(given.near, given.features, HOPS), dial
            ),
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Ten splits of three graphs; two splits of small blocks if ``quick``."""
        for seed in range(2 if quick else SPLITS):
            blocks = graph_sets.contextual(seed, nodes=300 if quick else 1500)
            yield Item("contextual blocks", split(blocks, seed))
        graphs: dict[str, Callable[[], graph_sets.Known]] = (
            {} if quick else {"digits": graph_sets.digits, "tumours": graph_sets.breast_cancer}
        )
        for name, load in graphs.items():
            known = load()
            for seed in range(SPLITS):
                yield Item(name, split(known, seed))

    def judge(self, given: Split, outcome: Outcome) -> dict[str, float]:
        """Share of the nodes that are never shown whose class is named rightly, in percent."""
        said, judged = np.asarray(outcome.made), given.judged()
        return {"accuracy": float(100 * (said[judged] == given.answers[judged]).mean())}


def split(known: graph_sets.Known, seed: int) -> Split:
    """A graph whose labels are shown in an order of their own.

    Raises:
        ValueError: the nodes have no features.
    """
    if known.features is None:
        raise ValueError("nodes without features are no work for this task.")
    order = np.random.default_rng([seed, len(known.labels)]).permutation(len(known.labels))
    return Split(graph_sets.adjacency(known.graph), known.features, known.labels, order)


def spread(near: sparse.csr_array, loops: bool = True) -> sparse.csr_array:
    """D^-1/2 A D^-1/2, of A + I if ``loops``; a node without edges has a row of zeros otherwise."""
    from scipy import sparse

    size = near.shape[0]
    joined = sparse.csr_array(near + sparse.eye_array(size)) if loops else near
    scale = 1 / np.sqrt(np.maximum(joined.sum(axis=1), 1e-12))
    return sparse.csr_array(sparse.diags_array(scale) @ joined @ sparse.diags_array(scale))


def scaled(rows: NDArray) -> NDArray:
    """Columns of `(n, d)` with mean 0 and variance 1; a column that does not vary is 0."""
    wide = rows.std(axis=0)
    return (rows - rows.mean(axis=0)) / np.where(wide > 1e-12, wide, 1)


def smoothed(near: sparse.csr_array, features: NDArray, hops: int) -> NDArray:
    """Features `(n, d)` after so many hops of ``spread``."""
    step = spread(near)
    for _ in range(hops):
        features = step @ features
    return features


def eigenvectors(near: sparse.csr_array, axes: int) -> NDArray:
    """Laplacian eigenmaps: vectors of the least eigenvalues of I - D^-1/2 A D^-1/2 over sqrt(D), `(n, axes)`.

    The first, which is constant on a connected graph, is left out. Signs are such that the entries sum to 0 or more.
    """
    from scipy.sparse.linalg import eigsh

    size = near.shape[0]
    axes = min(axes, size - 2)
    start = np.random.default_rng(0).standard_normal(size)
    step = spread(near, loops=False)
    values, vectors = (
        eigsh(step, k=axes + 1, which="LA", v0=start) if size > 3 * axes else np.linalg.eigh(step.toarray())
    )
    chosen = vectors[:, np.argsort(-values, kind="stable")[1 : axes + 1]]
    chosen = chosen / np.sqrt(np.maximum(near.sum(axis=1), 1e-12))[:, None]
    return (
        chosen * np.where(chosen.sum(axis=0) < 0, -1, 1) / np.maximum(np.linalg.norm(chosen, axis=0), 1e-12)
    )


def _regression(given: Split, rows: NDArray, dial: float) -> Outcome:
    """Multinomial logistic regression (L2, C = 1) on columns brought to scale."""
    from sklearn.linear_model import LogisticRegression

    rows = scaled(rows)
    nodes, labels = given.shown(dial)
    return Outcome(LogisticRegression(C=1.0, max_iter=500).fit(rows[nodes], labels).predict(rows))


def _known(given: Split, dial: float) -> tuple[NDArray[np.int64], NDArray]:
    """Nodes that are shown, and all labels that are known as one-hot rows `(n, classes)`."""
    nodes, labels = given.shown(dial)
    known = np.zeros((len(given.answers), int(labels.max()) + 1))
    known[nodes, labels] = 1
    return nodes, known


def _propagation(given: Split, dial: float) -> Outcome:
    """Zhu and Ghahramani (2002): labels walk along edges; those that are known stay as they are."""
    nodes, known = _known(given, dial)
    degrees = np.maximum(given.near.sum(axis=1), 1e-12)
    said = known.copy()
    for _ in range(ROUNDS):
        said = (given.near @ said) / degrees[:, None]
        said[nodes] = known[nodes]
    return Outcome(said.argmax(axis=1))


def _spreading(given: Split, dial: float) -> Outcome:
    """Zhou and others (2004): what neighbours say, and a little of what was known at the start."""
    _, known = _known(given, dial)
    step = spread(given.near, loops=False)
    said = functools.reduce(lambda said, _: TRUST * (step @ said) + (1 - TRUST) * known, range(ROUNDS), known)
    return Outcome(said.argmax(axis=1))
