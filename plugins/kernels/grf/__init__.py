"""Graph random features: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Paper, Progress, Rare, Seed, Summary, action, cost
from zoo.types import Figure, Graph, Metrics, Table

Kind = Literal["(I − U)⁻²", "(I − U)⁻¹", "exp U", "(I + U)²"]
Coefficients = Annotated[str, Field(max_length=400), Rare()]
Reach = Annotated[float, Field(ge=0.05, le=0.95)]
Patience = Annotated[float, Field(ge=0.02, le=0.9)]


@dataclass(frozen=True)
class Crumbs:
    """What walkers from one node say about how near it is to every other.

    Attributes:
        summary: how far the crumbs are from the exact kernel, beside what walks of the same set would say.
        walkers: the first walkers from the node, step by step; click a node to start there next.
        nearness: the node's row of the kernel, by more and more walks, beside the exact one; light is near.
        error: of that row against the number of walks, several times over, and what a root of walks would give.
        metrics: the error, how far walkers come, and whether the load of a walker stays within bounds.
    """

    summary: Annotated[str, Summary("the exact kernel")]
    walkers: Figure
    nearness: Figure
    error: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Kernel:
    """The kernel of a whole graph, and clusters by it.

    Attributes:
        summary: how far the kernel of walks is from the exact one, and whether its clusters are the same.
        groups: the graph coloured by clusters from walks; large are nodes that the exact kernel puts elsewhere.
        error: of the kernel against the number of walks, beside random projections of as many columns.
        metrics: errors, slope, how empty the features are, and CPU seconds of both ways.
        clusters: of every node, by walks and by the exact kernel.
    """

    summary: Annotated[str, Summary("the exact kernel")]
    groups: Figure
    error: Figure
    metrics: Metrics
    clusters: Table


class Grf(Method):
    """Lets a few walkers with crumbs stand in for the inverse of a huge matrix.

    How near two nodes of a graph are, over all ways between them, is an entry of a matrix that takes the cube of the
    graph's size to invert. Walkers who drop crumbs as they go and end by chance need none of it: the crumbs that two
    nodes' walkers leave at the same places add up to that entry, on average exactly.
    """

    title = "Graph random features"
    family = "kernels"
    contract = 2
    paper = Paper(
        "Taming graph kernels with random features",
        ("Krzysztof Choromanski",),
        2023,
        "ICML 2023; and General Graph Random Features, ICLR 2024, arXiv 2310.04859",
        "https://arxiv.org/abs/2305.00156",
    )

    @action(
        by="actions",
        title="Follow the crumbs",
        examples={
            "From Valjean, with patience": {"graph": "les-miserables.json", "node": "Valjean"},
            "Walkers that give up too soon": {"graph": "les-miserables.json", "node": "Valjean", "ending": 0.5},
            "Streets with a river": {"graph": "streets.json", "node": "3 and C", "reach": 0.9},
            "A series of your own": {
                "graph": "les-miserables.json", "node": "Cosette", "reach": 0.9, "coefficients": "1, 0, 0.5, 0, 0.25"
            },
        },
    )  # fmt: skip
    def crumbs(
        self,
        graph: Graph,
        node: str = "",
        kernel: Kind = "(I − U)⁻²",
        reach: Reach = 0.8,
        ending: Patience = 0.1,
        walks: Annotated[int, Field(ge=4, le=512)] = 128,
        coefficients: Coefficients = "",
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Crumbs:
        """Send walkers out from a node, and read from their crumbs how near every other node is.

        Args:
            graph: up to 1,500 nodes; weights of edges count.
            node: where the walkers start; the node of most edges if empty.
            kernel: how ways between nodes add up, U being the graph's matrix of `reach`.
            reach: c, the largest eigenvalue of U; the nearer to 1, the more long ways count.
            ending: p, the chance that a walker ends at a node; above 1 − c² its load has no bound.
            walks: of each node.
            coefficients: of a power series of your own, such as 1, 0.5, 0.25, in place of the kernel.
            seed: draws the walks.
        """

    @action(
        by="actions",
        title="Cluster without the kernel",
        examples={
            "Four groups of 60": {"graph": "groups.json", "clusters": 4},
            "Circles of Les Misérables": {"graph": "les-miserables.json", "clusters": 5},
        },
    )
    def cluster(
        self,
        graph: Graph,
        clusters: Annotated[int, Field(ge=2, le=12)] = 4,
        kernel: Kind = "(I − U)⁻²",
        reach: Reach = 0.8,
        ending: Patience = 0.1,
        walks: Annotated[int, Field(ge=4, le=256)] = 32,
        coefficients: Coefficients = "",
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Kernel:
        """Group the nodes of a graph by kernel k-means, once with features of walks and once with the kernel.

        Args:
            graph: up to 1,500 nodes; weights of edges count.
            clusters: how many.
            kernel: how ways between nodes add up, U being the graph's matrix of `reach`.
            reach: c, the largest eigenvalue of U; the nearer to 1, the more long ways count.
            ending: p, the chance that a walker ends at a node; above 1 − c² its load has no bound.
            walks: of each node.
            coefficients: of a power series of your own, such as 1, 0.5, 0.25, in place of the kernel.
            seed: draws the walks, and where clusters begin.
        """

    @cost("Features of 20 walks from each node", size="nodes", start=250)
    def walking(self, size: int) -> Callable[[], object]:
        """On a ring whose nodes know the five nearest on either side."""
        from . import actions

        return actions.walking(size)
