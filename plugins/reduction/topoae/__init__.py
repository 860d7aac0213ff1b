"""Topological autoencoders: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, Metrics, Table

if TYPE_CHECKING:
    from zoo.evidence.tasks.maps import Cloud

Trained = Literal[
    "weight 0.15", "weight 0.5", "weight 1.5", "weight 5", "data's tree alone", "map's tree alone",
    "over the batch's largest", "all pairs", "random pairs",
]  # fmt: skip
PLAIN = "the plain autoencoder"


@dataclass(frozen=True)
class Wrapped:
    """What became of ten spheres inside a large one.

    Attributes:
        summary: how far the crowding on the map is from that of the data, beside the plain autoencoder and Isomap.
        unfolding: held-out points on the map while it was trained, beside the plain autoencoder on the same batches.
        trees: the trees of the data and of the map, drawn on the map of each trained network, and their bars.
        metrics: divergences, enclosure and trustworthiness.
    """

    summary: Annotated[str, Summary(PLAIN)]
    unfolding: Figure
    trees: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Mapped:
    """A map of a table by a topological autoencoder that was trained on it.

    Attributes:
        summary: how far the crowding on the map is from that of the table, beside the plain autoencoder and Isomap.
        map: every row as a point, from the start of the training to its end.
        beside: the same rows by the plain autoencoder on the same batches, by Isomap and by principal components.
        metrics: divergences, neighbours kept and trustworthiness.
        places: where each row came to lie.
    """

    summary: Annotated[str, Summary(PLAIN)]
    map: Figure
    beside: Figure
    metrics: Metrics
    places: Table


class Topoae(Method):
    """Draws a map by an autoencoder that is told to keep who is connected to whom.

    An autoencoder may lay its map out as it likes as long as it can find its way back. Here every batch is also
    connected by its shortest tree, once in the data and once on the map, and the edges of both trees should be as long
    here as there.
    """

    title = "Topological autoencoder"
    family = "reduction"
    contract = 2
    paper = Paper(
        "Topological Autoencoders",
        ("Michael Moor", "Max Horn", "Bastian Rieck", "Karsten Borgwardt"),
        2020,
        "ICML 2020; arXiv 1906.00722",
        "https://arxiv.org/abs/1906.00722",
    )

    @action(
        by="actions",
        title="Wrap the spheres",
        examples={
            "Ten spheres inside a large one": {},
            "A small topology weight": {"trained": "weight 0.15"},
            "All pairs instead of trees": {"trained": "all pairs"},
            "Over the batch's largest distance": {"trained": "over the batch's largest"},
        },
    )
    def spheres(
        self,
        trained: Trained = "weight 1.5",
        points: Annotated[int, Field(ge=10, le=200)] = 40,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Wrapped:
        """Watch a large sphere open and wrap the ten inside it, and see which edges both trees have.

        Args:
            trained: which network is shown: its topology weight, or at weight 1.5 what was left out, or what stands in
                place of the trees: all pairs of a batch, or as many random ones.
            points: of the batch whose trees are drawn; 28 in training.
            seed: draws that batch from the held-out points.
        """

    @action(
        by="actions",
        title="Draw a map of your table",
        examples={
            "400 handwritten digits": {"table": "digits.csv", "colour": "digit"},
            "A rolled-up sheet": {"table": "roll.csv", "colour": "along the roll", "steps": 400},
        },
    )
    def own(
        self,
        table: Table,
        colour: Annotated[str, ColumnOf("table")] = "",
        weight: Annotated[float, Field(ge=0.01, le=10)] = 1,
        steps: Annotated[int, Field(ge=100, le=4000)] = 1000,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Mapped:
        """Train a topological autoencoder on a table, beside a plain one on the same batches.

        Args:
            table: 10 to 3,000 rows, a column of numbers or more; columns of pixels become pictures beside the names.
            colour: the column that colours the points.
            weight: of the trees against the reconstruction; a plain autoencoder has 0.
            steps: of training; 1,000 take some three seconds.
            seed: draws the start and the batches.
        """

    @contestant("maps", name="Topological autoencoder")
    def mapped(self, given: Cloud, neighbours: float) -> Outcome:
        """Trained as on the page with its usual settings; a batch has no use for a number of neighbours."""
        from . import actions

        return Outcome(actions.mapped(given.rows))

    @cost("A step of training", size="rows of the batch", start=32)
    def stepping(self, size: int) -> Callable[[], object]:
        """Trees, loss and slopes of a batch of the spheres."""
        from . import data, model

        bank, rows = model.Bank([1.0], ["both"], data.COLUMNS), data.spheres(0, -(-size // 18)).known
        return lambda: model.fitted(bank, rows, 1, size, 1e-3)
