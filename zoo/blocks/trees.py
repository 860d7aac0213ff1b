"""Trees: a visitor's own, from text, and some that come along.

    tree = trees.read("animal\n  dog\n    poodle\n  cat")
    tree = trees.built_in("mammals")

Users: h-mds, poincare-embeddings.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.errors import InputError
from zoo.types import File, note

FEWEST, MOST = 3, 1500
"""Nodes of a tree."""
MOST_CHARACTERS = 400_000
ACCEPTED = "indented lines, Newick, JSON of names and children, or lines of child,parent"
JOINED = "everything"
"""The root that is put above several roots."""

Parents = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Tree:
    """A rooted tree; a node may have a second parent, as a word may be of two kinds.

    Attributes:
        names: what each of n nodes is called; two nodes may have the same name.
        parents: the places of each node's parents: none of the root, one of most.
    """

    names: tuple[str, ...]
    parents: Parents

    def __len__(self) -> int:
        return len(self.names)

    @functools.cached_property
    def edges(self) -> NDArray[np.int64]:
        """Child and parent, `(e, 2)`."""
        pairs = [(child, parent) for child, above in enumerate(self.parents) for parent in above]
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)

    @functools.cached_property
    def root(self) -> int:
        """Where it begins."""
        return next(node for node, above in enumerate(self.parents) if not above)

    @functools.cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Places of each node's children."""
        below: list[list[int]] = [[] for _ in self.names]
        for child, parent in self.edges.tolist():
            below[parent].append(child)
        return tuple(map(tuple, below))

    @functools.cached_property
    def ancestors(self) -> NDArray[np.bool_]:
        """Whether a column is an ancestor of a row, `(n, n)`; nobody is its own.

        Of a node with two parents the ancestors of both are ancestors: the transitive closure.
        """
        above = np.zeros((len(self), len(self)), bool)
        for node in _ordered(self.parents):
            for parent in self.parents[node]:
                above[node] |= above[parent]
                above[node, parent] = True
        return above

    @functools.cached_property
    def closure(self) -> NDArray[np.int64]:
        """Every node with each of its ancestors, `(pairs, 2)`."""
        return np.argwhere(self.ancestors)

    @functools.cached_property
    def distances(self) -> NDArray[np.float64]:
        """Edges of the shortest path between every two nodes, `(n, n)`."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import shortest_path

        child, parent = self.edges.T
        graph = coo_array((np.ones(len(child)), (child, parent)), shape=(len(self), len(self))).tocsr()
        return shortest_path(graph, directed=False, unweighted=True)

    @functools.cached_property
    def depth(self) -> NDArray[np.int64]:
        """Edges from the root by the shortest way down, `(n,)`."""
        depth = np.zeros(len(self), dtype=np.int64)
        for node in _ordered(self.parents)[1:]:
            depth[node] = 1 + min(depth[parent] for parent in self.parents[node])
        return depth

    @functools.cached_property
    def centre(self) -> int:
        """The node whose farthest node is nearest; of several the one nearest to the root."""
        reach = self.distances.max(axis=1)
        return int(np.lexsort((self.depth, reach))[0])

    @functools.cached_property
    def branch(self) -> NDArray[np.int64]:
        """Which child of the root each node is below, by the child's place; the root is its own, `(n,)`."""
        branch = np.arange(len(self))
        for node in _ordered(self.parents)[1:]:
            parent = self.parents[node][0]
            branch[node] = node if parent == self.root else branch[parent]
        return branch

    @property
    def linked(self) -> Linked:
        """The same tree with its edges in the place of its closure."""
        return Linked(self.names, self.parents)

    def below(self, node: int) -> Tree:
        """The tree of a node and all its descendants."""
        kept = [other for other in range(len(self)) if other == node or self.ancestors[other, node]]
        place = {other: number for number, other in enumerate(kept)}
        parents = tuple(
            () if other == node else tuple(place[above] for above in self.parents[other] if above in place)
            for other in kept
        )
        return Tree(tuple(self.names[other] for other in kept), parents)


class Linked(Tree):
    """Nodes of which only those that an edge joins are pairs, both ways: what trains on ancestors trains on edges.

    F. Sala and others, "Representation Tradeoffs for Hyperbolic Embeddings", 2018, train embeddings so.
    """

    @functools.cached_property
    def ancestors(self) -> NDArray[np.bool_]:
        """Whether two nodes are neighbours, `(n, n)`."""
        return self.distances == 1


