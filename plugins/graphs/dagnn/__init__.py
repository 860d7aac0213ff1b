"""DAGNN: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import Figure, Graph, Metrics, Table

if TYPE_CHECKING:
    from zoo.evidence.tasks.few_labels import Split

Hops = Annotated[int, Field(ge=2, le=32)]
Shown = Annotated[int, Field(ge=1, le=50)]


@dataclass(frozen=True)
class Blurred:
    """What both networks answer, the deeper they are.

    Attributes:
        summary: how many hidden nodes are named rightly at the greatest depth, beside a stacked GCN.
        nodes: colours are mixed as sure as a network is; crosses are wrong, rings are nodes whose class was shown.
        depth: the share of hidden nodes that is right, against depth; of a GCN's fall a part is vanishing gradients.
        metrics: the same at the greatest and at the best depth.
        answers: of both networks at the greatest depth.
    """

    summary: Annotated[str, Summary("stacked GCN")]
    nodes: Figure
    depth: Figure
    metrics: Metrics
    answers: Table


@dataclass(frozen=True)
class Heard:
    """How far a node listens.

    Attributes:
        summary: how far away is what it owes its answer to, and whether gates pay, beside a mean over hops.
        gates: the node's gates, and what each hop adds to its answer; dots are the mean of nodes that answer alike.
        answer: how sure the node is of each class.
        graph: nodes by how far away is what they owe their answer to, light is far; click one to see it next.
        metrics: the same as numbers, how much gates differ, and what is right with gates and with a mean over hops.
        nodes: reach, answer and gates of each.
    """

    summary: Annotated[str, Summary("a mean over hops")]
    gates: Figure
    answer: Figure
    graph: Figure
    metrics: Metrics
    nodes: Table


class Dagnn(Method):
    """Lets every node of a graph choose how far it listens, so that listening far does not blur all nodes into one.

    A graph network that is stacked deep mixes each node with its neighbours again and again until all are alike. Here
    each node first makes up its mind alone; its opinion then travels many hops without being changed on the way, and a
    gate says how much a node takes from every hop.
    """

    title = "DAGNN"
    family = "graphs"
    contract = 2
    paper = Paper(
        "Towards Deeper Graph Neural Networks",
        ("Meng Liu", "Hongyang Gao", "Shuiwang Ji"),
        2020,
        "KDD 2020",
        "https://arxiv.org/abs/2007.09296",
    )

    @action(
        by="actions",
        title="Watch it blur",
        examples={
            "Les Misérables, two names of each circle": {"graph": "les-miserables.json"},
            "Five groups that know little of themselves": {"graph": "blocks.json", "classes": "blocks.csv"},
            "A karate club, one of each side": {"graph": "karate.json", "classes": "karate.csv", "shown": 1},
        },
    )
    def blur(
        self,
        graph: Graph,
        classes: Table | None = None,
        shown: Shown = 2,
        hops: Hops = 16,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Blurred:
        """Show a few nodes' classes to a stacked GCN and to DAGNN, ever deeper, and see which one blurs.

        Args:
            graph: up to 1,500 nodes; each edge counts alike.
            classes: a row for each node: its name, its class (empty if unknown), then numbers about it if there are
                some; without a table, communities are the classes, and without numbers each node is its own feature.
            shown: nodes of each class whose class is learned from; all others are hidden.
            hops: the greatest depth: layers of the GCN, hops of DAGNN.
            seed: draws who is shown, and the start of training.
        """

    @action(
        by="actions",
        title="See whom a node hears",
        examples={
            "Valjean, at the centre": {"graph": "les-miserables.json", "node": "Valjean"},
            "Somebody at the edge": {"graph": "les-miserables.json", "node": "Geborand"},
            "A node that knows little of itself": {
                "graph": "blocks.json", "classes": "blocks.csv", "node": "C5", "hops": 16
            },
        },
    )  # fmt: skip
    def gates(
        self,
        graph: Graph,
        node: str = "",
        classes: Table | None = None,
        shown: Shown = 2,
        hops: Hops = 10,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Heard:
        """Train DAGNN, and see how much a node takes from each hop.

        Args:
            graph: up to 1,500 nodes; each edge counts alike.
            node: whose gates are drawn; the node of most edges if empty.
            classes: a row for each node: its name, its class (empty if unknown), then numbers about it if there are
                some; without a table, communities are the classes, and without numbers each node is its own feature.
            shown: nodes of each class whose class is learned from; all others are hidden.
            hops: how far a node can listen.
            seed: draws who is shown, and the start of training.
        """

    @contestant("few-labels", name="DAGNN")
    def labelled(self, given: Split, labels: float) -> Outcome:
        """20 hops, 120 epochs and the settings of the page; nothing is tuned."""
        from . import actions

        return Outcome(actions.labelled(given, labels))

    @contestant("few-labels", name="DAGNN, a mean over hops for its gates")
    def averaged(self, given: Split, labels: float) -> Outcome:
        """The same network and training, and all gates alike."""
        from . import actions

        return Outcome(actions.labelled(given, labels, "mean"))

    @contestant("few-labels", name="APPNP")
    def fixed(self, given: Split, labels: float) -> Outcome:
        """Gasteiger and others (2019), α = 0.1: the same network and training, and gates that are not learned."""
        from . import actions

        return Outcome(actions.labelled(given, labels, "fixed"))

    @cost("Twenty hops and their gates, forwards and backwards", size="nodes", start=500)
    def listening(self, size: int) -> Callable[[], object]:
        """Ten steps of Adam on a ring whose nodes know the five nearest on either side, 50 features, 5 classes."""
        from . import actions

        return actions.listening(size)
