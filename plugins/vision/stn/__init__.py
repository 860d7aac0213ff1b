"""Spatial transformer: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Paper, Progress, Rare, Seed, Summary, Unit, action, cost
from zoo.types import Drawing, Figure, Metrics, Pictures

Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
Place = Annotated[float, Field(ge=-0.6, le=0.6)]
Pieces = Annotated[int, Field(ge=0, le=12)]


@dataclass(frozen=True)
class Followed:
    """Where the network looks.

    Attributes:
        summary: what the spatial transformer says at the end, beside three networks without one.
        replay: from the first step of training to the last: the box, what it holds, and both answers.
        views: what each network sees at the end, and what it says.
        metrics: answers, how sure each is, and how the box lies.
    """

    summary: Annotated[str, Summary("CNN")]
    replay: Figure
    views: Pictures
    metrics: Metrics


@dataclass(frozen=True)
class Trained:
    """Two networks, trained side by side.

    Attributes:
        summary: how often each is wrong at the end.
        replay: test pictures with their boxes, what these hold, and errors, step after step.
        metrics: errors and sizes.
    """

    summary: Annotated[str, Summary("the CNN without one")]
    replay: Figure
    metrics: Metrics


class Stn(Method):
    """Learns where to look: a small network moves a box over the picture, and another names what the box holds.

    Digits lie anywhere, tilted, large or small, among pieces of others. Only what the box holds is read, and nobody
    says where the digit is. But what is read varies smoothly with the box, so that a wrong answer tells the box which
    way to move; within a few hundred steps it goes to the digit and closes in on it, and an ordinary classifier sees it
    large and in the middle.
    """

    title = "Spatial transformer"
    family = "vision"
    contract = 2
    paper = Paper(
        "Spatial Transformer Networks",
        ("Max Jaderberg", "Karen Simonyan", "Andrew Zisserman", "Koray Kavukcuoglu"),
        2015,
        "NeurIPS 2015",
        "https://arxiv.org/abs/1506.02025",
    )

    @action(
        by="actions",
        title="Follow the box",
        examples={
            "A tilted five in a corner": {"digit": "5", "turn": -25.0, "across": -0.4, "down": 0.4, "size": 0.8},
            "Among pieces of others": {"digit": "3", "turn": -35.0, "across": -0.35, "down": 0.3, "clutter": 8},
            "Drawn by hand, with litter": {"drawing": "five.png", "clutter": 4},
        },
    )  # fmt: skip
    def follow(
        self,
        digit: Digit = "4",
        which: Annotated[int, Field(ge=1, le=10), Rare()] = 1,
        drawing: Drawing | None = None,
        turn: Annotated[float, Field(ge=-90, le=90), Unit("degrees")] = 0.0,
        size: Annotated[float, Field(ge=0.7, le=1.2)] = 1.0,
        across: Place = 0.0,
        down: Place = 0.0,
        clutter: Pieces = 0,
        seed: Annotated[Seed, Rare()] = 0,
    ) -> Followed:
        """Put a digit anywhere, or draw one, and watch the box find it as training goes on.

        Args:
            digit: which is put there.
            which: of ten ways in which people wrote it; none was in the training.
            drawing: a digit of yours instead, anywhere in its frame, or a picture of one.
            turn: clockwise; the networks were trained on up to 45 either way.
            size: of the digit.
            across: how far right of the middle it lies; 1 is the edge.
            down: how far below the middle.
            clutter: pieces of other digits that lie about.
            seed: strews the pieces.
        """

    @action(
        by="actions",
        title="Train both",
        examples={
            "Turned, shrunk, moved": {"steps": 150},
            "Only turned: no gain yet": {"turn": 90.0, "size": "all alike", "anywhere": False, "steps": 100},
        },
    )
    def learn(
        self,
        turn: Annotated[float, Field(ge=0, le=90), Unit("degrees")] = 45.0,
        size: Literal["all alike", "0.7 to 1.2"] = "0.7 to 1.2",
        anywhere: bool = True,
        clutter: Pieces = 0,
        steps: Annotated[int, Field(ge=5, le=1000)] = 150,
        rate: Annotated[float, Field(ge=1e-4, le=2e-2), Rare()] = 4e-3,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Trained:
        """Train a spatial transformer and a CNN of equal size from nothing, on the same pictures, step by step.

        Args:
            turn: largest turn either way.
            size: of the digits.
            anywhere: whether a digit lies wherever it fits; otherwise in the middle.
            clutter: pieces of other digits that lie about.
            steps: of training; 400 take about half a minute.
            rate: of learning, at its highest; the localisation network has a third of it.
            seed: of both starts and of all pictures.
        """

    @cost("Reading through the learned box", size="pictures", start=64)
    def reading(self, size: int) -> Callable[[], object]:
        """Localisation network, grid and sampler, for pictures of 42 pixels of which 28 x 28 are read."""
        import torch

        from . import model

        pictures = torch.rand(size, 1, model.SIDE, model.SIDE, generator=torch.Generator().manual_seed(0))
        look = model.Transformer(taught=False)
        return lambda: look(pictures)
