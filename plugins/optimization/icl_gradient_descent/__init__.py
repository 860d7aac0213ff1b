"""In-context learning as gradient descent: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import Drawing, Figure, Metrics, Points


@dataclass(frozen=True)
class Lines:
    """A layer that is trained to continue pairs of numbers, on yours.

    Attributes:
        summary: its line beside that of one step of gradient descent.
        training: your points and three lines through the origin, and the loss, as training goes on.
        metrics: slopes at the end.
    """

    summary: Annotated[str, Summary("one step of gradient descent")]
    training: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Trained:
    """A layer or two in more dimensions.

    Attributes:
        summary: its loss beside that of gradient descent.
        matrices: what the layer asks, KᵀQ, and gives, P V, as training goes on, each beside one set by hand.
        losses: of predictions for new tasks while training goes on, and what others reach.
        metrics: on 10,000 tasks that are in no training.
    """

    summary: Annotated[str, Summary("gradient descent")]
    matrices: Figure
    losses: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Deepened:
    """How many steps of others a stack of layers is worth.

    Attributes:
        summary: steps that the deepest stack is worth.
        worth: steps of gradient descent and of Newton's method to the loss of each stack; upwards logarithmic.
        losses: of all three, layer by layer and step by step.
        metrics: the same as numbers.
    """

    summary: Annotated[str, Summary("gradient descent")]
    worth: Figure
    losses: Figure
    metrics: Metrics


class InContextDescent(Method):
    """Trains one layer of attention to continue pairs of numbers, and finds gradient descent inside.

    A network is shown pairs `x, y` of a line that it has never seen, and asked for the next `y`. Nothing in it changes
    while it reads, and yet it answers. Train a layer of linear attention for this and look: its line is the line of
    one step of gradient descent at the best possible rate, and its matrices are those that write such a step down.
    Deeper stacks do better than as many steps, by also straightening the inputs on the way.
    """

    title = "In-context gradient descent"
    family = "optimization"
    contract = 2
    paper = Paper(
        "Transformers Learn In-Context by Gradient Descent",
        (
            "Johannes von Oswald", "Eyvind Niklasson", "Ettore Randazzo", "João Sacramento", "Alexander Mordvintsev",
            "Andrey Zhmoginov", "Max Vladymyrov",
        ),
        2023,
        "ICML 2023",
        "https://arxiv.org/abs/2212.07677",
    )  # fmt: skip

    @action(
        by="actions",
        title="Your points",
        examples={
            "Six dots near a line": {"drawing": "six_dots.png"},
            "Eight points that fall": {"points": "falling.csv"},
            "One dot far off": {"drawing": "one_far_off.png"},
        },
    )
    def lines(
        self,
        drawing: Drawing | None = None,
        points: Points | None = None,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Lines:
        """Train a layer on random lines, and let it continue your points while it learns.

        Args:
            drawing: dots, 1 to 40 that do not touch; the origin is the middle.
            points: or a file of them; each axis is brought to -1 to 1.
            seed: draws the start and the lines of the training.
        """

    @action(
        by="actions",
        title="More dimensions",
        examples={
            "Five dimensions": {"dimensions": 5},
            "Ten dimensions": {"dimensions": 10},
            "Two layers, which beat two steps": {"layers": 2},
        },
    )
    def train(
        self,
        dimensions: Annotated[int, Field(ge=1, le=10)] = 5,
        pairs: Annotated[int, Field(ge=1, le=40)] = 10,
        layers: Annotated[int, Field(ge=1, le=2)] = 1,
        steps: Annotated[int, Field(ge=50, le=5000)] = 400,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Trained:
        """Train a layer and compare its matrices with those that write gradient descent down.

        Two dimensions are a trap: there a third of the trainings stop at a loss more than twice as high.

        Args:
            dimensions: of x.
            pairs: that are shown of each task.
            layers: two use the same matrices; gradient descent then makes two steps.
            steps: of training, each on 256 new tasks.
            seed: draws the start and the tasks.
        """

    @action(
        by="actions",
        title="Deeper",
        examples={
            "Four layers": {"layers": 4},
            "Half of x three times as large": {"layers": 4, "stretch": 3.0},
            "Ten dimensions": {"layers": 3, "dimensions": 10, "pairs": 40},
        },
    )
    def deepen(
        self,
        layers: Annotated[int, Field(ge=1, le=6)] = 4,
        stretch: Annotated[float, Field(ge=1, le=5)] = 1.0,
        dimensions: Annotated[int, Field(ge=2, le=20)] = 5,
        pairs: Annotated[int, Field(ge=2, le=80)] = 20,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Deepened:
        """Fit stacks of layers as they are found in training (GD++) and ask how many steps each is worth.

        Args:
            layers: of the deepest stack; each has a rate η and a straightening γ, which are fitted.
            stretch: how much larger half of the coordinates of x are; gradient descent crawls along the others.
            dimensions: of x.
            pairs: that are shown of each task.
            seed: draws the tasks.
        """

    @contestant("theory-met", "In-context descent: the loss of one layer")
    def loss_met(self, seed: int, draws: float) -> Outcome:
        """Trained layers on 10,000 new tasks each, and the expected loss of the best step."""
        import numpy as np
        import torch

        from . import model

        recipe = model.Recipe(d=5)
        losses = []
        for number in range(seed, seed + int(draws)):
            tasks = model.draw(10_000, recipe.pairs, 5, torch.Generator().manual_seed(5000 + number))
            losses.append(model.loss(model.predict(model.trained(recipe, number), tasks), tasks))
        return Outcome((np.mean(losses), model.best_rate(5, recipe.pairs)[1]))

    @cost("One layer at 256 tasks of ten dimensions", size="pairs", start=64)
    def attending(self, size: int) -> Callable[[], object]:
        """Predictions alone."""
        import torch

        from . import model

        rng = torch.Generator().manual_seed(0)
        tasks, layers = model.draw(256, size, 10, rng), model.begin(10, rng)
        return lambda: model.predict(layers, tasks)
