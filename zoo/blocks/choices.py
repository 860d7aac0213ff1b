"""Who chose what: people x items, drawn, MovieLens-100K or a visitor's table, for methods that learn from choices.

Users: cosine-caution, its claims and its cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo.blocks import tables
from zoo.errors import InputError

if TYPE_CHECKING:
    import pandas


class Choices(NamedTuple):
    """People x items, `(n, p)`, 1 where chosen; names of the items; genres of films, `(p, genres)` of 0 and 1."""

    X: NDArray[np.float64]
    items: list[str]
    genres: NDArray[np.float64] | None = None

    def most_chosen(self, count: int) -> Choices:
        """These items alone, the most chosen first."""
        top = np.argsort(-self.X.sum(axis=0), kind="stable")[:count]
        genres = None if self.genres is None else self.genres[top]
        return Choices(self.X[:, top], [self.items[place] for place in top], genres)


def clusters(seed: int, people: int = 2000, items: int = 300) -> Choices:
    """Five clusters of items with power-law popularity; people choose 10 to 40 items, mostly of their own cluster."""
    rng = np.random.default_rng(seed)
    kind = np.arange(items) * 5 // items
    place = np.arange(items) - np.searchsorted(kind, kind)
    popularity = (1.0 + place) ** -rng.uniform(0.25, 1.0, 5)[kind]
    own = rng.integers(5, size=people)[:, None] == kind
    # the largest of log weight + Gumbel noise are a draw without replacement
    scores = np.log(popularity * np.where(own, 1.0, 0.1)) + rng.gumbel(size=(people, items))
    ranks = scores.argsort(axis=1)[:, ::-1].argsort(axis=1)
    X = (ranks < rng.integers(10, 41, size=(people, 1))).astype(float)
    return Choices(X, ["ABCDE"[k] + str(number + 1) for k, number in zip(kind, place, strict=True)])


def movielens() -> Choices:
    """Ratings of at least 4, films with at least 20 of them, people with any: 942 x 621; InputError without them."""
    import zoo.data

    try:
        first, second = (zoo.data.load("ratings", split) for split in ("train", "test"))
    except zoo.data.DataError as error:
        raise InputError(
            "MovieLens-100K cannot be fetched now; take the five clusters, or a table."
        ) from error
    X = np.zeros((943, len(first.titles)))
    for part in (first, second):
        X[part.users[part.ratings >= 4], part.items[part.ratings >= 4]] = 1
    kept = X.sum(axis=0) >= 20
    films = [str(text).split() for text in first.genres[kept]]
    words = sorted({word for film in films for word in film})
    genres = np.array([[float(word in film) for word in words] for film in films])
    return Choices(X[:, kept][X[:, kept].any(axis=1)], [str(title) for title in first.titles[kept]], genres)


def from_table(frame: pandas.DataFrame, most: int = 1500) -> Choices:
    """Ratings as people x items, 0 where there is none, from a table of (person, item, rating) or of that shape.

    Args:
        frame: three columns of which the first repeats and the last is of numbers; else a row a person, a column an
            item, and maybe a column that names the people.
        most: items that are accepted.

    Returns:
        Of the items that anybody rated.

    Raises:
        InputError: it is neither, there are fewer than three items, or too many.
    """
    if frame.shape[1] == 3 and not tables.is_text(frame.iloc[:, 2]) and frame.iloc[:, 0].duplicated().any():
        values = tables.numbers(frame, [str(frame.columns[2])], fewest=1).values[:, 0]
        (rows, people), (columns, names) = (frame.iloc[:, side].astype(str).factorize() for side in (0, 1))
        items, size = list(map(str, names)), (len(people), len(names))
    else:
        known = tables.numbers(frame, missing="keep", fewest=3)
        (rows, columns), items, size = np.indices(known.values.shape), known.columns, known.values.shape
        values = np.nan_to_num(known.values)
    if size[1] > most or size[0] * size[1] > 5_000_000:
        raise InputError(
            f"{size[0]:,} people and {size[1]:,} items are too many; send at most {most:,} items and 5,000,000 pairs."
        )
    table = np.zeros(size)
    table[rows, columns] = values
    rated = np.flatnonzero(table.any(axis=0))
    if len(rated) < 3:
        raise InputError(
            f"the table has ratings of {tables.counted(len(rated), 'item')}; at least 3 are needed."
        )
    return Choices(table[:, rated], [items[place] for place in rated])


def named(name: str, seed: int = 0) -> Choices:
    """`five clusters` of that seed, or `MovieLens-100K`."""
    return clusters(seed) if name == "five clusters" else movielens()
