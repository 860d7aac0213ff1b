"""Hyperbolic diffusion: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, File, Metrics, Table, Text

if TYPE_CHECKING:
    from zoo.blocks.trees import Tree

Floors = Annotated[int, Field(ge=1, le=12)]


@dataclass(frozen=True)
class Recovered:
    """A hidden tree, found again.

    Attributes:
        summary: how well far is far, beside plain diffusion distance at the best of four times.
        family: the true tree, ours as floors are added, and the rival's.
        floors: all points in the half-space, a floor for each time, and where a walk from one of them is.
        pairs: true distances against ours and the rival's.
        metrics: of all rulers.
        newick: the tree that was found, as Newick.
    """

    summary: Annotated[str, Summary("diffusion distance")]
    family: Figure
    floors: Figure
    pairs: Figure
    metrics: Metrics
    newick: File


@dataclass(frozen=True)
class Grown:
    """A tree of a table's rows.

    Attributes:
        summary: which rows are near, beside the angles that it began from.
        family: the tree as floors are added, and that of angles alone.
        floors: all rows in the half-space.
        metrics: what changed.
        newick: the tree, as Newick.
    """

    summary: Annotated[str, Summary("angles alone")]
    family: Figure
    floors: Figure
    metrics: Metrics
    newick: File


class HyperbolicDiffusion(Method):
    """Looks at one crowd through several blurs, and finds the family tree behind it, without any training.

    A walk starts from every point and is stopped at once, a little later, and later still. Its blur covers a point's
    twins first and whole branches in the end. Each blur is a floor of a hyperbolic half-space, and how far apart two
    points are is summed over all floors.
    """

    title = "Hyperbolic diffusion"
    family = "geometry"
    contract = 2
    paper = Paper(
        "Hyperbolic Diffusion Embedding and Distance for Hierarchical Representation Learning",
        ("Ya-Wei Eileen Lin", "Ronald R. Coifman", "Gal Mishne", "Ronen Talmon"),
        2023,
        "ICML 2023, PMLR 202:21003-21025; arXiv 2305.18962",
        "https://arxiv.org/abs/2305.18962",
    )

    @action(
        by="actions",
        title="Recover a hidden tree",
        examples={
            "Dogs, of whose tree some edges are wrong": {},
            "Species, by letters that mutate": {"seen": "mutating letters", "tree": "species that split"},
            "Species, by noisy measurements": {"seen": "drifting measurements", "tree": "species that split"},
            "A tree of your own": {
                "text": "((human,chimp),gorilla,((cat,lion),(dog,wolf)),((hen,duck),owl));", "wrong": 1, "who": "cat",
            },
        },
    )  # fmt: skip
    def recover(
        self,
        seen: Literal["its edges", "drifting measurements", "mutating letters"] = "its edges",
        tree: Literal[
            "species that split", "dogs", "files of a project", "three branches, five deep"
        ] = "dogs",
        leaves: Annotated[int, Field(ge=5, le=150)] = 60,
        text: Text = "",
        file: File | None = None,
        wrong: Annotated[int, Field(ge=0, le=100)] = 10,
        noise: Annotated[float, Field(ge=0, le=8)] = 2,
        scales: Floors = 5,
        who: Annotated[str, Field(max_length=200)] = "",
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Recovered:
        """Hide a tree behind wrong edges or noisy measurements of its leaves, and find it again.

        Args:
            seen: what is known of the tree: edges between all nodes, or 50 numbers or letters of each leaf.
            tree: that is hidden, unless you send your own.
            leaves: of species that split.
            text: a tree of your own: indented lines, Newick, JSON, or lines of child,parent; at most 400 nodes.
            file: the same as a text file.
            wrong: edges between any two nodes that are added to the tree's.
            noise: of measurements, which change by 1 an edge, its standard deviation; of letters, of how many in ten
                an edge draws another.
            scales: floors, each half the time of the one before.
            who: whose neighbourhood glows; somebody in the middle if empty.
            seed: draws species, measurements and wrong edges.
        """

    @action(
        by="actions",
        title="Grow a table's tree",
        examples={
            "Forty-five animals": {"table": "animals.csv", "colour": "class"},
            "Nine floors, a narrow kernel": {"table": "animals.csv", "colour": "class", "scales": 9, "sigma": 0.2},
        },
    )  # fmt: skip
    def grow(
        self,
        table: Table,
        colour: Annotated[str, ColumnOf("table")] = "",
        scales: Floors = 4,
        sigma: Annotated[float, Field(ge=0.05, le=20), Rare()] = 1.0,
        progress: Progress = Progress(),
    ) -> Grown:
        """Grow a family tree of a table's rows.

        Args:
            table: 10 to 400 rows, a column of numbers or more.
            colour: the column that colours the leaves; words say which rows belong together.
            scales: floors, each half the time of the one before.
            sigma: of the kernel, in medians of the rows' angles.
        """

    @contestant("trees", name="Hyperbolic diffusion")
    def walked(self, given: Tree, dimensions: float) -> Outcome:
        """Three floors, whatever the dial; a node takes a number for every node on each."""
        from zoo.evidence.tasks.trees import Laid

        from . import model

        walk = model.Walk.of_graph((given.distances == 1).astype(float))
        return Outcome(Laid(model.distances(walk, 3), 64.0 * 3 * len(given)))

    @cost("Distances of a noisy table", size="points", start=100)
    def measuring(self, size: int) -> Callable[[], object]:
        """Five floors, from distances on."""
        import numpy as np

        from . import model

        far = np.random.default_rng(0).random((size, size))
        return lambda: model.distances(model.Walk.of_rows(far + far.T, 1.0), 5)
