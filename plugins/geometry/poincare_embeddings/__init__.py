"""Poincaré embeddings: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import Figure, File, Metrics, Table, Text

if TYPE_CHECKING:
    from zoo.blocks.trees import Tree

Name = Literal[
    "dogs",
    "carnivores",
    "mammals",
    "files of a project",
    "three branches, five deep",
    "two branches, seven deep",
]
Epochs = Annotated[int, Field(ge=10, le=300)]
Dimensions = Literal[2, 5, 10]


@dataclass(frozen=True)
class Bloomed:
    """A tree in the disk and on a sheet.

    Attributes:
        summary: how well ancestors are the nearest in the disk, beside the Euclidean twin.
        disk: the tree, from a dot to its place; drag it, double tap a node, find a word.
        training: what descent makes smaller, epoch by epoch.
        metrics: mean ranks and precision of ancestors, and how many nodes lie at the rim.
        places: where each node came to lie.
    """

    summary: Annotated[str, Summary("Euclidean twin")]
    disk: Figure
    training: Figure
    metrics: Metrics
    places: Table


@dataclass(frozen=True)
class Near:
    """Who is near a word.

    Attributes:
        summary: where the word's ancestors stand among all others, beside the Euclidean twin.
        ancestors: the place of each ancestor among all that are no ancestors of the word.
        metrics: mean ranks and precision, of the word and of the whole tree.
        nearest: the ten nearest nodes in either space, ancestors marked.
    """

    summary: Annotated[str, Summary("Euclidean twin")]
    ancestors: Figure
    metrics: Metrics
    nearest: Table


class PoincareEmbeddings(Method):
    """Lets a family tree unfold in a disk that has more room the farther out one goes, as a tree has more twigs.

    A sheet of paper has no room for a tree: each generation has more nodes than the last, and they crowd. In the
    hyperbolic disk the room grows like the generations do. Every node is pulled towards its ancestors and pushed off
    a few random others, in a descent that takes ever smaller steps towards the rim, where all is far apart.
    """

    title = "Poincaré embeddings"
    family = "geometry"
    contract = 2
    paper = Paper(
        "Poincaré Embeddings for Learning Hierarchical Representations",
        ("Maximilian Nickel", "Douwe Kiela"),
        2017,
        "NIPS 2017",
        "https://arxiv.org/abs/1705.08039",
    )

    @action(
        by="actions",
        title="Watch it bloom",
        examples={
            "All dogs of WordNet": {"tree": "dogs"},
            "Files of a project": {"tree": "files of a project"},
            "Five generations of three": {"tree": "three branches, five deep", "epochs": 60},
            "A family, pasted": {
                "text": "Ada\n  Bea\n    Carl\n    Dora\n      Emil\n      Flora\n  Gustav\n    Hanna\n      Ida\n"
                "      Jakob\n        Klara\n        Leo\n    Max\n    Nora\n  Otto\n    Paula\n      Rosa"
            },
        },
    )
    def bloom(
        self,
        tree: Name = "dogs",
        text: Text = "",
        file: File | None = None,
        epochs: Epochs = 100,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Bloomed:
        """Embed a tree in the disk and, with the same loss, on a sheet.

        Args:
            tree: one that comes along; words are WordNet's.
            text: your own instead: indented lines, Newick, JSON, or lines of child,parent; at most 1,500 nodes.
            file: the same as a text file.
            epochs: how often all pairs of a node and an ancestor are seen.
            seed: draws the start and the random others.
        """

    @action(
        by="actions",
        title="Who is near?",
        examples={
            "A hound in five dimensions": {"word": "walker hound"},
            "In two": {"word": "walker hound", "dimensions": 2},
            "A cat among carnivores": {"word": "cat", "tree": "carnivores", "epochs": 60},
        },
    )
    def near(
        self,
        word: Annotated[str, Field(max_length=200)] = "poodle",
        tree: Name = "dogs",
        text: Text = "",
        file: File | None = None,
        dimensions: Dimensions = 5,
        epochs: Epochs = 100,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Near:
        """Embed a tree, and list who is near a word and where its ancestors stand.

        Args:
            word: a node of the tree.
            tree: one that comes along; words are WordNet's.
            text: your own instead, as above.
            file: the same as a text file.
            dimensions: of either space.
            epochs: how often all pairs of a node and an ancestor are seen.
            seed: draws the start and the random others.
        """

    @contestant("trees", name="Poincaré embeddings")
    def ball(self, given: Tree, dimensions: float) -> Outcome:
        """The ball after 100 epochs, the best of five rates by precision over ancestors."""
        from . import actions

        return Outcome(actions.laid(given, "poincare", int(dimensions)))

    @contestant("trees", name="Poincaré embeddings, neighbours alone")
    def neighbours(self, given: Tree, dimensions: float) -> Outcome:
        """Parents and children are the pairs, not all ancestors."""
        from . import actions

        return Outcome(actions.laid(given, "poincare", int(dimensions), linked=True))

    @contestant("trees", name="Euclidean twin")
    def sheet(self, given: Tree, dimensions: float) -> Outcome:
        """The same loss with Euclidean distance, likewise."""
        from . import actions

        return Outcome(actions.laid(given, "distance", int(dimensions)))

    @cost("One epoch of dogs, again and again", size="epochs", start=5)
    def epochs(self, size: int) -> Callable[[], object]:
        """In two dimensions, at a single rate."""
        from zoo.blocks import trees

        from . import model

        tree = trees.built_in("dogs")
        return lambda: list(model.train(tree, model.Setting(epochs=size), (0.2,), (0,)))
