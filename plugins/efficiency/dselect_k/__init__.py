"""DSelect-k: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from zoo.method import Method, Paper, Progress, Rare, Seed, Summary, action, cost
from zoo.types import ColumnOf, Figure, Metrics, Table

Experts = Annotated[int, Field(ge=2, le=16)]
Chosen = Annotated[int, Field(ge=1, le=6)]
Steps = Annotated[int, Field(ge=100, le=3000)]
Entropy = Annotated[float, Field(ge=0, le=0.3)]
Gamma = Annotated[float, Field(ge=0.1, le=10)]
Rate = Annotated[float, Field(ge=1e-4, le=0.3)]
Noise = Annotated[float, Field(ge=0, le=5)]
Load = Annotated[float, Field(ge=0, le=1)]
GARDEN = ["tomato", "pepper", "bean", "pumpkin", "kale", "leek", "pea", "spinach"]
"""Columns of the example table that are tasks."""


@dataclass(frozen=True)
class Chose:
    """Who used whom, while it was learned.

    Attributes:
        summary: right experts, or errors, of DSelect-k beside top-k.
        use: weights of experts for every task, gate beside gate; the slider goes through training.
        curves: the bits of DSelect-k's selectors over training, and the error on new rows of all gates.
        metrics: experts that are right, errors, and how many experts tasks use, for all gates.
    """

    summary: Annotated[str, Summary("top-k")]
    use: Figure
    curves: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Grabbed:
    """Whether a choice that was upset is found again.

    Attributes:
        summary: how late each gate still recovers.
        errors: the error of the upset task, and its bits; the slider goes through moments of upsetting it.
        metrics: errors at the end, by moment.
    """

    summary: Annotated[str, Summary("top-k")]
    errors: Figure
    metrics: Metrics


class DSelectK(Method):
    """Lets every task choose its experts by dimmers that slowly turn into switches.

    Many tasks share a few experts, and each may use only k of them. Top-k gates decide at once and hardly look at whom
    they left out. DSelect-k writes the number of an expert in bits, begins with every bit at one half, so that
    everybody is tried a little, and lets gradient descent turn each bit up or down until it is on or off for good.
    """

    title = "DSelect-k"
    family = "efficiency"
    contract = 2
    paper = Paper(
        "DSelect-k: Differentiable Selection in the Mixture of Experts with Applications to Multi-Task Learning",
        (
            "Hussein Hazimeh", "Zhe Zhao", "Aakanksha Chowdhery", "Maheswaran Sathiamoorthy", "Yihua Chen",
            "Rahul Mazumder", "Lichan Hong", "Ed H. Chi",
        ),
        2021,
        "NeurIPS 2021",
        "https://arxiv.org/abs/2106.03760",
    )  # fmt: skip

    @action(
        by="actions",
        title="Watch them choose",
        examples={
            "Eight experts, two for each task": {"seed": 204},
            "Where noise is enough for top-k": {"seed": 202},
            "Six experts: two codes are left over": {"experts": 6, "seed": 204},
            "Nobody knows the experts yet": {"given": False, "rate": 0.03, "seed": 201},
        },
    )
    def watch(
        self,
        tasks: Annotated[int, Field(ge=2, le=32)] = 16,
        experts: Experts = 8,
        chosen: Chosen = 2,
        given: bool = True,
        entropy: Entropy = 0.01,
        gamma: Gamma = 1.0,
        rate: Rate = 0.01,
        steps: Steps = 800,
        noise: Annotated[Noise, Rare()] = 0.3,
        load: Annotated[Load, Rare()] = 0.0,
        centred: Annotated[bool, Rare()] = False,
        seed: Annotated[Seed, Rare()] = 204,
        progress: Progress = Progress(),
    ) -> Chose:
        """Train gates on tasks that come in four groups with experts of their own.

        Args:
            tasks: that share the experts.
            experts: to choose from.
            chosen: k, experts of each task; fewer than there are.
            given: whether the true experts are handed over; otherwise they are learned with the gates.
            entropy: weight of the selectors' entropy, which pushes bits to their ends.
            gamma: width of the smooth step; narrow ones harden sooner.
            rate: of Adam.
            steps: of training, with 128 rows each.
            noise: of noisy top-k at its start.
            load: weight of noisy top-k's terms for equal use of experts.
            centred: whether given experts have mean zero.
            seed: draws the world and all starts.
        """

    @action(
        by="actions",
        title="Grab a dimmer",
        examples={
            "Turned to the end of its way": {"push": 1.0},
            "Turned almost to the end": {"push": 0.9},
            "Sixteen experts, a dimmer more": {"push": 1.0, "experts": 16},
        },
    )
    def grab(
        self,
        push: Annotated[float, Field(ge=0.1, le=1.2)] = 1.0,
        experts: Experts = 8,
        chosen: Chosen = 2,
        entropy: Entropy = 0.01,
        gamma: Gamma = 1.0,
        rate: Rate = 0.01,
        steps: Steps = 800,
        noise: Annotated[Noise, Rare()] = 0.3,
        seed: Annotated[Seed, Rare()] = 202,
        progress: Progress = Progress(),
    ) -> Grabbed:
        """Turn one bit of one task the wrong way at some step of training, and see whether it finds back.

        Args:
            push: how far, 1 is the end of the dimmer, where its slope is zero; of others the best expert's logit falls
                as far below the lowest.
            experts: to choose from, given.
            chosen: k, experts of each task; fewer than there are.
            entropy: weight of the selectors' entropy.
            gamma: width of the smooth step.
            rate: of Adam.
            steps: of training.
            noise: of noisy top-k at its start.
            seed: draws the world and all starts.
        """

    @action(
        by="actions",
        title="Your own tasks",
        examples={
            "Eight vegetables of a garden": {"table": "garden.csv", "targets": GARDEN},
            "The same with six experts": {"table": "garden.csv", "targets": GARDEN, "experts": 6},
        },
    )
    def your_table(
        self,
        table: Table,
        targets: Annotated[list[str], ColumnOf("table")],
        experts: Experts = 8,
        chosen: Chosen = 2,
        entropy: Entropy = 0.1,
        rate: Rate = 0.01,
        steps: Steps = 800,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Chose:
        """Predict several columns of your own table with shared experts, and see who shares whom.

        Args:
            table: 100 rows or more of numbers.
            targets: two columns or more that are predicted, each a task; all others are inputs.
            experts: to learn.
            chosen: k, experts of each task; fewer than there are.
            entropy: weight of the selectors' entropy.
            rate: of Adam.
            steps: of training.
            seed: chooses the quarters of the rows that are held out, and draws all starts.
        """

    @cost("A hundred steps of DSelect-k with given experts", size="tasks", start=4)
    def training(self, size: int) -> Callable[[], object]:
        """Eight experts, two for each task."""
        from . import gates, model

        world = model.draw(model.Setting(tasks=size), 0)
        return lambda: list(model.train([world], [0], gates.DSelect(8, 2), 0.01, 100, [100]))
