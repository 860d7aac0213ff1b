"""Information plane: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Paper, Progress, Rare, Seed, Summary, action, cost
from zoo.types import ColumnOf, Figure, Metrics, Table

How = Literal["the rule is learned", "labels drawn by lot", "weights only grow"]
Ruler = Literal[
    "bins of one width", "thirty edges from -1 to 1", "stretched to the layer", "as many inputs in each",
    "kernel bound",
]  # fmt: skip
Layers = Literal["10-7-5-4-3", "10-8-6-4", "8-4", "3"]
Width = Annotated[float, Field(ge=0.005, le=3)]
Epochs = Annotated[int, Field(ge=20, le=3000)]
Rate = Annotated[float, Field(ge=1e-4, le=0.03)]


@dataclass(frozen=True)
class Watched:
    """Two networks from their start, one of tanh and one of ReLU.

    Attributes:
        summary: what the tanh layers forget about the input, beside ReLU.
        planes: where every layer is, epoch by epoch: across what its cells say about the input, upwards what they say
            about the label; below, losses, and how much larger the gradient's mean is than its noise.
        metrics: bits forgotten, when, and how wrong the answers were then.
    """

    summary: Annotated[str, Summary("ReLU")]
    planes: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Ruled:
    """The same two recordings, measured with bins from fine to coarse.

    Attributes:
        summary: what tanh and ReLU forget with fine bins and with coarse ones.
        widths: the paths of all layers at every width of the bins; below, bits forgotten against the width.
        metrics: bits forgotten at every width.
    """

    summary: Annotated[str, Summary("ReLU")]
    widths: Figure
    metrics: Metrics


class InformationPlane(Method):
    """Watches the layers of a network learn, forget, or only seem to: the ruler decides.

    A layer's activations are cut into bins, and the cells say how much it knows about its input and about the label.
    With tanh the layers rise and then turn back, as if they forgot whatever they do not need; with ReLU and bins of one
    width they hardly do. Change the bins and ReLU forgets as well; let weights grow without any learning and tanh still
    does.
    """

    title = "Information plane"
    family = "interpretability"
    contract = 2
    paper = Paper(
        "Opening the Black Box of Deep Neural Networks via Information",
        ("Ravid Shwartz-Ziv", "Naftali Tishby"),
        2017,
        "arXiv",
        "https://arxiv.org/abs/1703.00810",
    )

    @action(
        by="actions",
        title="Watch the layers",
        examples={
            "Tanh turns back, ReLU does not": {"ruler": "bins of one width"},
            "Another ruler: ReLU turns back, too": {"ruler": "stretched to the layer"},
            "Nothing learned, weights only grow": {"how": "weights only grow"},
            "Labels drawn by lot": {"how": "labels drawn by lot", "epochs": 800},
        },
    )
    def watch(
        self,
        how: How = "the rule is learned",
        ruler: Ruler = "bins of one width",
        width: Width = 0.07,
        layers: Layers = "10-7-5-4-3",
        epochs: Epochs = 300,
        rate: Annotated[Rate, Rare()] = 3e-3,
        seed: Annotated[Seed, Rare()] = 2,
        progress: Progress = Progress(),
    ) -> Watched:
        """Train a network of tanh and one of ReLU on all patterns of twelve lamps, and watch their layers in the plane.

        Args:
            how: what happens to the weights.
            ruler: how activations are cut into bins.
            width: of the bins, where they have one width.
            layers: units of the hidden layers.
            epochs: passes over four fifths of the patterns.
            rate: of Adam.
            seed: draws start, training rows and the order of steps.
        """

    @action(
        by="actions",
        title="Drag the ruler",
        examples={
            "From fine bins to coarse": {},
            "The same, nothing learned": {"how": "weights only grow"},
        },
    )
    def measure(
        self,
        how: How = "the rule is learned",
        layers: Layers = "10-7-5-4-3",
        epochs: Epochs = 300,
        rate: Annotated[Rate, Rare()] = 3e-3,
        seed: Annotated[Seed, Rare()] = 2,
        progress: Progress = Progress(),
    ) -> Ruled:
        """Measure the same recorded training with bins of sixteen widths.

        Args:
            how: what happens to the weights.
            layers: units of the hidden layers.
            epochs: passes over four fifths of the patterns.
            rate: of Adam.
            seed: draws start, training rows and the order of steps.
        """

    @action(
        by="actions",
        title="Your own table",
        examples={
            "Tea: weak, good or bitter": {"table": "tea.csv", "label": "taste"},
            "The same, another ruler": {
                "table": "tea.csv",
                "label": "taste",
                "ruler": "as many inputs in each",
            },
        },
    )
    def your_table(
        self,
        table: Table,
        label: Annotated[str, Field(max_length=200), ColumnOf("table")],
        ruler: Ruler = "bins of one width",
        width: Width = 0.07,
        layers: Layers = "10-7-5-4-3",
        epochs: Epochs = 300,
        seed: Annotated[Seed, Rare()] = 2,
        progress: Progress = Progress(),
    ) -> Watched:
        """Train both networks to tell a column of your own table from its columns of numbers.

        Args:
            table: 50 rows or more; columns of numbers are the input.
            label: a column of two to eight different values.
            ruler: how activations are cut into bins.
            width: of the bins, where they have one width.
            layers: units of the hidden layers.
            epochs: passes over four fifths of the rows.
            seed: draws start, training rows and the order of steps.
        """

    @cost("Both informations of a layer of ten units", size="inputs", start=1000)
    def measuring(self, size: int) -> Callable[[], object]:
        """With bins of width 0.07."""
        import numpy as np

        from . import model

        rng = np.random.default_rng(0)
        t, labels = np.tanh(rng.standard_normal((size, 10), np.float32)), rng.integers(0, 2, size)
        return lambda: model.binned(model.widths(t), labels)
