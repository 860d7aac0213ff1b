"""LargeVis: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, Metrics, Table

if TYPE_CHECKING:
    from zoo.evidence.tasks.maps import Cloud

NAME, RIVAL = "LargeVis", "FFT t-SNE"
Strangers = Annotated[int, Field(ge=1, le=15)]
Push = Annotated[float, Field(ge=0, le=20)]
Samples = Annotated[int, Field(ge=50, le=4000)]


@dataclass(frozen=True)
class Unfolded:
    """A ball of dust that became a map, one handshake after the other.

    Attributes:
        summary: how many digits have the label of their neighbours on the map, beside FFT t-SNE.
        unfolding: a third of the digits from the start to the end, beside the map of FFT t-SNE.
        friends: some digits with their friends, and the strangers that one handshake pushes them from.
        metrics: labels right, neighbours kept, trustworthiness, and true friends round by round.
    """

    summary: Annotated[str, Summary(RIVAL)]
    unfolding: Figure
    friends: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Mapped:
    """A table's map.

    Attributes:
        summary: which neighbours it keeps, beside t-SNE.
        map: every row as a point, from the start to the end.
        beside: the map of t-SNE, of the same perplexity.
        metrics: neighbours kept, trustworthiness, and true friends round by round.
        places: where each row came to lie.
    """

    summary: Annotated[str, Summary("t-SNE")]
    map: Figure
    beside: Figure
    metrics: Metrics
    places: Table


class LargeVis(Method):
    """Draws a map by settling one friendship and five non-friendships at a time.

    Every row finds its friends: by cutting space at random, and then by asking its friends for theirs. A map begins as
    a ball of dust. Again and again one friendship is drawn: the two come nearer, and five strangers drawn by chance
    are pushed away.
    """

    title = "LargeVis"
    family = "reduction"
    contract = 2
    paper = Paper(
        "Visualizing Large-scale and High-dimensional Data", ("Jian Tang", "Jingzhou Liu", "Ming Zhang", "Qiaozhu Mei"),
        2016, "WWW 2016; arXiv 1602.00370", "https://arxiv.org/abs/1602.00370",
    )  # fmt: skip

    @action(
        by="actions", title="Unfold a cloud of digits",
        examples={
            "1,500 handwritten digits": {}, "Without a push": {"push": 0},
            "Nobody asks for friends of friends": {"rounds": 0},
        },
    )  # fmt: skip
    def unfold(
        self, friends: Literal[30, 60, 90, 150] = 90, strangers: Strangers = 5, push: Push = 7,
        samples: Samples = 1500, point: Annotated[int, Field(ge=0, le=1499)] = 7,
        rounds: Annotated[int, Field(ge=0, le=3), Rare()] = 3, seed: Seed = 0, progress: Progress = Progress(),
    ) -> Unfolded:  # fmt: skip
        """Watch a cloud of digits unfold handshake by handshake, and see a digit's friends and strangers.

        Args:
            friends: of each digit; the perplexity, how many of them count, is a third.
            strangers: that each handshake pushes away.
            push: how strongly; the paper's gamma.
            samples: handshakes a digit; the authors' code takes many more.
            point: number of the digit whose friends are shown first.
            rounds: in which friends of friends are asked.
            seed: draws the tree, the start, friendships and strangers.
        """

    @action(
        by="actions", title="Unfold your table",
        examples={
            "400 handwritten digits": {"table": "digits.csv", "colour": "digit"},
            "A rolled-up sheet": {"table": "roll.csv", "colour": "along the roll", "friends": 45},
        },
    )  # fmt: skip
    def own(
        self, table: Table, colour: Annotated[str, ColumnOf("table")] = "",
        friends: Annotated[int, Field(ge=6, le=150)] = 60, strangers: Strangers = 5, push: Push = 7,
        samples: Samples = 1500, seed: Seed = 0, progress: Progress = Progress(),
    ) -> Mapped:  # fmt: skip
        """Unfold the rows of a table, beside t-SNE of the same perplexity.

        Args:
            table: 10 to 3,000 rows, a column of numbers or more; columns of pixels become pictures beside the names.
            colour: the column that colours the points.
            friends: of each row; the perplexity is a third.
            strangers: that each handshake pushes away.
            push: how strongly.
            samples: handshakes a row.
            seed: draws the tree, the start, friendships and strangers.
        """

    @contestant("maps", name="LargeVis")
    def mapped(self, given: Cloud, neighbours: float) -> Outcome:
        """At this perplexity, with three times as many friends, after 2,000 handshakes a row."""
        from . import actions

        return Outcome(actions.mapped(given.rows, neighbours))

    @cost("The layout, 200 handshakes a point", size="points", start=500)
    def laying_out(self, size: int) -> Callable[[], object]:
        """Of points with thirty friends each, drawn by chance."""
        import numpy as np

        from . import model

        joint = model.knowing(np.random.default_rng(0).integers(size, size=(size, 30)))
        joint = (joint + joint.T).astype(np.float64)
        return lambda: [None for _ in model.unfold(joint, 200 * size)]
