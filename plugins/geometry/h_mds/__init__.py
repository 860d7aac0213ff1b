"""h-MDS: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import Figure, File, Metrics, Table, Text

if TYPE_CHECKING:
    from zoo.blocks.trees import Tree

Named = Literal[
    "dogs", "carnivores", "mammals", "files of a project", "three branches, five deep", "two branches, seven deep"
]  # fmt: skip


@dataclass(frozen=True)
class LaidOut:
    """A tree in the Poincaré disk.

    Attributes:
        summary: which neighbours it keeps, beside Euclidean MDS.
        disk: every node where it was put, with ever more bits, and a flat map of the same tree.
        digits: which neighbours and distances are kept with how many bits.
        metrics: neighbours and distances kept, the scale, and the size of a node.
        places: every node's coordinates with all their digits, in units of 2 to the minus bits.
    """

    summary: Annotated[str, Summary("Euclidean MDS")]
    disk: Figure
    digits: Figure
    metrics: Metrics
    places: Table


@dataclass(frozen=True)
class Recovered:
    """Points found from their distances alone.

    Attributes:
        summary: how far distances are off, beside Euclidean MDS.
        pairs: true against recovered distances.
        disk: the points that were found, seen from their middle, where they have two coordinates.
        metrics: errors of both.
    """

    summary: Annotated[str, Summary("Euclidean MDS")]
    pairs: Figure
    disk: Figure | None
    metrics: Metrics


class HMds(Method):
    """Lays any tree out in a disk at once, without training, as long as it may use enough digits.

    Room in the hyperbolic plane grows as fast as branches do. So a tree's centre goes to the middle of a disk, and the
    branches of every node fan out at equal angles as seen from there; no branch ever meets another. Near the rim, where
    the whole plane is squeezed into a line's width, only digits keep leaves apart. And where distances are given in
    place of a tree, a few eigenvectors find the points.
    """

    title = "h-MDS"
    family = "geometry"
    contract = 2
    paper = Paper(
        "Representation Tradeoffs for Hyperbolic Embeddings",
        ("Frederic Sala", "Christopher De Sa", "Albert Gu", "Christopher Ré"),
        2018,
        "ICML 2018, PMLR 80:4460-4469; arXiv 1804.03329",
        "https://arxiv.org/abs/1804.03329",
    )

    @action(
        by="actions",
        title="Lay a tree out",
        examples={
            "Files of a project, edges of 1.5": {"tree": "files of a project", "scale": 1.5, "bits": 20},
            "Two branches, seven deep": {"tree": "two branches, seven deep", "scale": 1.2, "bits": 30},
            "Dogs, as far apart as it takes": {"seen_from": "poodle"},
            "A tenth off at most: a double is too short": {
                "tree": "two branches, seven deep", "distortion": 0.1, "bits": 53, "seen_from": "0.1.1.1.1.1",
            },
            "A tree of your own": {
                "text": "toys\n  wheels\n    car\n    scooter\n    train\n  puzzles\n    cube\n    maze\n  balls\n"
                "    football\n    marble",
                "bits": 40,
            },
        },
    )  # fmt: skip
    def lay_out(
        self,
        tree: Named = "dogs",
        text: Text = "",
        file: File | None = None,
        bits: Annotated[int, Field(ge=2, le=2000)] = 100,
        distortion: Annotated[float, Field(ge=0.05, le=4)] = 1.0,
        seen_from: Annotated[str, Field(max_length=200)] = "",
        scale: Annotated[float, Field(ge=0, le=40), Rare()] = 0.0,
        growth: Annotated[float, Field(ge=1, le=2), Rare()] = 1.0,
        progress: Progress = Progress(),
    ) -> LaidOut:
        """Lay a tree out in the Poincaré disk, and turn its digits down until branches melt together.

        Args:
            tree: that comes along; not used if you send your own.
            text: a tree of your own: indented lines, Newick, JSON, or lines of child,parent.
            file: the same as a text file, 3 to 1,500 nodes.
            bits: of each coordinate behind the point; a double has 53.
            distortion: how much a distance may be off, at most: 1 is by a factor of 2, 0.1 by one of 1.1.
            seen_from: the node in the middle of the picture; the tree's centre if empty.
            scale: how long an edge is; what the distortion asks for if 0.
            growth: how much longer each edge is than the one above it.
        """

    @action(
        by="actions",
        title="Recover points from distances",
        examples={
            "A hundred points": {},
            "Far apart: doubles come to their end": {"radius": 16},
            "A tree in ten dimensions": {"what": "a tree", "tree": "files of a project", "dimensions": 10},
        },
    )
    def recover(
        self,
        what: Literal["points of the hyperbolic plane", "a tree"] = "points of the hyperbolic plane",
        radius: Annotated[float, Field(ge=0.5, le=24)] = 6.0,
        tree: Named = "dogs",
        text: Text = "",
        file: File | None = None,
        dimensions: Annotated[int, Field(ge=2, le=50)] = 2,
        scale: Annotated[float, Field(ge=0.05, le=5), Rare()] = 1.0,
        points: Annotated[int, Field(ge=10, le=300), Rare()] = 100,
        seed: Annotated[Seed, Rare()] = 0,
    ) -> Recovered:
        """Find points whose distances are given, by the eigenvectors of one table.

        Args:
            what: whose distances are given.
            radius: of the disc that points are drawn from; of a tree it does not count.
            tree: that comes along; not used if you send your own.
            text: a tree of your own: indented lines, Newick, JSON, or lines of child,parent.
            file: the same as a text file, at most 400 nodes.
            dimensions: how many coordinates a point may have.
            scale: what distances are multiplied by before; the larger, the more curved is the space.
            points: how many are drawn.
            seed: draws them.
        """

    @contestant("trees", name="Combinatorial layout")
    def laid(self, given: Tree, dimensions: float) -> Outcome:
        """In two dimensions whatever the dial; wanted distortion 2, and the bits that the farthest node needs."""
        from . import actions

        return Outcome(actions.laid(given))

    @contestant("trees", name="h-MDS")
    def recovered(self, given: Tree, dimensions: float) -> Outcome:
        """Of the tree's distances at scale 1, as doubles."""
        from . import actions

        return Outcome(actions.recovered(given, int(dimensions)))

    @cost("A layout", size="nodes", start=80)
    def laying_out(self, size: int) -> Callable[[], object]:
        """Of a tree in which every node has two branches; wanted distortion 2."""
        from zoo.blocks import trees

        from . import model

        parents = tuple(((node - 1) // 2,) if node else () for node in range(size))
        tree = trees.Tree(tuple(map(str, range(size))), parents)
        tau = model.scale_for(3, 1.0)
        return lambda: model.lay_out(tree, tau)