def _ordered(parents: Parents) -> list[int]:
    """All nodes, every parent before its children.

    Raises:
        InputError: some are their own ancestors.
    """
    below: dict[int, list[int]] = {}
    waits = [len(above) for above in parents]
    for child, above in enumerate(parents):
        for parent in above:
            below.setdefault(parent, []).append(child)
    ready = [node for node, count in enumerate(waits) if count == 0]
    for node in ready:
        for child in below.get(node, ()):
            waits[child] -= 1
            if waits[child] == 0:
                ready.append(child)
    if len(ready) < len(parents):
        raise InputError("the tree runs in a circle: a node is its own ancestor; send a tree.")
    return ready


def tree_of(names: Sequence[str], parents: Sequence[Sequence[int]]) -> Tree:
    """A tree that was checked: of a fair size, without circles, with one root.

    Several roots are put below one that is called ``everything``.

    Raises:
        InputError: it is none, or too large or small.
    """
    above = [tuple(dict.fromkeys(int(parent) for parent in some)) for some in parents]
    called = [re.sub(r"\s+", " ", str(name)).strip()[:200] for name in names]
    roots = [node for node, some in enumerate(above) if not some]
    if len(roots) > 1:
        above = [some or (len(above),) for some in above]
        above.append(())
        called.append(JOINED)
    if not FEWEST <= len(called) <= MOST:
        raise InputError(f"the tree has {len(called):,} nodes; send {FEWEST} to {MOST:,}, as {ACCEPTED}.")
    number = 0
    for node, name in enumerate(called):
        if not name:
            number += 1
            called[node] = f"branch {number}"
    _ordered(tuple(above))
    return Tree(tuple(called), tuple(above))


def read(text: str) -> Tree:
    """A tree as people write it; which of four ways it is, is seen from the text.

    Newick `((a,b)c,d)e;`, JSON (`{"name": …, "children": […]}`, names that hold what is below them, or nested
    lists), lines indented by tabs or spaces, or lines of `child,parent`, where a child may stand twice.

    Raises:
        InputError: it is none of them, too long, too small or too large, or runs in a circle.
    """
    text = text.lstrip("\ufeff").expandtabs(4)
    bare = text.strip()
    if not bare:
        raise InputError(f"there is no tree in an empty text; send {ACCEPTED}.")
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"the text has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read.")
    if bare[0] in "{[":
        return _json(bare)
    if bare[0] == "(" or (bare.endswith(";") and "\n" not in bare):
        return _newick(bare)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    level = len({len(line) - len(line.lstrip()) for line in lines}) == 1
    fields = [re.split(r"\s*(?:,|;|->)\s*", line.strip()) for line in lines]
    if level and all(len(pair) == 2 and all(pair) for pair in fields):
        return _edges(fields)
    if level:
        raise InputError(f"no line is indented and no tree is seen in the text; send {ACCEPTED}.")
    return _indented(lines)


def of_file(file: File) -> Tree:
    """The tree of a text file.

    Raises:
        InputError: it is no text, or ``read`` refuses it.
    """
    try:
        return read(file.data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"the file is no text; send {ACCEPTED}.") from error


def _edges(fields: Sequence[Sequence[str]]) -> Tree:
    """Lines of child and parent; a first line of these very words is a heading."""
    heading = [word.lower() for word in fields[0]] == ["child", "parent"]
    places: dict[str, int] = {}
    parents: list[list[int]] = []
    for pair in fields[heading:]:
        for name in pair:
            if name not in places:
                places[name] = len(parents)
                parents.append([])
        child, parent = (places[name] for name in pair)
        parents[child].append(parent)
    return tree_of(list(places), parents)


def _indented(lines: Sequence[str]) -> Tree:
    """A line is below the last line before it that is indented less."""
    names: list[str] = []
    parents: list[list[int]] = []
    open_: list[tuple[int, int]] = []
    for line in lines:
        indent = len(line) - len(line.lstrip())
        while open_ and open_[-1][0] >= indent:
            open_.pop()
        parents.append([open_[-1][1]] if open_ else [])
        open_.append((indent, len(names)))
        names.append(re.sub(r"^[-*+•]\s+", "", line.strip()))
    return tree_of(names, parents)


def _newick(text: str) -> Tree:
    """Newick; lengths of branches and remarks in brackets are left out."""
    text = re.sub(r"\[[^\]]*\]", "", text).strip().removesuffix(";")
    names, open_, last = [""], [0], 0
    parents: list[list[int]] = [[]]
    for quoted, plain, sign in re.findall(r"'((?:[^']|'')*)'|([^\s(),:;'][^(),:;']*)|([(),:;])", text):
        if sign == "(":
            names.append("")
            parents.append([last])
            open_.append(len(names) - 1)
            last = open_[-1]
        elif sign == ",":
            if len(open_) < 2:
                raise InputError(f"the brackets of the Newick tree do not match; send {ACCEPTED}.")
            names.append("")
            parents.append(parents[last])
            open_[-1] = last = len(names) - 1
        elif sign == ")":
            if len(open_) < 2:
                raise InputError(f"the brackets of the Newick tree do not match; send {ACCEPTED}.")
            open_.pop()
            last = open_[-1]
        elif sign == ":":
            names[last] += "\0"  # what follows is a length
        elif "\0" not in names[last]:
            names[last] = (quoted.replace("''", "'") or plain.replace("_", " ")).strip()
    if len(open_) != 1:
        raise InputError(f"the brackets of the Newick tree do not match; send {ACCEPTED}.")
    return tree_of([name.partition("\0")[0] for name in names], parents)


