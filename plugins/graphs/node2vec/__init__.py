"""Node2vec: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import Figure, Graph, Metrics, Table

if TYPE_CHECKING:
    from zoo.evidence.tasks.few_labels import Split

Bias = Annotated[float, Field(ge=0.05, le=20)]


@dataclass(frozen=True)
class Walked:
    """Where a walker went.

    Attributes:
        summary: how often it stayed near, beside a walk that does not remember.
        picture: the graph with the footprints of both walkers, step by step; click a node to start there next.
        steps: shares of steps back, near and outward.
        metrics: shares of all walks from there, and how many different nodes a walk comes to.
    """

    summary: Annotated[str, Summary("DeepWalk")]
    picture: Figure
    steps: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Mapped:
    """Vectors of all nodes.

    Attributes:
        summary: how much p and q changed who is near whom, beyond what another seed changes.
        picture: the graph by springs, as the map of node2vec and as that of DeepWalk, coloured by communities.
        meter: neighbours that change from seed to seed, and from DeepWalk to node2vec.
        metrics: the same as numbers, and whether the communities lie together.
        vectors: of all nodes.
    """

    summary: Annotated[str, Summary("DeepWalk")]
    picture: Figure
    meter: Figure
    metrics: Metrics
    vectors: Table


class Node2vec(Method):
    """Draws a social map from who bumps into whom on walks that may be homebodies or explorers.

    Walkers wander along the edges of a graph. One dial says how readily they turn back, another whether they stay
    around where they came from or strike out. Nodes that walkers meet soon after one another get vectors that are
    alike.
    """

    title = "node2vec"
    family = "graphs"
    contract = 2
    paper = Paper(
        "node2vec: Scalable Feature Learning for Networks",
        ("Aditya Grover", "Jure Leskovec"),
        2016,
        "KDD 2016",
        "https://arxiv.org/abs/1607.00653",
    )

    @action(
        by="actions",
        title="Watch a walker",
        examples={
            "An explorer in Les Misérables": {
                "graph": "les-miserables.json", "start": "Valjean", "p": 4, "q": 0.25
            },
            "A homebody": {"graph": "les-miserables.json", "start": "Valjean", "p": 1, "q": 4},
            "A ring of villages": {"graph": "villages.json", "start": "village 1, house 3", "p": 4, "q": 0.25},
        },
    )  # fmt: skip
    def walk(
        self,
        graph: Graph,
        start: str = "",
        p: Bias = 1,
        q: Bias = 1,
        length: Annotated[int, Field(ge=2, le=400)] = 80,
        seed: Annotated[Seed, Rare()] = 0,
    ) -> Walked:
        """Send a walker out and follow its footprints, beside one that does not remember where it came from.

        Args:
            graph: whose edges are walked along, by their weights if there are some.
            start: name of the node to start from; the one of most edges if empty.
            p: the larger, the less readily it turns back.
            q: below 1 it strikes out, above 1 it stays around where it came from.
            length: nodes of the walk.
            seed: draws the walks.
        """

    @action(
        by="actions",
        title="Draw the map",
        examples={
            "Les Misérables, striking out": {"graph": "les-miserables.json", "p": 1, "q": 0.5},
            "Les Misérables, staying near": {"graph": "les-miserables.json", "p": 1, "q": 2},
            "A karate club": {"graph": "karate.json", "p": 0.25, "q": 4, "axes": 16},
            "A ring of villages": {"graph": "villages.json", "p": 1, "q": 0.25},
        },
    )
    def map(
        self,
        graph: Graph,
        p: Bias = 1,
        q: Bias = 0.5,
        axes: Annotated[int, Field(ge=2, le=128)] = 32,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Mapped:
        """Give every node a vector, draw the map, and see how much of it p and q have changed.

        Args:
            graph: 4 to 2,000 nodes.
            p: the larger, the less readily walkers turn back.
            q: below 1 walkers strike out, above 1 they stay around where they came from.
            axes: of a vector.
            seed: draws walks and the start of descent.
        """

    @contestant("few-labels", name="node2vec, p = 1, q = 0.5")
    def labelled(self, given: Split, labels: float) -> Outcome:
        """Logistic regression on 32 axes; the features are not looked at."""
        from . import actions

        return Outcome(actions.labelled(given, labels))

    @contestant("few-labels", name="DeepWalk: p = 1, q = 1")
    def forgetful(self, given: Split, labels: float) -> Outcome:
        """The same by walkers that remember nothing."""
        from . import actions

        return Outcome(actions.labelled(given, labels, q=1.0))

    @cost("Ten walks of 80 nodes from each node", size="nodes", start=250)
    def walking(self, size: int) -> Callable[[], object]:
        """Along a ring whose nodes know the five nearest on either side."""
        from . import actions

        return actions.walking(size)
