"""Trees that are hidden, their leaves, and how well distances say what they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from zoo.blocks import hidden_trees, rulers, trees
from zoo.errors import InputError
from zoo.evidence import rulers as rivals

TREE = trees.balanced(2, 4)


def test_leaves_are_as_far_apart_as_in_the_whole_tree() -> None:
    ends = hidden_trees.leaves(TREE)
    assert len(ends) == 16
    assert ends.distances[0, 1] == 2
    assert ends.distances[0, 15] == 8
    with pytest.raises(InputError, match="branches"):
        hidden_trees.leaves(trees.tree_of("abc", [[], [0], [1]]))


def test_species_split_and_nodes_join() -> None:
    tree = hidden_trees.splitting(20, 1)
    assert len(hidden_trees.leaves(tree)) == 20
    assert all(len(below) in (0, 2) for below in tree.children)
    plain, rich = (hidden_trees.joining(80, 1, rich=rich) for rich in (False, True))
    assert len(plain) == len(rich) == 80
    assert np.bincount(rich.edges.ravel()).max() > np.bincount(plain.edges.ravel()).max()


def test_measurements_drift_in_proportion_to_edges_and_letters_change() -> None:
    rows = hidden_trees.drifting(TREE, 4000, 1.0, 0)
    squares = squareform(pdist(rows, "sqeuclidean")) / 4000
    np.testing.assert_allclose(
        squares[np.triu_indices(31, 1)], TREE.distances[np.triu_indices(31, 1)] + 2, rtol=0.15
    )
    letters = hidden_trees.mutating(TREE, 4000, 0.2, 0)
    assert letters.shape == (31, 16000)
    same = 1 - 0.75 * (1 - 0.8 ** TREE.distances[0, 30])
    assert (letters[0] * letters[30]).sum() / 4000 == pytest.approx(same, abs=0.03)


def test_wrong_edges_are_added_to_the_right_ones() -> None:
    links = hidden_trees.linked(TREE, 5, 0)
    assert (links == links.T).all()
    assert 1 <= (links.sum() - 2 * 30) / 2 <= 5
    assert (links[TREE.distances == 1] == 1).all()


def test_clades_part_the_tree() -> None:
    part = hidden_trees.clades(TREE, 0.25)
    ends = hidden_trees.leaves(TREE).nodes
    assert len(set(part[list(ends)])) == 4
    assert part[TREE.root] == TREE.root


def test_true_distances_have_the_best_scores() -> None:
    judged = hidden_trees.scores(TREE, {"true": TREE.distances, "none": np.ones((31, 31)) - np.eye(31)})
    assert judged["threes right"]["true"] == judged["rank correlation"]["true"] == 1
    assert judged["distortion"]["true"] == 0
    assert judged["threes right"]["none"] < 0.6
    assert judged["precision over neighbours"]["none"] < 0.2
    assert hidden_trees.listed(judged)[0] == ("rank correlation | true", 1.0, "Spearman, all pairs")


def test_a_tree_is_picked_and_its_nodes_named() -> None:
    assert len(hidden_trees.picked("dogs", 5, "", None, 0, 400)) == 190
    own = hidden_trees.picked("dogs", 5, "((a,b),c);", None, 0, 400)
    assert own.names[hidden_trees.named(own, "c")] == "c"
    with pytest.raises(InputError, match="nothing"):
        hidden_trees.named(own, "z")
    with pytest.raises(InputError, match="at most"):
        hidden_trees.picked("dogs", 5, "", None, 0, 100)


def test_rulers_on_a_line() -> None:
    line = squareform(pdist(np.arange(6.0)[:, None]))
    np.testing.assert_allclose(rulers.paths(line, 1), line)
    assert rulers.nearest(line, 2)[0].tolist() == [1, 2]
    assert rulers.near(line, 1).sum() == 10
    np.testing.assert_allclose(rulers.merged(line, "single"), 1 - np.eye(6))
    apart = squareform(pdist(np.array([[0.0], [1], [10], [11]])))
    assert rulers.paths(apart, 1).max() == 2
    assert rivals.voted(apart[:2, 2:], np.array([0, 1]), 1).tolist() == [0, 0]


def test_settings_are_those_of_the_best_ranks() -> None:
    line = squareform(pdist(np.arange(12.0)[:, None]))
    ways = {"power": (lambda straight, power: straight**power, [(-1.0,), (2.0,)])}
    assert rivals.chosen(ways, [(line, np.where(line > 0, line, 1))]) == {"power": (2.0,)}
    numbers = rivals.ranked(ways, {"power": (2.0,)}, line, line)
    assert numbers == {"power": pytest.approx(1), "power, setting": 1.0}
