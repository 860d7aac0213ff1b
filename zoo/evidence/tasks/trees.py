"""Trees as distances: which neighbours and ancestors they keep, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from zoo.blocks import figures, flat_maps, tree_quality, trees
from zoo.blocks.trees import Tree
from zoo.claim import Outcome
from zoo.errors import InputError
from zoo.evidence.task import Dial, Item, Run, Score, Task
from zoo.types import Figure, File

MOST = 400
"""Nodes of a visitor's tree."""
NUMBER = 64
"""Bits of a double."""


@dataclass(frozen=True)
class Laid:
    """What a contestant makes of a tree.

    Attributes:
        distances: between its n nodes, at any scale, `(n, n)`.
        bits: that a node takes.
        places: `(n, dimensions)`, or None where there are none.
    """

    distances: np.ndarray
    bits: float
    places: np.ndarray | None = None

    @classmethod
    def flat(cls, places: np.ndarray) -> Laid:
        """Places in a Euclidean space, `(n, dimensions)`, as doubles."""
        from scipy.spatial.distance import cdist

        return cls(cdist(places, places), NUMBER * places.shape[1], places)


class Trees(Task):
    """A tree as places in few dimensions: nodes that are near in the tree are near, and far is far.

    Every contestant is given the same tree and the number of dimensions, and returns distances between its nodes and
    the bits that a node takes. Precision over neighbours asks for parents and children, precision over ancestors for
    all ancestors among all other nodes: exact distances along the tree are perfect by the first and not by the second.
    """

    title = "Trees in few dimensions"
    family = "geometry"
    data = "dogs of WordNet, files of a project, and two balanced trees; at most 190 nodes"
    dial = Dial("dimensions", "Dimensions", "", (2, 5, 10), 2, whole=True)
    scores = (
        Score("neighbours", "Precision over neighbours", "of 1", "higher"),
        Score("ancestors", "Precision over ancestors", "of 1", "higher"),
        Score("distortion", "Distortion after the best scale", "mean, of distances", "lower"),
        Score("bits", "Size of a node", "bits", "lower"),
    )
    given = File
    examples = ("project.txt", "dogs.csv")
    beside = "Stress MDS (scikit-learn)"

    def baselines(self) -> Mapping[str, Run]:
        """Flat maps, and the distances themselves."""
        return {
            "Stress MDS (scikit-learn)": _stress,
            "Classical MDS": _classical,
            "Shortest paths themselves": _exact,
        }

    def items(self, quick: bool) -> Iterator[Item]:
        """Four trees; the smallest alone if ``quick``."""
        yield Item("files", trees.built_in("files of a project"))
        if not quick:
            yield Item("dogs", trees.built_in("dogs"))
            yield Item("three branches", trees.balanced(3, 4))
            yield Item("two branches", trees.balanced(2, 6))

    def item(self, value: File) -> Tree:
        """The tree of a visitor's text file.

        Raises:
            InputError: there is none in it, or it is too large to be compared.
        """
        tree = trees.of_file(value)
        if len(tree) > MOST:
            raise InputError(f"the tree has {len(tree):,} nodes; at most {MOST} are compared.")
        return tree

    def judge(self, given: Tree, outcome: Outcome) -> dict[str, float]:
        """Scores of a ``Laid``."""
        laid: Laid = outcome.made
        return {
            "neighbours": tree_quality.neighbours(given, laid.distances),
            "ancestors": tree_quality.ranked(given, laid.distances).precision,
            "distortion": tree_quality.distortion(given, laid.distances),
            "bits": float(laid.bits),
        }

    def show(self, given: Tree, outcomes: Mapping[str, Outcome]) -> Figure:
        """The first two coordinates of each with the tree's edges; nothing where there are no places."""
        panels = []
        for name, outcome in outcomes.items():
            places = outcome.made.places
            places = np.zeros((len(given), 2)) if places is None else np.asarray(places)[:, :2]
            ends = np.concatenate([places[given.edges], np.full((len(given.edges), 1, 2), np.nan)], axis=1)
            x, y = ends.reshape(-1, 2).T
            lines = figures.line(x, y, colour=figures.FAINT, width=1, hoverinfo="skip")
            words = [figures.short(word) for word in given.names]
            nodes = figures.dots(places[:, 0], places[:, 1], size=5, hovertext=words, hoverinfo="text")
            bare = figures.axis(bare=True, showgrid=False)
            panels.append(figures.Panel([lines, nodes], bare, bare, name))
        return figures.beside(panels)


def _stress(given: Tree, dial: float) -> Outcome:
    return Outcome(Laid.flat(flat_maps.stress(given.distances, int(dial), 2000, 1e-7)))


def _classical(given: Tree, dial: float) -> Outcome:
    return Outcome(Laid.flat(flat_maps.classical(given.distances, int(dial))))


def _exact(given: Tree, dial: float) -> Outcome:
    return Outcome(Laid(given.distances, np.log2(len(given))))  # which node is the parent
