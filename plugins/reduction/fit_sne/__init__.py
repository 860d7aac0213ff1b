"""FIt-SNE: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, Images, Metrics, Table

if TYPE_CHECKING:
    from zoo.evidence.tasks.maps import Cloud

Perplexity = Annotated[float, Field(ge=2, le=100)]
Late = Annotated[float, Field(ge=1, le=8)]
Steps = Annotated[int, Field(ge=50, le=1000)]
Nodes = Annotated[int, Field(ge=1, le=7)]


@dataclass(frozen=True)
class Drawn:
    """A map whose points pushed one another apart by a grid.

    Attributes:
        summary: which neighbours it keeps, beside principal components.
        map: every row as a point, from the start to the end.
        grid: the hidden grid at the end, how crowded each of its boxes is, and the points on it.
        metrics: neighbours kept, divergence, and how far the grid is from all pairs.
        places: where each row came to lie.
    """

    summary: Annotated[str, Summary("principal components")]
    map: Figure
    grid: Figure
    metrics: Metrics
    places: Table


@dataclass(frozen=True)
class Pushed:
    """One push of everybody by everybody, summed in several ways.

    Attributes:
        summary: how far the grid is from all pairs, beside a random choice of points.
        grid: the grid, how crowded each of its boxes is, and some pushes as all pairs and as the grid give them.
        errors: how far each way to sum is from all pairs, against what it computes.
        metrics: errors and work of each way.
    """

    summary: Annotated[str, Summary("random choice")]
    grid: Figure
    errors: Figure
    metrics: Metrics


class FitSne(Method):
    """Draws a map in which everybody pushes everybody, by letting a coarse grid do the pushing.

    t-SNE draws rows that are alike next to one another and pushes all others apart. The pushing is most of the work:
    every point pushes every other. FIt-SNE lays all points on a grid as charges, lets the grid push itself with a few
    Fourier transforms, and reads off at each point what it feels.
    """

    title = "FIt-SNE"
    family = "reduction"
    contract = 2
    paper = Paper(
        "Efficient Algorithms for t-distributed Stochastic Neighborhood Embedding",
        ("George C. Linderman", "Manas Rachh", "Jeremy G. Hoskins", "Stefan Steinerberger", "Yuval Kluger"),
        2017,
        "arXiv 1712.09005; Nature Methods 2019",
        "https://arxiv.org/abs/1712.09005",
    )

    @action(
        by="actions",
        title="Draw a map",
        examples={
            "400 handwritten digits": {"table": "digits.csv", "colour": "digit", "steps": 300},
            "The same, late exaggeration": {
                "table": "digits.csv",
                "colour": "digit",
                "late_exaggeration": 4,
                "steps": 300,
            },
            "A rolled-up sheet": {"table": "roll.csv", "colour": "along the roll", "steps": 300},
        },
    )
    def draw(
        self,
        table: Table,
        colour: Annotated[str, ColumnOf("table")] = "",
        perplexity: Perplexity = 30,
        late_exaggeration: Late = 1,
        steps: Steps = 500,
        nodes: Annotated[Nodes, Rare()] = 3,
        progress: Progress = Progress(),
    ) -> Drawn:
        """Draw the rows of a table as a map, and watch it unfold.

        Args:
            table: 10 to 3,000 rows, a column of numbers or more; columns of pixels become pictures beside the names.
            colour: the column that colours the points.
            perplexity: about how many neighbours a point holds on to; at most a third of the rows count.
            late_exaggeration: how much stronger neighbours attract after the early phase; clusters shrink.
            steps: of descent.
            nodes: of interpolation in each box of the grid, along a side.
        """

    @action(
        by="actions",
        title="Map your pictures",
        examples={"Emoji": {"pictures": "emoji.zip"}},
    )
    def pictures(
        self,
        pictures: Images,
        perplexity: Perplexity = 10,
        late_exaggeration: Late = 1,
        steps: Steps = 300,
        nodes: Annotated[Nodes, Rare()] = 3,
        progress: Progress = Progress(),
    ) -> Drawn:
        """Lay pictures out so that those with alike colours in alike places are neighbours.

        Args:
            pictures: 10 pictures or more; each is compared at 16 x 16 pixels.
            perplexity: about how many neighbours a picture holds on to; at most a third of the pictures count.
            late_exaggeration: how much stronger neighbours attract after the early phase.
            steps: of descent.
            nodes: of interpolation in each box of the grid, along a side.
        """

    @action(
        by="actions",
        title="One push, three ways",
        examples={
            "Two thousand points": {},
            "A single node in each box": {"nodes": 1},
            "Five nodes": {"nodes": 5},
        },
    )
    def push(
        self,
        points: Annotated[int, Field(ge=100, le=5000)] = 2000,
        nodes: Nodes = 3,
        boxes: Annotated[int, Field(ge=10, le=100)] = 50,
        shape: Literal["disc", "islands", "ring"] = "islands",
        seed: Annotated[Seed, Rare()] = 0,
    ) -> Pushed:
        """Let all points push one another once: by all pairs, by the grid, and by a random choice of points.

        Args:
            points: how many.
            nodes: of interpolation in each box of the grid, along a side.
            boxes: along a side of the grid.
            shape: how the points lie.
            seed: draws them.
        """

    @contestant("maps", name="FIt-SNE")
    def mapped(self, given: Cloud, neighbours: float) -> Outcome:
        """The map after 750 steps, at this perplexity or a third of the rows."""
        from . import actions

        return Outcome(actions.mapped(given.rows, neighbours))

    @cost("One push by the grid", size="points", start=1000)
    def pushing(self, size: int) -> Callable[[], object]:
        """Of points on a disc whose width grows as that of maps does."""
        from . import data, model

        places, sums = data.disc(size, 0), model.by_grid()
        return lambda: sums(places)