def _json(text: str) -> Tree:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the text begins as JSON but is none; send {ACCEPTED}.") from error
    names: list[str] = []
    parents: list[list[int]] = []
    waiting: list[tuple[Any, str, list[int]]] = [(content, "", [])]
    while waiting and len(names) <= MOST + 1:
        part, name, above = waiting.pop()
        name, parts = _parts(part, name)
        if part is content and not name and isinstance(part, Mapping):
            above = []  # names that hold what is below them: the outermost braces are no node
            waiting += [(inner, word, above) for word, inner in reversed(parts)]
            continue
        names.append(name)
        parents.append(above)
        waiting += [(inner, word, [len(names) - 1]) for word, inner in reversed(parts)]
    return tree_of(names, parents)


def _parts(part: Any, name: str) -> tuple[str, list[tuple[str, Any]]]:
    """What a piece of JSON is called and what is below it, each with its name."""
    if isinstance(part, Mapping):
        word = next(
            (part[key] for key in ("name", "label", "id") if isinstance(part.get(key), str | int)), None
        )
        if word is not None:
            below = part.get("children") or []
            return str(word), [("", inner) for inner in (below if isinstance(below, list) else [below])]
        if isinstance(part.get("children"), list):
            return name, [("", inner) for inner in part["children"]]
        return name, list(part.items())
    if isinstance(part, list):
        return name, [("", inner) for inner in part]
    if part is None or isinstance(part, bool):
        return name, []
    return (f"{name}: {part}" if name else str(part)), []


# ---------------------------------------------------------------------------------------------------------
# Trees that come along


def balanced(branches: int, depth: int) -> Tree:
    """A root with `branches` children, each with as many, `depth` times."""
    names, level = ["0"], [0]
    parents: list[list[int]] = [[]]
    for _ in range(depth):
        below = []
        for node in level:
            for number in range(branches):
                below.append(len(names))
                names.append(f"{names[node]}.{number + 1}")
                parents.append([node])
        level = below
    return tree_of(names, parents)


@functools.cache
def mammals() -> Tree:
    """The mammals of WordNet 3.1: which is a kind of which, 1,182 nouns; one has two parents."""
    lines = (Path(__file__).parent / "mammals.txt").read_text("utf-8").splitlines()
    rows = [line.rpartition("|") for line in lines if not line.startswith("#")]
    return tree_of([name for name, _, _ in rows], [[int(p) for p in above.split()] for _, _, above in rows])


def _below(name: str) -> Tree:
    whole = mammals()
    return whole.below(whole.names.index(name))


FILES = """a project
  docs
    pictures
      logo.svg
      screen.png
    guide
      install.md
      first steps.md
      questions.md
  source
    core
      clock.py
      engine.py
      store.py
    shapes
      circle.py
      square.py
      curves
        bezier.py
        spline.py
    pages
      gallery.html
      search.html
      style.css
  tests
    core tests
      test clock.py
      test engine.py
    shape tests
      test circle.py
      test curves.py
  licence.txt
  readme.md
"""

BUILT_IN: dict[str, Callable[[], Tree]] = {
    "dogs": lambda: _below("dog"),
    "carnivores": lambda: _below("carnivore"),
    "mammals": mammals,
    "files of a project": lambda: read(FILES),
    "three branches, five deep": lambda: balanced(3, 5),
    "two branches, seven deep": lambda: balanced(2, 7),
}
"""Trees that come along, by name. Words are WordNet's."""


@functools.cache
def built_in(name: str) -> Tree:
    """A tree of ``BUILT_IN``.

    Raises:
        InputError: there is none of that name; the message lists them.
    """
    if name not in BUILT_IN:
        raise InputError(f"there is no tree {name!r}; choose from {', '.join(BUILT_IN)}, or send your own.")
    return BUILT_IN[name]()


def chosen(name: str, text: str, file: File | None) -> Tree:
    """The visitor's own tree if there is one, the file's before the text's, else the built-in one of that name.

    Raises:
        InputError: what was sent is no tree.
    """
    if file is not None:
        if text.strip():
            note("A file and a text were sent; the file was read.")
        return of_file(file)
    return read(text) if text.strip() else built_in(name)
