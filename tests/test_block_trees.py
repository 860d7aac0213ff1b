"""Trees of a visitor's text, and those that come along."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.blocks import trees
from zoo.errors import InputError
from zoo.types import File

EDGES = {("b", "a"), ("c", "a"), ("d", "c"), ("e", "c")}
WRITTEN = {
    "spaces": "a\n  b\n  c\n    d\n    e\n",
    "tabs and bullets": "- a\n\t- b\n\t- c\n\t\t- d\n\t\t- e\n",
    "newick": "(b:0.5,('d',e:1)c:2[remark])a;",
    "edges": "child,parent\nb,a\nc,a\nd,c\ne,c\n",
    "arrows": "b -> a\nc -> a\nd -> c\ne -> c",
    "names and children": '{"name": "a", "children": [{"name": "b"}, {"name": "c", "children": ["d", {"name": "e"}]}]}',
    "names that hold": '{"a": {"b": null, "c": ["d", "e"]}}',
}


def named(tree: trees.Tree) -> set[tuple[str, str]]:
    return {(tree.names[child], tree.names[parent]) for child, parent in tree.edges.tolist()}


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_way_to_write_a_tree_is_seen(kind: str) -> None:
    assert named(trees.read(WRITTEN[kind])) == EDGES
    assert named(trees.of_file(File("tree.txt", WRITTEN[kind].encode()))) == EDGES


def test_branches_without_a_name_are_numbered_and_roots_joined() -> None:
    assert named(trees.read("((a,b),c);")) == {
        ("a", "branch 2"), ("b", "branch 2"), ("branch 2", "branch 1"), ("c", "branch 1"),
    }  # fmt: skip
    assert named(trees.read('[["a", "b"], "c"]')) == named(trees.read("((a,b),c);"))
    assert named(trees.read("a\n  b\nc\n  d")) == {
        ("b", "a"),
        ("d", "c"),
        ("a", trees.JOINED),
        ("c", trees.JOINED),
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"), ("a\nb\nc", "no line is indented"), ("((a,b)", "brackets"), ("(a,b));", "brackets"),
        ('{"a": ', "is none"), ("a,b\nb,c\nc,a", "circle"), ("a\n  b", "2 nodes"), ("x" * 400_001, "characters"),
        ("r\n" + "\n".join(f" n{k}" for k in range(1500)), "1,501 nodes"), ("[" * 100_000, "is none"),
    ],
)  # fmt: skip
def test_what_is_no_tree_has_its_sentence(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        trees.read(text)


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="no text"):
        trees.of_file(File("tree.png", b"\x89PNG\xff\xfe"))


def test_distances_ancestors_and_the_centre() -> None:
    tree = trees.read(WRITTEN["spaces"])
    place = {name: number for number, name in enumerate(tree.names)}
    assert tree.distances[place["b"], place["d"]] == 3
    assert {(tree.names[u], tree.names[v]) for u, v in tree.closure} == EDGES | {("d", "a"), ("e", "a")}
    assert tree.depth[place["d"]] == 2
    assert tree.names[tree.centre] == "a"
    assert tree.names[tree.branch[place["e"]]] == "c"
    assert named(tree.below(place["c"])) == {("d", "c"), ("e", "c")}


def test_a_child_of_two_parents_has_the_ancestors_of_both() -> None:
    tree = trees.read("b,a\nc,a\nd,b\nd,c")
    place = {name: number for number, name in enumerate(tree.names)}
    above = {tree.names[node] for node in np.flatnonzero(tree.ancestors[place["d"]])}
    assert above == {"a", "b", "c"}
    assert tree.distances[place["b"], place["c"]] == 2


def test_trees_that_come_along() -> None:
    sizes = {name: len(trees.built_in(name)) for name in trees.BUILT_IN}
    assert sizes["mammals"] == 1182
    assert len(trees.mammals().edges) == 1182
    assert len(trees.mammals().closure) == 6542
    assert sizes["three branches, five deep"] == (3**6 - 1) // 2
    assert len(set(trees.mammals().names)) == 1182
    with pytest.raises(InputError, match="choose from dogs"):
        trees.built_in("birds")


def test_a_file_goes_before_a_text_and_a_text_before_what_comes_along() -> None:
    file = File("mine.txt", b"a\n  b\n  c")
    assert trees.chosen("dogs", "x\n  y\n  z", file).names == ("a", "b", "c")
    assert trees.chosen("dogs", "x\n  y\n  z", None).names == ("x", "y", "z")
    assert trees.chosen("dogs", " ", None) is trees.built_in("dogs")


def test_neighbours_stand_in_for_ancestors_where_a_tree_is_linked() -> None:
    tree = trees.built_in("files of a project")
    both_ways = {pair for child, parent in tree.edges.tolist() for pair in ((child, parent), (parent, child))}
    assert {tuple(pair) for pair in tree.linked.closure.tolist()} == both_ways
    assert tree.linked != tree
