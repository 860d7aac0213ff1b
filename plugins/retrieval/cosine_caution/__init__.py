"""Cosines of embeddings that a free rescaling turns over: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from zoo.blocks import choices, neighbours
from zoo.method import Method, Paper, Progress, Rare, Seed, Summary, action, cost
from zoo.types import Figure, Metrics, Table
from zoo.types.columns import column_of

Data = Literal["five clusters", "MovieLens-100K"]
Name = Annotated[str, Field(max_length=200)]


@dataclass(frozen=True)
class Turned:
    """One model at every place of the dial.

    Attributes:
        reading: what the dial changed, and what it did not.
        dial: drag the slider; above, cosines between 40 items, below, the ten most similar to yours.
        metrics: what moved and what stood still where the dial was sent.
        similar: the ten most similar as trained, at the dial, and by two cosines that no dial moves.
    """

    reading: Annotated[str, Summary()]
    dial: Figure
    metrics: Metrics
    similar: Table


@dataclass(frozen=True)
class Retrained:
    """Two trainings from random starts under each objective.

    Attributes:
        reading: on how many neighbours two trainings agree.
        cosines: of the same 40 items after each training.
        metrics: how many of ten neighbours two trainings share, mean of the items.
        similar: the ten most similar to the most chosen item.
    """

    reading: Annotated[str, Summary("the first objective")]
    cosines: Figure
    metrics: Metrics
    similar: Table


class CosineCaution(Method):
    """Turns a dial that leaves every recommendation as it is and turns over what is most similar.

    A recommender learns two lists of numbers for each item, A and B, and predicts with `X A Bᵀ`. Under one common
    penalty, `λ ‖A Bᵀ‖²`, any rescaling `A D`, `B D⁻¹` predicts exactly the same, but the cosines between rows of
    `B D⁻¹` differ: with as many factors as items, one says that nothing is similar to anything. Under another penalty,
    `λ (‖X A‖² + ‖B‖²)`, they are unique. An angle means only what the training forced it to mean.
    """

    title = "Cosine caution"
    family = "retrieval"
    paper = Paper(
        "Is Cosine-Similarity of Embeddings Really About Similarity?",
        ("Harald Steck", "Chaitanya Ekanadham", "Nathan Kallus"),
        2024,
        "Companion Proceedings of the ACM Web Conference 2024",
        "https://arxiv.org/abs/2403.05440",
    )

    @action(
        title="Turn the dial",
        examples={
            "Five clusters, popular items alike": {"item": "C1", "dial": -1.0},
            "Five clusters, rare ones alike": {"item": "C1", "rank": 50, "dial": 1.0},
            "What is like a dolphin?": {
                "table": "animals.csv",
                "item": "dolphin",
                "penalty": 1.0,
                "dial": -2.0,
            },
        },
    )
    def turn(
        self,
        data: Data = "five clusters",
        table: Table | None = None,
        item: Name = "",
        dial: Annotated[float, Field(ge=-2, le=2)] = 0.0,
        rank: Annotated[int, Field(ge=2, le=1500), Rare()] = 300,
        penalty: Annotated[float, Field(ge=0.01, le=1e6), Rare()] = 1000.0,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Turned:
        """Rescale trained factors by D = diag(sᵗ): the recommendations stand still, the neighbours do not.

        With singular values s, items at t = 0 are bare directions; towards -2 what is popular is alike, towards 2 rare.

        Args:
            data: 300 items A1 to E60 in five clusters, or films, fetched when first chosen (2 MB).
            table: ratings of your own instead: (person, item, rating), or a row a person and a column an item.
            item: whose neighbours to watch, such as C1, or Toy Story; empty for the most chosen.
            dial: t, where it starts; the plot then holds every place of it.
            rank: factors; with as many as items, the dial at 0 makes each similar to itself alone.
            penalty: λ of the first objective; the larger, the more is shrunk.
            seed: draws the five clusters.
        """
        from . import figures, model

        X, items, _ = choices.from_table(table.frame) if table else choices.named(data, seed)
        mine = items.index(column_of(item, items, "item")) if item else int(X.sum(axis=0).argmax())
        progress(0.1, "factorising")
        of, people = model.spectrum(X, rank), X[:300]
        trained = model.rescaled(of, penalty)
        before, predictions = neighbours.cosines(trained.B), people @ trained.A @ trained.B.T

        def at(place: float) -> tuple[float, np.ndarray, float]:
            A, B = model.rescaled(of, penalty, place)
            return place, neighbours.cosines(B), float(np.abs(people @ A @ B.T - predictions).max())

        progress(0.4, "turning the dial")
        top = np.union1d(np.argsort(-X.sum(axis=0), kind="stable")[:39], [mine])
        near, turns = neighbours.ranked(before), map(at, np.linspace(-2, 2, 17))
        drawing = figures.dial(turns, near[mine], neighbours.in_order(before, top), items, mine, dial)
        _, after, moved = at(dial)
        shares = neighbours.changed(near, neighbours.ranked(after))
        count, alone = near.shape[1], np.abs(after - np.diag(np.diag(after))).max() < 1e-6
        reading = f"{shares[mine] * count:.0f} of the {count} most similar to {items[mine]} changed"
        if alone:
            reading = f"At this dial {items[mine]} is similar to itself alone, and so is every item"
        rows = [
            ("largest change of a prediction", moved, ""),
            ("neighbours changed, mean of all items", shares.mean(), "of the ten nearest"),
            ("factors", len(of.s), f"for {len(items):,} items and {len(X):,} people"),
        ]
        ways = {"as trained": before, f"t = {dial:g}": after, "raw columns": neighbours.cosines(X.T)}
        ways["predicted columns"] = neighbours.cosines(model.rescaled(of, penalty, 1).A)
        text = f"{reading}; the largest change of a prediction is {moved:.0e}."
        return Turned(text, drawing, Metrics(rows), neighbours.listed(ways, items, mine))

    @action(title="Train twice", examples={"Five clusters, two random starts": {"seed": 0}})
    def train_twice(self, data: Data = "five clusters", seed: Annotated[Seed, Rare()] = 0) -> Retrained:
        """Train five factors from two random starts under both objectives: under the second the neighbours agree.

        Args:
            data: of whose 40 most chosen items; films are fetched when first chosen (2 MB).
            seed: draws the five clusters and both starts.
        """
        from . import figures, model

        X, items, _ = choices.named(data, seed).most_chosen(40)
        ends = model.train_twice(X, seed)
        first, second = (10 * neighbours.shared(left.B, right.B) for left, right in ends.values())
        text = f"Of ten neighbours two trainings share {first:.1f} by the first objective, {second:.1f} by the second."
        rows = [("first objective", first, "of ten shared"), ("second objective", second, "of ten shared")]
        titled = {f"{name}, start {k + 1}": pair[k].B for name, pair in ends.items() for k in (0, 1)}
        cosines = {title: neighbours.cosines(B) for title, B in titled.items()}
        order = neighbours.in_order(neighbours.cosines(X.T), np.arange(len(items)))
        drawing = figures.trainings(cosines, order, items)
        return Retrained(text, drawing, Metrics(rows), neighbours.listed(cosines, items, 0))

    @cost("Factors of the choices of 2,000 people, and all cosines", size="items", start=50, most=1500)
    def all_cosines(self, size: int) -> Callable[[], object]:
        """Of the five clusters, with 50 factors."""
        from . import model

        X = choices.clusters(0, items=size).X
        return lambda: neighbours.cosines(model.rescaled(model.spectrum(X, 50), 1000.0, 1.0).B)
