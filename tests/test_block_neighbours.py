"""What is most similar to what, and the choices that methods learn it from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestNeighbors

from zoo.blocks import choices, neighbours
from zoo.errors import InputError

ROWS = np.random.default_rng(0).standard_normal((30, 5))


def test_nearest_are_those_of_scikit_learn() -> None:
    theirs = NearestNeighbors(n_neighbors=4, metric="cosine").fit(ROWS).kneighbors(return_distance=False)
    np.testing.assert_array_equal(neighbours.nearest(ROWS, 4), theirs)
    np.testing.assert_allclose(neighbours.cosines(ROWS), cosine_similarity(ROWS), atol=1e-12)
    similarity = neighbours.cosines(ROWS)
    some = neighbours.ranked(similarity, 4, np.array([7, 3]))
    np.testing.assert_array_equal(some, theirs[[7, 3]])


def test_few_rows_have_fewer_neighbours_and_ties_keep_their_order() -> None:
    assert neighbours.nearest(np.ones((3, 2)), 10).tolist() == [[1, 2], [0, 2], [0, 1]]


def test_changed_is_the_share_of_new_neighbours() -> None:
    before, after = np.array([[1, 2], [0, 2], [0, 1]]), np.array([[2, 1], [0, 2], [0, 2]])
    assert neighbours.changed(before, after).tolist() == [0, 0, 0.5]
    assert neighbours.shared(ROWS, ROWS * 3) == 1


def test_order_puts_those_alike_next_to_one_another() -> None:
    kind = np.array([0, 1, 0, 1, 0, 1])
    order = neighbours.in_order((kind[:, None] == kind).astype(float), np.arange(6))
    assert (np.diff(kind[order]) != 0).sum() == 1


def test_list_of_neighbours_names_them_with_their_similarities() -> None:
    table = neighbours.listed(
        {"cosine": np.array([[1, 0.2, 0.5], [0.2, 1, 0], [0.5, 0, 1]])}, ["a", "b", "c"], 0
    )
    assert table.frame["cosine"].tolist() == ["c (0.50)", "b (0.20)"]


def test_most_chosen_come_first() -> None:
    drawn = choices.named("five clusters", 3)
    assert drawn.X.shape == (2000, 300)
    top = drawn.most_chosen(5)
    assert top.X.sum(axis=0).tolist() == sorted(drawn.X.sum(axis=0), reverse=True)[:5]
    assert top.items[0] == drawn.items[int(drawn.X.sum(axis=0).argmax())]


def test_ratings_are_read_from_triples_and_from_a_table_alike() -> None:
    long = pd.DataFrame(
        {"who": ["ann", "ann", "bob", "bob"], "what": ["tea", "ale", "ale", "rum"], "n": [5, 3, 4, 1]}
    )
    values, names, _ = choices.from_table(long)
    assert names == ["tea", "ale", "rum"]
    assert values.tolist() == [[5, 3, 0], [0, 4, 1]]
    wide = pd.DataFrame(
        {"who": ["ann", "bob", "cy"], "tea": [5, None, 0], "ale": [3, 4, 1], "gin": 0, "rum": [0, 1, 2]}
    )
    values, names, _ = choices.from_table(wide)
    assert names == ["tea", "ale", "rum"]
    assert values.tolist() == [[5, 3, 0], [0, 4, 1], [0, 1, 2]]


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (pd.DataFrame(np.ones((4, 1501))).rename(columns=str), "too many"),
        (pd.DataFrame({"a": ["x", "y", "x"], "b": ["u", "v", "v"], "n": [1, 1, 1]}), "at least 3"),
        (pd.DataFrame({"a": ["x", "y", "x"], "b": ["u", "v", "v"]}), "of numbers"),
    ],
)
def test_what_is_no_table_of_ratings_is_refused(frame: pd.DataFrame, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        choices.from_table(frame)
