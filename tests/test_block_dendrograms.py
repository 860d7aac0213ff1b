"""Family trees as lines and as Newick."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist, squareform

from zoo.blocks import trees
from zoo.blocks.dendrograms import Dendrogram, beside
from zoo.blocks.figures import Colouring

TREE = trees.read("((a,b)x,(c,(d,'e f')));")
ENDS = [node for node, below in enumerate(TREE.children) if not below]


def test_a_tree_comes_back_from_its_newick() -> None:
    text = Dendrogram.of_tree(TREE).newick(TREE.names)
    again = trees.read(text)
    order = [again.names.index(TREE.names[node]) for node in ENDS]
    assert "'e f':1" in text
    np.testing.assert_array_equal(again.distances[np.ix_(order, order)], TREE.distances[np.ix_(ENDS, ENDS)])


def test_distances_of_an_ultrametric_tree_give_it_back() -> None:
    tree = trees.balanced(2, 3)
    ends = [node for node, below in enumerate(tree.children) if not below]
    found = Dendrogram.of_distances(tree.distances[np.ix_(ends, ends)], ends)
    assert trees.read(found.newick(tree.names)).distances.max() == 6
    assert found.heights.max() == 3
    assert found.order() == ends


def test_branches_are_turned_towards_an_order() -> None:
    found = Dendrogram.of_distances(squareform(pdist(np.array([[0.0], [1], [5], [6.5]]))), [7, 3, 9, 1])
    assert found.order([1, 9, 3, 7]) == [1, 9, 3, 7]
    lines, tips = found.drawn([9, 1, 7, 3])
    assert tips[:, 1].tolist() == [-1, -3, -2, 0]  # in the order of labels: 1, 3, 7, 9
    assert np.isnan(lines).any(axis=1).sum() == 6
    assert np.nanmin(lines[:, 0]) == -found.heights.max()


def test_trees_stand_beside_each_other_with_a_slider() -> None:
    truth = Dendrogram.of_tree(TREE)
    assert truth.along()[0] == TREE.root
    assert sorted(truth.along()) == list(range(len(TREE)))
    table = TREE.distances[np.ix_(ENDS, ENDS)]
    ours = [Dendrogram.of_distances(table**power, ENDS) for power in (1, 2)]
    moments = {str(k): [("true", truth), ("ours", tree)] for k, tree in enumerate(ours)}
    names = [TREE.names[node] for node in ENDS]
    figure = beside(moments, truth.order(), names, Colouring("branch", np.array(["l", "l", "r", "r", "r"])))
    assert len(figure.plot.layout.sliders[0].steps) == 2
    assert {trace.name for trace in figure.plot.data if trace.name} == {"l", "r"}
