"""XOR grokking: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, Metrics, Table

Dimension = Annotated[float, Field(ge=2.5, le=12)]
Signal = Annotated[float, Field(ge=0.5, le=50)]
Flips = Annotated[float, Field(ge=0, le=0.45)]
Start = Annotated[float, Field(ge=-10, le=2)]
Neurons = Annotated[int, Field(ge=10, le=800)]
Count = Annotated[int, Field(ge=20, le=400)]
Quantity = Literal["dimension", "signal", "flips", "neurons", "start"]


@dataclass(frozen=True)
class Watched:
    """A training from its start.

    Attributes:
        summary: what the network knows after one step and at the end, beside the least-norm linear classifier.
        training: left the plane of the means with training points, crosses for lies, arrows for neurons, and on the
            ring what the network answers to points without noise; right the accuracies.
        metrics: accuracies, sizes, and whether a theorem speaks of this problem.
    """

    summary: Annotated[str, Summary("least-norm linear classifier")]
    training: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Mapped:
    """Where understanding comes after memorising.

    Attributes:
        summary: in how many problems it does, and of how many of them the theorem speaks.
        map: test accuracy at the end; squares mark the theorem's region, crosses what was not memorised in one step.
        metrics: counts.
    """

    summary: Annotated[str, Summary("least-norm linear classifier")]
    map: Figure
    metrics: Metrics


class XorGrokking(Method):
    """Memorises every label in one step, lies included, and understands much later what the points have in common.

    Four clouds lie in the shape of a cross, in a plane that is hidden in up to a trillion dimensions of noise; opposite
    clouds share a label, and some labels are lies. One step of gradient descent and the network has learnt all of them
    by heart, and knows nothing about new points. Then its neurons turn to the four clouds, and it answers new points
    rightly while it still repeats the lies.
    """

    title = "XOR grokking"
    family = "optimization"
    contract = 2
    paper = Paper(
        "Benign Overfitting and Grokking in ReLU Networks for XOR Cluster Data",
        ("Zhiwei Xu", "Yutong Wang", "Spencer Frei", "Gal Vardi", "Wei Hu"),
        2024,
        "ICLR 2024",
        "https://arxiv.org/abs/2310.02541",
    )

    @action(
        by="actions",
        title="Watch it understand",
        examples={
            "Forty thousand dimensions": {"dimension": 4.6, "start": 0.45},
            "A billion dimensions": {"dimension": 9.0, "signal": 15.0, "start": 0.0, "equal": True},
            "A large start: understanding waits": {"start": 1.5, "steps": 200},
            "Two labels in five are lies": {"flips": 0.4, "seed": 4},
        },
    )
    def watch(
        self,
        dimension: Dimension = 4.6,
        signal: Signal = 5.0,
        flips: Flips = 0.1,
        neurons: Neurons = 400,
        start: Start = 0.45,
        points: Annotated[Count, Rare()] = 200,
        steps: Annotated[int, Field(ge=5, le=400)] = 100,
        equal: Annotated[bool, Rare()] = False,
        seed: Annotated[Seed, Rare()] = 1,
        progress: Progress = Progress(),
    ) -> Watched:
        """Train a network on four noisy clouds with lies among the labels.

        Args:
            dimension: of the points, ten to this power.
            signal: the squared length of the means over the root of the dimension.
            flips: share of the training labels that are lies.
            neurons: of the network.
            start: size of the starting weights against what the first step adds, ten to this power.
            points: in training.
            steps: of gradient descent.
            equal: whether all clouds have as many points and as many lies.
            seed: draws points and start.
        """

    @action(
        by="actions",
        title="Map",
        examples={
            "Signal counts, dimension hardly": {"across": "dimension", "up": "signal"},
            "How large the start may be": {"across": "start", "up": "signal"},
            "Lies against neurons": {"across": "flips", "up": "neurons"},
        },
    )
    def chart(
        self,
        across: Quantity = "dimension",
        up: Quantity = "signal",
        steps: Annotated[int, Field(ge=5, le=100)] = 30,
        start: Start = 0.0,
        flips: Flips = 0.1,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Mapped:
        """Train a network for each cell of a map, with 100 points and 100 neurons, and see where understanding comes.

        Args:
            across: what changes from left to right.
            up: what changes upwards.
            steps: of gradient descent in every cell.
            start: as above, where the map does not vary it.
            flips: share of lies, where the map does not vary it.
            seed: draws points and starts.
        """

    @action(
        by="actions",
        title="Your own clouds",
        examples={
            "A windmill: its sails are found": {"table": "windmill.csv", "label": "kind"},
            "Six petals: out of reach without a bias": {"table": "petals.csv", "label": "kind"},
        },
    )
    def hide(
        self,
        table: Table,
        label: Annotated[str, Field(max_length=200), ColumnOf("table")],
        dimension: Dimension = 6.0,
        signal: Signal = 20.0,
        flips: Flips = 0.1,
        steps: Annotated[int, Field(ge=5, le=400)] = 100,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Watched:
        """Hide clouds of your own in noise, and see whether the network finds them.

        Args:
            table: a row for each cloud: two columns of numbers say where its middle is, seen from the middle of all.
            label: the column with two different values.
            dimension: of the points, ten to this power.
            signal: the mean squared distance of your clouds from their middle over the root of the dimension.
            flips: share of the training labels that are lies.
            steps: of gradient descent.
            seed: draws points and start.
        """

    @contestant("theory-met", "XOR clusters: the margin after one step")
    def margin_met(self, seed: int, draws: float) -> Outcome:
        """The mean margin of training points, and α (p + μ²) / (8 n): of the neurons that a point makes fire at the
        start, the half that votes for its label goes on firing, and each has gained α ‖x‖² / (2 n √m).
        """
        import numpy as np

        from . import model

        setting = model.Setting(p=1e12, signal=200**0.51, start=1.0)  # where the theorem holds
        margins = []
        for number in range(seed, seed + int(draws)):
            drawn = model.draw(setting, number, tests=1)
            (once,) = model.train(drawn, setting.alpha, 1, [1])
            margins.append((once.train * drawn.given).mean())
        return Outcome((np.mean(margins), setting.alpha * (setting.p + setting.mu**2) / (8 * setting.n)))

    @cost("Twenty steps of a network of 100 neurons", size="points", start=25)
    def training(self, size: int) -> Callable[[], object]:
        """Without test points."""
        from . import model

        setting = model.Setting(n=size, p=1e9, width=100)
        drawn = model.draw(setting, 0, tests=1)
        return lambda: list(model.train(drawn, setting.alpha, 20, [20]))
