"""Linear dimension reduction of a visitor's table: see `LinearMda`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, File, Metrics, Table

if TYPE_CHECKING:
    import numpy as np

Axis = Annotated[int, Field(ge=1, le=20)]
Column = Annotated[str, ColumnOf("table")]
Columns = Annotated[tuple[str, ...], ColumnOf("table")]


@dataclass(frozen=True)
class Components:
    """Items and variables of one table of measurements.

    Attributes:
        biplot: items as points and variables as arrows on the two axes; hover for names.
        reading: what the two axes say, in words.
        scree: share of the inertia along each axis.
        circle: correlation of each variable with the two axes; an arrow that reaches the circle is
            shown in full.
        metrics: sizes and shares.
        variables: coordinates, contributions and squared cosines of the variables.
        items: the same for the items that the axes show most, at most 200.
        coordinates: all of it, for every item and axis.
    """

    biplot: Figure
    reading: Annotated[str, Summary()]
    scree: Figure
    circle: Figure
    metrics: Metrics
    variables: Table
    items: Table
    coordinates: File


@dataclass(frozen=True)
class Correspondence:
    """Rows and columns of a contingency table on one map.

    Attributes:
        map: rows and columns; what is near the origin is like the average.
        reading: what the two axes say, in words.
        scree: share of the inertia along each axis.
        metrics: chi-square and shares.
        columns: coordinates, contributions and squared cosines of the columns.
        rows: the same for the rows, at most 200.
        coordinates: all of it, for every row, column and axis.
    """

    map: Figure
    reading: Annotated[str, Summary()]
    scree: Figure
    metrics: Metrics
    columns: Table
    rows: Table
    coordinates: File


@dataclass(frozen=True)
class Categories:
    """Answers and those who gave them on one map.

    Attributes:
        map: answers as named marks among the items.
        reading: what the two axes say, in words.
        questions: how much of each axis a question explains, from 0 to 1.
        scree: share of the inertia along each axis, adjusted for what a question says of itself.
        metrics: sizes and shares.
        answers: coordinates, contributions and squared cosines of the answers.
        items: the same for the items that the axes show most, at most 200.
        coordinates: all of it, for every item, answer and axis.
    """

    map: Figure
    reading: Annotated[str, Summary()]
    questions: Figure
    scree: Figure
    metrics: Metrics
    answers: Table
    items: Table
    coordinates: File


@dataclass(frozen=True)
class Paired:
    """What two tables about the same items share.

    Attributes:
        map: the items; for canonical correlation, the first pair of variates against each other.
        reading: what was found, in words.
        scree: canonical correlations, or the share of the inertia along each axis.
        circle: correlation of the variables of both tables with the two axes.
        metrics: sizes, shares and correlations.
        variables: correlations of every variable with the axes.
        coordinates: the items on every axis.
    """

    map: Figure
    reading: Annotated[str, Summary()]
    scree: Figure
    circle: Figure
    metrics: Metrics
    variables: Table
    coordinates: File


@dataclass(frozen=True)
class Mapped:
    """Points on a map whose distances are close to the given ones.

    Attributes:
        map: the items.
        reading: how faithful the map is, in words.
        shepard: distance on the map against the given one, for each pair.
        scree: eigenvalues as shares; negative ones belong to no Euclidean space.
        metrics: sizes and faithfulness.
        coordinates: the items on every axis.
    """

    map: Figure
    reading: Annotated[str, Summary()]
    shepard: Figure
    scree: Figure
    metrics: Metrics
    coordinates: File


class LinearMda(Method):
    """Draws the map of any table: principal components, correspondence, paired tables and distances.

    Seven classical analyses differ only in what they do to a table before one and the same singular
    value decomposition. Send measurements, a contingency table, categorical answers, two tables
    about the same items, or distances, and read the map that fits.

    The decomposition is exact, or randomised where that is faster.
    """

    title = "Linear maps of tables"
    family = "reduction"
    paper = Paper(
        title="Linear Dimensionality Reduction",
        authors=("Alain Franc",),
        year=2022,
        venue="arXiv 2209.13597",
        url="https://arxiv.org/abs/2209.13597",
    )

    @action(
        title="Map measurements",
        examples={
            "Penguins of three species": {"table": "penguins.csv"},
            "Wines of three cultivars": {"table": "wine.csv"},
            "Crime and schooling in the states": {
                "table": "states_2009.csv",
                "columns": ["violent", "murder", "hs_grad", "poverty", "single", "urban"],
            },
            "Penguins, their diet counted twice": {
                "table": "penguin_diet.csv",
                "scaling": "standard",
                "column_weights": "delta_15_n=2, delta_13_c=2",
            },
        },
    )
    def components(
        self,
        table: Table,
        scaling: Literal["standard", "centre", "bicentre", "none"] = "standard",
        columns: Columns = (),
        colour: Column = "",
        row_weights: Annotated[str, ColumnOf("table"), Rare()] = "",
        column_weights: Annotated[str, Field(max_length=500), Rare()] = "",
        missing: Literal["fill with the mean", "drop the row", "refuse"] = "fill with the mean",
        horizontal: Axis = 1,
        vertical: Axis = 2,
        solver: Literal["auto", "exact", "randomised"] = "auto",
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Components:
        """Principal components of a table of measurements, with weights on rows and columns.

        Number columns are analysed; a column of distinct words names the items, one of a few repeated
        words colours them.

        Args:
            table: one row for each item, one column for each measurement.
            scaling: standard gives every column the same variance; centre keeps the units; bicentre also
                takes off the mean of each row; none leaves the table as it is.
            columns: the columns to analyse; none for all of numbers, without one that numbers the rows.
            colour: a column that colours the items and is not analysed; empty to choose one.
            row_weights: a column of positive weights of the items; empty for equal weights.
            column_weights: weights of the variables, such as alcohol=2, hue=0.5; empty for equal weights.
            missing: what becomes of empty cells; the result says how many there were.
            horizontal: axis drawn from left to right.
            vertical: axis drawn from bottom to top.
            solver: exact is correct to rounding; randomised is faster on large tables; auto takes the
                cheaper of the two.
            seed: of the randomised solver.
        """
        from . import actions

        return actions.components(
            table.frame,
            scaling=scaling,
            columns=columns,
            colour=colour,
            row_weights=row_weights,
            column_weights=column_weights,
            missing=missing,
            axes=(horizontal, vertical),
            solver=solver,
            seed=seed,
            progress=progress,
        )

    @action(
        title="Map a contingency table",
        examples={
            "Hair and eyes": {"table": "hair_eyes.csv"},
            "Parties in the German states": {"table": "bundestag_2005.csv"},
        },
    )
    def correspondence(
        self,
        table: Table,
        layout: Literal["symmetric", "rows among columns", "columns among rows"] = "symmetric",
        horizontal: Axis = 1,
        vertical: Axis = 2,
        progress: Progress = Progress(),
    ) -> Correspondence:
        """Correspondence analysis: which rows of a table of counts go with which columns.

        Args:
            table: counts, 0 or more; a first column of words names the rows.
            layout: symmetric spreads rows and columns alike; otherwise each row is the average of the
                columns it chose, or each column that of its rows.
            horizontal: axis drawn from left to right.
            vertical: axis drawn from bottom to top.
        """
        from . import actions

        return actions.correspondence(table.frame, layout, (horizontal, vertical), progress)

    @action(
        title="Map answers",
        examples={
            "Animals by their traits": {"table": "zoo_animals.csv", "colour": "kind"},
            "Penguins in quarters": {"table": "penguins.csv", "colour": "species"},
        },
    )
    def multiple_correspondence(
        self,
        table: Table,
        columns: Columns = (),
        colour: Column = "",
        horizontal: Axis = 1,
        vertical: Axis = 2,
        progress: Progress = Progress(),
    ) -> Categories:
        """Multiple correspondence analysis: which answers go together, and who gave them.

        Empty cells are an answer of their own; columns of many numbers are cut into quarters.

        Args:
            table: one row for each item, one column for each question.
            columns: the questions; none for all.
            colour: a column that colours the items and is not analysed; empty for none.
            horizontal: axis drawn from left to right.
            vertical: axis drawn from bottom to top.
        """
        from . import actions

        return actions.multiple_correspondence(table.frame, columns, colour, (horizontal, vertical), progress)

    @action(
        title="Compare two tables",
        examples={
            "A penguin's build and its diet": {
                "table": "penguin_diet.csv",
                "second": ["delta_15_n", "delta_13_c"],
            },
            "Crime and the rest": {"table": "states_2009.csv", "second": ["violent", "murder"]},
            "What species and sex explain": {
                "table": "penguins.csv",
                "second": ["species", "sex"],
                "analysis": "instrumental variables",
            },
        },
    )
    def paired_tables(
        self,
        table: Table,
        second: Columns = (),
        other: Table | None = None,
        of_other: Annotated[tuple[str, ...], ColumnOf("other"), Rare()] = (),
        analysis: Literal["canonical correlation", "instrumental variables"] = "canonical correlation",
        colour: Column = "",
        horizontal: Axis = 1,
        vertical: Axis = 2,
        progress: Progress = Progress(),
    ) -> Paired:
        """What two tables about the same items have in common.

        Canonical correlation finds the pairs of directions that agree most. Instrumental variables
        give the principal components of what the second table explains of the first.

        Args:
            table: one row for each item; both tables side by side, or the first of them.
            second: the columns that make the second table, unless it is a file of its own.
            other: the second table in a file of its own, its rows in the same order or named alike.
            of_other: its columns to use; none for all of numbers.
            analysis: what to look for; columns of words can be instrumental variables too.
            colour: a column that colours the items and is not analysed; empty to choose one.
            horizontal: axis drawn from left to right.
            vertical: axis drawn from bottom to top.
        """
        from . import actions

        return actions.paired_tables(
            table.frame,
            second,
            other.frame if other else None,
            of_other,
            analysis,
            colour,
            (horizontal, vertical),
            progress,
        )

    @action(
        title="Map distances",
        examples={"Europe from its road distances": {"table": "european_roads.csv"}},
    )
    def map_distances(
        self,
        table: Table,
        horizontal: Axis = 1,
        vertical: Axis = 2,
        flip_horizontal: bool = False,
        flip_vertical: bool = False,
        progress: Progress = Progress(),
    ) -> Mapped:
        """Classical multidimensional scaling: the map that a table of distances came from.

        Args:
            table: a square table of distances, at most 2,000 items; one triangle is enough, and a first
                column may name them.
            horizontal: axis drawn from left to right.
            vertical: axis drawn from bottom to top.
            flip_horizontal: mirror the map from left to right; distances do not tell left from right.
            flip_vertical: mirror the map from top to bottom.
        """
        from . import actions

        return actions.map_distances(
            table.frame, (horizontal, vertical), (flip_horizontal, flip_vertical), progress
        )

    @contestant("dimension-reduction", "PCA (linear-mda)")
    def leading_components(self, table: np.ndarray, axes: float) -> Outcome:
        """Rows of a table (rows, columns) on its first principal axes."""
        from . import model

        return Outcome(model.pca(table, int(axes)).rows)

    @contestant("dimension-reduction", "Classical scaling of city-block distances (linear-mda)")
    def scaled_distances(self, table: np.ndarray, axes: float) -> Outcome:
        """Rows placed so that their Euclidean distances come close to the city-block distances in the table."""
        from scipy.spatial.distance import pdist, squareform

        from . import model

        return Outcome(model.mds(squareform(pdist(table, "cityblock")), int(axes)).points)

    @cost("Ten principal components of a table with 100 columns, exact", size="rows", start=4000, most=2**22)
    def exact_components(self, size: int) -> Callable[[], object]:
        """Of standard normal numbers."""
        import numpy as np

        from . import model

        table = np.random.default_rng(0).standard_normal((size, 100))
        return lambda: model.pca(table, 10, solver="exact")

    @cost(
        "Ten principal components of a table with 100 columns, randomised",
        size="rows",
        start=4000,
        most=2**22,
    )
    def random_components(self, size: int) -> Callable[[], object]:
        """Of the same numbers."""
        import numpy as np

        from . import model

        table = np.random.default_rng(0).standard_normal((size, 100))
        return lambda: model.pca(table, 10, solver="randomised")

    @cost("A map of all distances between items", size="items", start=100)
    def distance_map(self, size: int) -> Callable[[], object]:
        """Classical scaling of the distances between random points in five dimensions."""
        import numpy as np
        from scipy.spatial.distance import pdist, squareform

        from . import model

        distances = squareform(pdist(np.random.default_rng(0).standard_normal((size, 5))))
        return lambda: model.mds(distances, 2)
