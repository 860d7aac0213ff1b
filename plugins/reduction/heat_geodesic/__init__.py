"""Heat geodesics: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, Metrics, Table

if TYPE_CHECKING:
    from zoo.evidence.tasks.maps import Cloud

Time = Annotated[float, Field(ge=1, le=500)]
Harnack = Annotated[float, Field(ge=0, le=1.5)]
Neighbours = Annotated[int, Field(ge=2, le=50)]
Kind = Annotated[Literal["normalised", "combinatorial"], Rare()]


@dataclass(frozen=True)
class Measured:
    """How well heat measures lengths along a surface.

    Attributes:
        summary: how well far is far, beside Isomap.
        dye: a spot of dye that spreads over the cloud, and the ruler that it makes at each time.
        pairs: true against measured distances of pairs, by heat and by Isomap.
        metrics: rank correlations, and the share of pairs that no heat has reached.
    """

    summary: Annotated[str, Summary("Isomap")]
    dye: Figure
    pairs: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Drawn:
    """A map whose distances are those that heat measures.

    Attributes:
        summary: which neighbours it keeps, beside a map of Isomap's distances.
        map: every row as a point, from classical scaling to the end.
        metrics: neighbours kept, and the share of pairs that no heat has reached.
        places: where each row came to lie.
    """

    summary: Annotated[str, Summary("Isomap")]
    map: Figure
    metrics: Metrics
    places: Table


class HeatGeodesic(Method):
    """Measures how far apart points are along a surface, by how much heat gets from one to the other.

    Where data lie on a rolled-up sheet a straight line jumps between its layers, and one noisy point is a bridge that
    shortens every shortest path. Heat takes all ways at once: a single bridge carries little of it. How little heat
    has arrived after a time says how long the way is.
    """

    title = "Heat geodesic"
    family = "reduction"
    contract = 2
    paper = Paper(
        "A Heat Diffusion Perspective on Geodesic Preserving Dimensionality Reduction",
        (
            "Guillaume Huguet", "Alexander Tong", "Edward De Brouwer", "Yanlei Zhang", "Guy Wolf", "Ian Adelstein",
            "Smita Krishnaswamy",
        ),
        2023,
        "NeurIPS 2023; arXiv 2305.19043",
        "https://arxiv.org/abs/2305.19043",
    )  # fmt: skip

    @action(
        by="actions",
        title="Measure with heat",
        examples={
            "A noisy roll": {},
            "A roll with little noise": {"noise": 0.3},
            "Without Harnack's term": {"harnack": 0},
            "A noisy tree": {"cloud": "tree", "noise": 3, "neighbours": 15, "time": 10},
        },
    )
    def measure(
        self,
        cloud: Literal["rolled-up sheet", "tree"] = "rolled-up sheet",
        noise: Annotated[float, Field(ge=0, le=5)] = 0.8,
        time: Time = 100,
        harnack: Harnack = 1,
        neighbours: Neighbours = 5,
        points: Annotated[int, Field(ge=100, le=800), Rare()] = 500,
        laplacian: Kind = "normalised",
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Measured:
        """Drop dye on a cloud whose true distances are known, and read lengths off how it spreads.

        Args:
            cloud: what points are drawn from; true distances are those along it, without noise.
            noise: standard deviation of what is added to every coordinate; layers of the roll are 6.3 apart.
            time: for which heat spreads; too short and it does not get far, too long and it is everywhere.
            harnack: how much of the second term is taken off; 0 is Varadhan's formula.
            neighbours: that reach each other in the graph, of heat and of Isomap alike.
            points: how many.
            laplacian: whether points with many neighbours pass heat on no faster than others.
            seed: draws the points.
        """

    @action(
        by="actions",
        title="Draw a map",
        examples={
            "A rolled-up sheet": {"table": "roll.csv", "colour": "along the roll", "neighbours": 8},
            "400 handwritten digits": {"table": "digits.csv", "colour": "digit"},
        },
    )
    def draw(
        self,
        table: Table,
        colour: Annotated[str, ColumnOf("table")] = "",
        time: Time = 100,
        harnack: Harnack = 1,
        neighbours: Neighbours = 10,
        laplacian: Kind = "normalised",
        progress: Progress = Progress(),
    ) -> Drawn:
        """Draw the rows of a table as a map that keeps the distances of heat.

        Args:
            table: 10 to 3,000 rows, a column of numbers or more; columns of pixels become pictures beside the names.
            colour: the column that colours the points.
            time: for which heat spreads.
            harnack: how much of the second term is taken off; 0 is Varadhan's formula.
            neighbours: that reach each other in the graph; all others, where there are fewer.
            laplacian: whether points with many neighbours pass heat on no faster than others.
        """

    @contestant("maps", name="Heat geodesic")
    def mapped(self, given: Cloud, neighbours: float) -> Outcome:
        """Metric scaling of heat-geodesic distances at time 100 with Harnack's term, as the page has them."""
        from . import actions

        return Outcome(actions.mapped(given.rows, neighbours))

    @cost("Distances between all points", size="points", start=200)
    def measuring(self, size: int) -> Callable[[], object]:
        """Of a rolled-up sheet."""
        from zoo.evidence.tasks.maps import rolled

        from . import model

        rows = rolled(size, 0.5, 0).rows
        return lambda: model.distances(rows)
