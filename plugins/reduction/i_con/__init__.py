"""I-Con: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, Metrics, Table

if TYPE_CHECKING:
    from zoo.evidence.tasks.maps import Cloud

Row = Literal["Gaussian", "nearest", "two steps", "same class", "at random"]
Column = Literal["Gaussian", "Student, each point", "Student, all pairs", "cosines", "clusters", "classes"]
Doubt = Annotated[float, Field(ge=0, le=0.95)]
Neighbours = Annotated[int, Field(ge=1, le=100)]


@dataclass(frozen=True)
class Arranged:
    """Points as the loss of one cell arranges them.

    Attributes:
        summary: what it reaches beside the plain way: principal components of a map, k-means of groups.
        map: every row as a point, from the start to the end; groups stand around a ring, a sphere is laid flat.
        beside: the same rows by the plain way, and by the same cell without doubt.
        cells: the table of losses, this one framed; strong colours are the named loss, pale ones up to a constant.
        metrics: accuracy or neighbours kept, and the loss.
        places: where each row came to lie.
    """

    summary: Annotated[str, Summary("the plain way")]
    map: Figure
    beside: Figure
    cells: Figure
    metrics: Metrics
    places: Table


class ICon(Method):
    """Says many famous losses as one sentence with two blanks, and lets you fill both.

    Say who the neighbours of a point are; say how a map draws neighbours; make the two agree. SNE, t-SNE, InfoNCE,
    cross-entropy and contrastive clustering are cells of one table, and doubt about the neighbours may help.
    """

    title, family, contract = "I-Con", "reduction", 2
    paper = Paper(
        "I-Con: A Unifying Framework for Representation Learning",
        ("Shaden Alshammari", "John Hershey", "Axel Feldmann", "William T. Freeman", "Mark Hamilton"), 2025,
        "ICLR 2025; arXiv 2504.16929", "https://arxiv.org/abs/2504.16929",
    )  # fmt: skip

    @action(
        by="actions", title="Pick a cell", examples={
            "The cell of t-SNE": {},
            "Clusters with doubt": {"row": "two steps", "column": "clusters", "doubt": 0.4},
            "Supervised contrast": {"row": "same class", "column": "cosines"},
            "A loss without a name": {"row": "two steps", "column": "cosines", "doubt": 0.2},
        },
    )  # fmt: skip
    def table(
        self, row: Row = "Gaussian", column: Column = "Student, all pairs", doubt: Doubt = 0,
        neighbours: Neighbours = 10, data: Literal["handwritten digits", "wine"] = "handwritten digits",
        points: Annotated[int, Field(ge=100, le=1000)] = 400, seed: Seed = 0, progress: Progress = Progress(),
    ) -> Arranged:  # fmt: skip
        """Pick a row and a column of the table of losses, and watch the same points rearrange.

        Args:
            row: who is a neighbour; "same class" is told the classes, "at random" knows nothing of the points.
            column: how a map draws neighbours; "clusters" and "classes" sort instead, the latter told the classes.
            doubt: the share of every point's neighbours that is spread over everybody.
            neighbours: how many a point has; of "Gaussian" the perplexity; "same class" has all of the class.
            data: which points.
            points: how many; wine has 178.
            seed: draws the points and the start.
        """

    @action(
        by="actions", title="Arrange your table", examples={
            "400 handwritten digits": {"table": "digits.csv", "colour": "digit"},
            "Their clusters": {"table": "digits.csv", "colour": "digit", "column": "clusters", "doubt": 0.5},
        },
    )  # fmt: skip
    def own(
        self, table: Table, colour: Annotated[str, ColumnOf("table")] = "", row: Row = "nearest",
        column: Column = "Student, each point", doubt: Doubt = 0, neighbours: Neighbours = 10,
        groups: Annotated[int, Field(ge=0, le=30), Rare()] = 0, seed: Seed = 0, progress: Progress = Progress(),
    ) -> Arranged:  # fmt: skip
        """Arrange the rows of a table by the loss of any cell.

        Args:
            table: 10 to 1,000 rows; columns of pixels become pictures beside the names.
            colour: the column that colours the points; its words are the classes.
            row: who is a neighbour; "same class" needs a colour of words.
            column: how a map draws neighbours; "classes" needs a colour of words.
            doubt: the share of every row's neighbours that is spread over everybody.
            neighbours: how many a row has; of the row "Gaussian" the perplexity.
            groups: clusters; 0 for as many as there are classes, 8 without any.
            seed: draws the start.
        """

    @contestant("maps", name="I-Con, Gaussian x Student of each point")
    def mapped(self, given: Cloud, neighbours: float) -> Outcome:
        """The paper's cell of t-SNE, trained as on the page."""
        from . import model

        p = model.gaussian(given.rows, int(neighbours))
        return Outcome(model.fitted(given.rows, p, "Student, each point"))

    @cost("A map", size="points", start=50, most=4000)
    def mapping(self, size: int) -> Callable[[], object]:
        """Of points of three clouds in the paper's cell of t-SNE."""
        from sklearn.datasets import make_blobs

        from . import model

        rows, _ = make_blobs(size, 10, random_state=0)
        return lambda: model.fitted(rows, model.gaussian(rows, 10), "Student, each point")
