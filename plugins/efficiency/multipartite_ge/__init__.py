"""Multipartite graphs of pruned networks: see `MultipartiteGe`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from zoo.method import Method, Paper, Progress, Seed, Summary, Unit, action, cost
from zoo.types import Figure, File, Image, Metrics, Table

from .vocabulary import Metric, Pruner, SmallNet

Sparsity = Annotated[float, Field(ge=0.5, le=0.99), Unit("of the weights removed")]


@dataclass(frozen=True)
class Drawn:
    """A pruned network as a graph.

    Attributes:
        summary: how large the graph is, and where it stands among measured ones.
        graph: a dot a channel, all its cells together, shaded by their mean degree; a line where edges join two
            channels, stronger for more. Open red dots lie on no path. Shortcuts are orange. Of very many lines some
            are drawn, by chance.
        nodes: every node as a pixel, a tile a channel, from few edges (blue) to many (yellow). Red nodes get but
            do not give, orange ones give but never get, grey ones do neither.
        standing: the measured networks of about this sparsity, and where this one is.
        metrics: the topological metrics by family, and how many of the measured networks lie below.
        pruned_network: the weights before training, which the next tab can read.
    """

    summary: Annotated[str, Summary()]
    graph: Figure
    nodes: Image
    standing: Figure
    metrics: Metrics
    pruned_network: File


@dataclass(frozen=True)
class Read:
    """A visitor's network as a graph.

    Attributes:
        summary: how large the graph is, and where it stands among measured ones.
        graph: a dot a channel, all its cells together, shaded by their mean degree; a line where edges join two
            channels, stronger for more. Open red dots lie on no path. Shortcuts are orange. Of very many channels
            neighbours are taken together, of very many lines some are drawn, by chance.
        nodes: every node as a pixel, a tile a channel, from few edges (blue) to many (yellow). Red nodes get but
            do not give, orange ones give but never get, grey ones do neither.
        standing: the measured networks of about this sparsity, and the value of this one.
        metrics: the topological metrics by family, and how many of the measured networks lie below.
        layers: how the file was understood.
    """

    summary: Annotated[str, Summary()]
    graph: Figure
    nodes: Image
    standing: Figure
    metrics: Metrics
    layers: Table


@dataclass(frozen=True)
class Compared:
    """All pruners at one sparsity, as far as they are done.

    Attributes:
        summary: the graphs with most and fewest edges, of equally many weights.
        ranks: each column shaded from the lowest to the highest pruner; hover for the numbers.
        densities: what each pruner keeps of each layer; a gap is a layer of which nothing is left.
        table: the numbers. Accuracy is the mean of the measured networks of the nearest sparsity.
    """

    summary: Annotated[str, Summary()]
    ranks: Figure
    densities: Figure
    table: Table


class MultipartiteGe(Method):
    """Turns a pruned network and its input into one graph, and asks the graph how well the network will learn.

    Every activation becomes a node, every product of a weight with an activation an edge, and layers are joined
    where one writes what the next reads. Dead ends, neighbourhoods, bridges and eigenvalues of that graph say more
    about what pruning did than the weights of a layer by themselves: two networks with equally many weights may
    have five times as many edges, or half of their channels cut off.

    Nine pruners choose weights before any training. Some 250 small networks, pruned in all these ways and
    then trained on Fashion-MNIST, stand by for comparison.
    """

    title = "Multipartite graph encoding"
    family = "efficiency"
    paper = Paper(
        title="Understanding Sparse Neural Networks from their Topology via Multipartite Graph Representations",
        authors=("Elia Cunegatti", "Matteo Farina", "Doina Bucur", "Giovanni Iacca"),
        year=2024,
        venue="TMLR",
        url="https://openreview.net/forum?id=Egb0tUZnOY",
    )

    @action(
        by="actions",
        title="Prune a network",
        examples={
            "SynFlow leaves a fiftieth": {"network": "Conv-6", "pruner": "SynFlow", "sparsity": 0.98},
            "SNIP, and its dead ends": {
                "network": "Conv-4",
                "pruner": "SNIP",
                "sparsity": 0.98,
                "against": "removable out-edges",
            },
            "Shortcuts, pruned at random": {
                "network": "ResNet-8",
                "pruner": "uniform",
                "sparsity": 0.98,
                "against": "source nodes",
            },
        },
    )
    def draw(
        self,
        network: SmallNet = "Conv-6",
        pruner: Pruner = "SynFlow",
        sparsity: Sparsity = 0.95,
        seed: Seed = 0,
        against: Metric = "removable in-edges",
        progress: Progress = Progress(),
    ) -> Drawn:
        """Prune a small network before training, and see its graph and where it stands among measured ones.

        Args:
            network: for grey pictures of 16 x 16 pixels; its first layers have 16 channels.
            pruner: how the weights that stay are chosen.
            sparsity: share of the weights that go.
            seed: of the initial weights and of pruning at random; 0 to 2 have been measured.
            against: the metric that accuracy is plotted against.
        """

    @action(
        by="actions",
        title="Your own network",
        examples={
            "Four convolutions, pruned by SynFlow": {"file": "conv4_synflow_95.safetensors", "side": 16},
            "A small ResNet, and its bridges": {
                "file": "resnet8_erk_98.safetensors",
                "side": 16,
                "against": "bridges",
            },
        },
    )
    def your_network(
        self,
        file: File,
        side: Annotated[int, Field(ge=4, le=64), Unit("pixels")] = 32,
        halved_before: Annotated[str, Field(max_length=100)] = "",
        against: Metric = "removable in-edges",
        progress: Progress = Progress(),
    ) -> Read:
        """Send the weights of a convolutional network with zeros, and see its graph and metrics.

        A file holds weights but no wiring. Convolutions follow in the natural order of their names, padded to keep
        the size of the map, then linear layers; 1 x 1 convolutions called shortcut, downsample or skip lead around
        their block. The table below the graph shows what was understood.

        Args:
            file: safetensors; at most 3,000,000 edges.
            side: of the pictures that the network takes.
            halved_before: numbers of the convolutions before which the map is halved, such as 3, 5; if empty,
                before those that widen, as often as the first linear layer needs.
            against: the metric that accuracy is plotted against.
        """

    @action(
        by="actions",
        title="Compare pruners",
        examples={"Nine pruners, a fiftieth of the weights": {"network": "Conv-4", "sparsity": 0.98}},
    )
    def compare(
        self,
        network: SmallNet = "Conv-4",
        sparsity: Sparsity = 0.95,
        seed: Seed = 0,
        progress: Progress = Progress(),
    ) -> Iterator[Compared]:
        """Prune one network in nine ways to the same number of weights, and compare the graphs.

        Args:
            network: for grey pictures of 16 x 16 pixels; its first layers have 16 channels.
            sparsity: share of the weights that go.
            seed: of the initial weights and of pruning at random.
        """

    @cost(
        "Graph and metrics of a random convolution of 64 x 64 channels on 32 x 32 places",
        size="weights",
        start=512,
        most=2**15,
    )
    def graph_and_metrics(self, weights: int) -> Callable[[], object]:
        """Each weight of the 3 x 3 kernels that stays makes about a thousand edges; there are 36,864 of them."""
        import numpy as np

        from . import encodings, metrics

        rng = np.random.default_rng(0)
        kernel = np.zeros(64 * 64 * 9, dtype="f4")
        kernel[rng.choice(kernel.size, weights, replace=False)] = rng.standard_normal(weights)
        group = encodings.Group(64, 32)
        layer = encodings.Layer("convolution", kernel.reshape(64, 64, 3, 3), 0, 1, padding=1)
        plan = encodings.Plan((group, group), (layer,))
        return lambda: metrics.topometrics(encodings.multipartite(plan))
