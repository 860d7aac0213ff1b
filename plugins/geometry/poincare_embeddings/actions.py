"""What the actions do."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass

import numpy as np

from zoo.blocks import tree_quality, trees, verdicts
from zoo.blocks.trees import Tree
from zoo.errors import InputError
from zoo.evidence.tasks.trees import Laid
from zoo.method import Method, Progress
from zoo.types import File, Metrics, Table

from . import Bloomed, Near, figures, model

RATES: dict[str, tuple[float, ...]] = {
    "poincare": (0.05, 0.1, 0.2, 0.4, 0.8),
    "distance": (0.1, 0.3, 1.0, 3.0, 10.0),
}
"""Tried in every run, of which the best is shown; of larger and smaller ones none was better on dogs and files."""
OURS, TWIN = "Poincaré ball", "Euclidean twin"
NEAREST = 10
SHARE = "mean average precision of ancestors"


@dataclass(frozen=True)
class Trained:
    """The best of several rates.

    Attributes:
        rate: which.
        places: after each epoch, `(epochs + 1, n, dimensions)`.
        losses: of each epoch, `(epochs,)`.
        distances: at the end, `(n, n)`.
        ranked: where ancestors stand among all others.
    """

    rate: float
    places: model.Array
    losses: model.Array
    distances: model.Array
    ranked: tree_quality.Ranked


@functools.lru_cache(maxsize=6)
def trained(tree: Tree, energy: model.Energy, dimensions: int, epochs: int, seed: int) -> Trained:
    """A tree in a space, at the rate of ``RATES`` that ranks ancestors most precisely, of these with the least loss."""
    rates, setting = RATES[energy], model.Setting(energy, dimensions, epochs)
    moments = list(model.train(tree, setting, rates, [seed] * len(rates)))
    tables = [model.distances(places, energy) for places in moments[-1].places]
    ranks = [tree_quality.ranked(tree, table) for table in tables]
    ends = moments[-1].losses
    best = max(range(len(rates)), key=lambda run: (ranks[run].precision, -ends[run]))
    places = np.stack([moment.places[best] for moment in moments])
    losses = np.array([moment.losses[best] for moment in moments[1:]])
    return Trained(rates[best], places, losses, tables[best], ranks[best])


def laid(tree: Tree, energy: model.Energy, dimensions: int, linked: bool = False) -> Laid:
    """What enters the task of trees: 100 epochs, 64 bits a coordinate.

    Args:
        tree: of n nodes.
        energy: of the space.
        dimensions: of the space.
        linked: whether pairs are neighbours alone; the rate is then the best for their precision.
    """
    given = tree.linked if linked else tree
    # Nothing is taken from the cache, so that a contestant's time is its own.
    result = trained.__wrapped__(given, energy, dimensions, 100, 0)
    return Laid(result.distances, 64 * dimensions, result.places[-1])


def _both(tree: Tree, dimensions: int, epochs: int, seed: int, progress: Progress) -> tuple[Trained, Trained]:
    progress(0.05, f"the ball, at {len(RATES['poincare'])} rates")
    ours = trained(tree, "poincare", dimensions, epochs, seed)
    progress(0.5, "the Euclidean twin, likewise")
    return ours, trained(tree, "distance", dimensions, epochs, seed)


def _scores(ours: Trained, twin: Trained) -> list[tuple[str, float, str]]:
    sides = {OURS: ours, TWIN: twin}
    rows = [(f"precision | {name}", side.ranked.precision, "of 1") for name, side in sides.items()]
    return rows + [(f"mean rank | {name}", side.ranked.rank, "1 is best") for name, side in sides.items()]


def bloom(
    method: Method, tree: str, text: str, file: File | None, epochs: int, seed: int, progress: Progress
) -> Bloomed:
    """See ``PoincareEmbeddings.bloom``."""
    given = trees.chosen(tree, text, file)
    ours, twin = _both(given, 2, epochs, seed, progress)
    progress(0.9, "drawing")
    rim = np.linalg.norm(ours.places[-1], axis=1) >= model.RIM - 1e-9
    rows = _scores(ours, twin)
    rows += [(f"rate | {OURS}", ours.rate, "the best of 5"), (f"rate | {TWIN}", twin.rate, "the best of 5")]
    rows += [("at the rim", 100 * float(rim.mean()), "% of the nodes"), ("nodes", len(given), "")]
    text = verdicts.beside(
        "the Poincaré disk",
        ours.ranked.precision,
        "its Euclidean twin",
        twin.ranked.precision,
        "",
        what=SHARE,
    )
    flat = twin.places[-1]
    table = {"name": given.names, "x": ours.places[-1][:, 0], "y": ours.places[-1][:, 1]}
    return Bloomed(
        f"{text} Mean ranks are {ours.ranked.rank:.3g} and {twin.ranked.rank:.3g}.",
        figures.bloom(given, ours.places, twin.places),
        figures.losses({OURS: ours.losses, TWIN: twin.losses}),
        Metrics(rows),
        Table.of(table | {"twin's x": flat[:, 0], "twin's y": flat[:, 1]}),
    )


def near(
    method: Method,
    word: str,
    tree: str,
    text: str,
    file: File | None,
    dimensions: int,
    epochs: int,
    seed: int,
    progress: Progress,
) -> Near:
    """See ``PoincareEmbeddings.near``."""
    given = trees.chosen(tree, text, file)
    node = _node(given, word)
    ours, twin = _both(given, dimensions, epochs, seed, progress)
    above = np.flatnonzero(given.ancestors[node])
    above = above[np.argsort(-given.depth[above])]
    rest = ~given.ancestors[node]
    rest[node] = False
    places = {
        name: [1 + int((side.distances[node, rest] < side.distances[node, other]).sum()) for other in above]
        for name, side in ((OURS, ours), (TWIN, twin))
    }
    rows: list[tuple[str, float, str]] = []
    if len(above):
        means = [float(np.mean(ranks)) for ranks in places.values()]
        others = int(rest.sum())
        said = f"of {others} that are no ancestors"
        text = (
            f"In {dimensions} dimensions the ancestors of {given.names[node]} stand at place {means[0]:.3g} on average"
            f" in the Poincaré ball, and at {means[1]:.3g} in its Euclidean twin, among {others} others."
        )
        rows = [(f"word's mean rank | {name}", mean, said) for name, mean in zip(places, means, strict=True)]
    else:
        text = f"{given.names[node]} is the root and has no ancestors to rank, in the ball or its Euclidean twin."
    nearest: dict[str, list[str] | list[float]] = {}
    for name, side in ((OURS, ours), (TWIN, twin)):
        order = [int(other) for other in np.argsort(side.distances[node], kind="stable") if other != node]
        nearest[name] = [_marked(given, node, other) for other in order[:NEAREST]]
        nearest[f"distance | {name}"] = side.distances[node, order[:NEAREST]].tolist()
    return Near(
        text,
        figures.ranks([given.names[other] for other in above], places),
        Metrics(rows + _scores(ours, twin)),
        Table.of(nearest),
    )


def _marked(tree: Tree, node: int, other: int) -> str:
    return f"{tree.names[other]} (ancestor)" if tree.ancestors[node, other] else tree.names[other]


def _node(tree: Tree, word: str) -> int:
    """The node of a name, whatever its capitals; the nearest to the root if there are several.

    Raises:
        InputError: there is none; names that are alike are said.
    """
    names = [name.lower() for name in tree.names]
    same = [node for node, name in enumerate(names) if name == word.strip().lower()]
    if not same:
        alike = difflib.get_close_matches(word.strip().lower(), names, 3) or list(tree.names[:3])
        raise InputError(f"no node is called {word.strip()!r}; try {', '.join(alike)}.")
    return min(same, key=lambda node: tree.depth[node])
