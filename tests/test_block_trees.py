"""Trees: read however people write them, and those that come along."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pytest

from zoo.blocks import trees
from zoo.errors import InputError
from zoo.types import File

SAME = {
    "spaces": "animal\n  dog\n    poodle\n    collie\n  cat\n",
    "tabs": "animal\n\tdog\n\t\tpoodle\n\t\tcollie\n\tcat",
    "bullets": "- animal\n  - dog\n    - poodle\n    - collie\n  - cat",
    "Newick": "((poodle:0.1,collie:2e-3)dog:1[&x],cat)animal;",
    "JSON of children": json.dumps(
        {
            "name": "animal",
            "children": [
                {"name": "dog", "children": [{"name": "poodle"}, {"name": "collie"}]},
                {"name": "cat"},
            ],
        }
    ),
    "JSON of names": json.dumps({"animal": {"dog": ["poodle", "collie"], "cat": None}}),
    "child,parent": "child,parent\npoodle,dog\ncollie,dog\ndog,animal\ncat,animal\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_a_tree_is_the_same_however_it_is_written(text: str) -> None:
    tree = trees.read(text)
    pairs = {(tree.names[child], tree.names[parent]) for child, parent in tree.edges}
    assert pairs == {("poodle", "dog"), ("collie", "dog"), ("dog", "animal"), ("cat", "animal")}
    assert tree.names[tree.root] == "animal"
    assert len(tree.closure) == 6
    assert dict(zip(tree.names, tree.depth.tolist(), strict=True))["poodle"] == 2
    assert trees.of_file(File("tree.txt", ("\ufeff" + text).encode())).names == tree.names


def test_a_child_of_two_parents_has_the_ancestors_of_both() -> None:
    tree = trees.read("pet,animal\ndog,animal\npoodle,dog\npoodle,pet")
    poodle = tree.names.index("poodle")
    above = {tree.names[place] for place in np.flatnonzero(tree.ancestors[poodle])}
    assert above == {"dog", "pet", "animal"}
    assert tree.distances[poodle, tree.root] == tree.depth[poodle] == 2


def test_several_roots_are_joined_and_nodes_without_names_numbered() -> None:
    assert trees.read("a\n  b\nc\n  d").names[-1] == trees.JOINED
    assert trees.read("((a,b),c);").names == ("branch 1", "branch 2", "a", "b", "c")
    assert trees.read('[["a", "b"], "c"]').names == ("branch 1", "branch 2", "a", "b", "c")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"), ("dog\ncat\ncow", "no line is indented"), ("((a,b)c", "do not match"), ("(a,b))c;", "match"),
        ('{"a": ', "begins as JSON"), ("a,b\nb,c\nc,a", "circle"), ("a,a\na,b\nc,b", "circle"), ("a\n b", "2 nodes"),
        ("root\n" + " x\n" * 2000, "2,001 nodes"), ("x" * 500_000, "characters"),
    ],
)  # fmt: skip
def test_what_is_no_tree_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        trees.read(text)
    assert str(refused.value).count(".") == 1 or "…" in str(refused.value)


def test_a_file_of_bytes_is_no_tree() -> None:
    with pytest.raises(InputError, match="no text"):
        trees.of_file(File("tree.bin", b"\xff\xfe\x00\xd8"))


@pytest.mark.parametrize("name", trees.BUILT_IN)
def test_trees_that_come_along_are_what_networkx_says(name: str) -> None:
    tree = trees.built_in(name)
    graph = nx.DiGraph(tree.edges.tolist())
    closure = nx.transitive_closure_dag(graph)
    assert {tuple(pair) for pair in tree.closure.tolist()} == set(closure.edges)
    if len(tree) < 400:
        ways = dict(nx.all_pairs_shortest_path_length(graph.to_undirected()))
        assert all(tree.distances[a, b] == ways[a][b] for a in graph for b in graph)
        assert tree.distances.max(axis=1)[tree.centre] == nx.radius(graph.to_undirected())
    branches = {tree.branch[node] for node in range(len(tree)) if node != tree.root}
    assert branches == set(tree.children[tree.root])


def test_the_mammals_are_those_of_wordnet() -> None:
    tree = trees.built_in("mammals")
    assert (len(tree), len(tree.closure)) == (1182, 6542)
    poodle = tree.names.index("poodle")
    above = {tree.names[place] for place in np.flatnonzero(tree.ancestors[poodle])}
    assert above == {"dog", "canine", "carnivore", "placental", "mammal"}
    with pytest.raises(InputError, match="choose from"):
        trees.built_in("fish")


def test_sizes_of_balanced_trees() -> None:
    tree = trees.balanced(3, 4)
    assert len(tree) == (3**5 - 1) // 2
    assert tree.depth.max() == 4
    assert {len(children) for children in tree.children} == {0, 3}
