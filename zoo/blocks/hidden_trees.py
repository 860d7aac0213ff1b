"""Trees that are hidden behind what they made: measurements that drift along edges, letters that change, wrong edges.

The true distances are known, so that what is recovered can be scored.

Users: hyperbolic-diffusion, the claims of h-mds; made for every method that finds a hierarchy in data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import tree_quality, trees
from zoo.blocks.map_quality import far_is_far
from zoo.blocks.trees import Tree
from zoo.errors import InputError
from zoo.types import File

Array = NDArray[np.float64]
LETTERS = 4
SPLITTING = "species that split"
UNITS = {
    "rank correlation": "Spearman, all pairs",
    "distortion": "mean, after the best scale",
    "threes right": "of 1",
    "precision over neighbours": "of 1",
}
"""Of scores."""
TRIPLES = 4000
"""That are drawn to be scored."""


@dataclass(frozen=True)
class Leaves(Tree):
    """Some nodes of a tree: distances between them are edges along the whole of it.

    Attributes:
        whole: the tree that they are of.
        nodes: their places in it.
    """

    whole: Tree
    nodes: tuple[int, ...]

    @property
    def distances(self) -> Array:  # type: ignore[override]
        """Edges along the whole tree, `(n, n)`."""
        return self.whole.distances[np.ix_(self.nodes, self.nodes)]


def leaves(tree: Tree) -> Leaves:
    """The nodes without children.

    Raises:
        InputError: there are fewer than three.
    """
    nodes = tuple(node for node, below in enumerate(tree.children) if not below)
    if len(nodes) < trees.FEWEST:
        raise InputError(f"the tree has fewer than {trees.FEWEST} leaves; send one that branches.")
    return Leaves(tuple(tree.names[node] for node in nodes), ((),) * len(nodes), tree, nodes)


def splitting(count: int, seed: int) -> Tree:
    """Species: of all leaves any alike splits in two, until there are `count` (Yule's process)."""
    rng, ends = np.random.default_rng(seed), [0]
    parents: list[list[int]] = [[]]
    while len(ends) < count:
        above = ends.pop(int(rng.integers(len(ends))))
        ends += [len(parents), len(parents) + 1]
        parents += [[above], [above]]
    number = {node: place for place, node in enumerate(sorted(ends), 1)}
    names = [f"species {number[node]}" if node in number else f"split {node}" for node in range(len(parents))]
    return trees.tree_of(names, parents)


def picked(name: str, count: int, text: str, file: File | None, seed: int, most: int) -> Tree:
    """A visitor's own tree if there is one, else species that split, or a built-in tree of that name.

    Args:
        name: ``species that split`` or a name of ``trees.BUILT_IN``.
        count: species.
        text: as ``trees.read``.
        file: likewise.
        seed: draws species.
        most: nodes.

    Raises:
        InputError: what was sent is no tree, or has more nodes.
    """
    own = file is not None or bool(text.strip())
    tree = trees.chosen(name, text, file) if own or name != SPLITTING else splitting(count, seed)
    if len(tree) > most:
        raise InputError(f"the tree has {len(tree):,} nodes; at most {most} are worked with.")
    return tree


def named(tree: Tree, name: str) -> int:
    """The node of a name.

    Raises:
        InputError: there is none; the message says one that there is.
    """
    if name not in tree.names:
        raise InputError(f"nothing that is seen is called {name!r}; send a name such as {tree.names[-1]!r}.")
    return tree.names.index(name)


def joining(count: int, seed: int, *, rich: bool = False) -> Tree:
    """Every node in turn is put below an earlier one: any alike, or, if `rich`, those with many below them sooner."""
    rng, below = np.random.default_rng(seed), np.ones(count)
    parents: list[list[int]] = [[]]
    for node in range(1, count):
        chance = below[:node] if rich else np.ones(node)
        parents.append([int(rng.choice(node, p=chance / chance.sum()))])
        below[parents[-1][0]] += 1
    return trees.tree_of([str(node) for node in range(count)], parents)


GROUPS = ("rodent", "primate", "dog", "bovid", "feline")


def kinds(number: int, groups: Sequence[str] = GROUPS) -> Tree:
    """Kinds of a group of mammals, by WordNet, groups in turn; those of ``GROUPS`` have 60 to 190 nodes."""
    whole = trees.mammals()
    return whole.below(whole.names.index(groups[number % len(groups)]))


def _down(tree: Tree) -> list[int]:
    """All nodes, parents first."""
    return [int(node) for node in np.argsort(tree.depth, kind="stable")]


def drifting(tree: Tree, columns: int, noise: float, seed: int) -> Array:
    """Brownian motion along the tree, a step of variance 1 an edge, with independent noise, `(n, columns)`.

    Args:
        tree: of n nodes.
        columns: how many measurements a node has.
        noise: standard deviation.
        seed: draws both.
    """
    rng, rows = np.random.default_rng(seed), np.zeros((len(tree), columns))
    for node in _down(tree)[1:]:
        rows[node] = rows[tree.parents[node][0]] + rng.standard_normal(columns)
    return rows + noise * rng.standard_normal(rows.shape)


def mutating(tree: Tree, columns: int, share: float, seed: int) -> Array:
    """Letters of which an edge draws a share anew from four, as 0 and 1, `(n, 4 columns)` (Jukes and Cantor, 1969)."""
    rng, words = np.random.default_rng(seed), np.zeros((len(tree), columns), int)
    words[tree.root] = rng.integers(LETTERS, size=columns)
    for node in _down(tree)[1:]:
        anew = rng.random(columns) < share
        words[node] = np.where(anew, rng.integers(LETTERS, size=columns), words[tree.parents[node][0]])
    return np.eye(LETTERS)[words].reshape(len(tree), -1)


def linked(tree: Tree, wrong: int, seed: int) -> Array:
    """The tree's edges and up to `wrong` more between any two nodes, as 0 and 1, `(n, n)`."""
    rng, edges = np.random.default_rng(seed), (tree.distances == 1).astype(float)
    for _ in range(wrong):
        first, second = rng.choice(len(tree), 2, replace=False)
        edges[first, second] = edges[second, first] = 1
    return edges


KINDS: dict[str, Callable[[int], Tree]] = {
    "splitting": lambda seed: splitting(60, seed),
    "joining": lambda seed: joining(120, seed),
    "WordNet": kinds,
}
"""Trees to be walked on, by seed."""
SEEN: dict[str, tuple[Callable[[Tree, int, float, int], Array], int, float]] = {
    "drift, noise 2": (drifting, 50, 2.0),
    "drift, noise 4": (drifting, 50, 4.0),
    "letters, 1 in 10": (mutating, 50, 0.1),
    "letters, 3 in 10": (mutating, 200, 0.3),
}
"""What is seen of leaves alone: how, columns, and noise or share."""


def species(name: str, seed: int, count: int = 100) -> tuple[Array, Array]:
    """True distances of species that split, and straight ones between what ``SEEN`` lets see of them, `(n, n)`."""
    from scipy.spatial.distance import pdist, squareform

    way, columns, amount = SEEN[name]
    whole = splitting(count, seed)
    ends = leaves(whole)
    return ends.distances, squareform(pdist(way(whole, columns, amount, seed)[list(ends.nodes)]))


def clades(tree: Tree, share: float = 0.25) -> NDArray[np.int64]:
    """Which part of the tree each node is in, by the node above it: parts are split until none is larger than a share.

    Returns:
        `(n,)`; a node above all parts is its own.
    """
    below = tree.ancestors | np.eye(len(tree), dtype=bool)
    size, part = below.sum(axis=0), np.arange(len(tree))
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        if tree.children[node] and size[node] > share * len(tree):
            waiting += tree.children[node]
        else:
            part[below[:, node]] = node
    return part


def triples(truth: Array, distances: Array, seed: int = 0) -> float:
    """Share of threes whose nearest pair by `truth` is so by `distances`; threes without a nearest pair do not count.

    Args:
        truth: `(n, n)`, of at least three.
        distances: `(n, n)`.
        seed: draws the threes.
    """
    picks = np.random.default_rng(seed).random((TRIPLES, len(truth))).argpartition(2, axis=1)[:, :3].T
    sides = [(picks[0], picks[1]), (picks[0], picks[2]), (picks[1], picks[2])]
    true, other = (np.stack([table[side] for side in sides]) for table in (truth, distances))
    ordered = np.sort(true, axis=0)
    clear = ordered[0] < ordered[1]
    right = true.argmin(axis=0) == other.argmin(axis=0)
    return float(right[clear].mean()) if clear.any() else 1.0


def scores(tree: Tree, tables: Mapping[str, Array], *, whole: bool = True) -> dict[str, dict[str, float]]:
    """How well distances say what a tree is, by score and by the name of who measured them.

    Ranks (Spearman's, all pairs), distortion after the best scale, threes whose nearest pair is right; and precision
    over neighbours where nodes are a `whole` tree's.

    Args:
        tree: of n nodes.
        tables: `(n, n)` each.
        whole: whether neighbours are all there.
    """
    judges: dict[str, Callable[[Array], float]] = {
        "rank correlation": lambda table: far_is_far(tree.distances, table),
        "distortion": lambda table: tree_quality.distortion(tree, table),
        "threes right": lambda table: triples(tree.distances, table),
    }
    if whole:
        judges["precision over neighbours"] = lambda table: tree_quality.neighbours(tree, table)
    return {by: {name: judge(table) for name, table in tables.items()} for by, judge in judges.items()}


def listed(judged: Mapping[str, Mapping[str, float]]) -> list[tuple[str, float, str]]:
    """The same as rows of a table of metrics."""
    return [(f"{by} | {name}", value, UNITS[by]) for by, row in judged.items() for name, value in row.items()]
