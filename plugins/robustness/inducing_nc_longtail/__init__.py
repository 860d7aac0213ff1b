"""Neural collapse on a long tail: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import Figure, Metrics

Imbalance = Annotated[float, Field(ge=1, le=200)]
Pull = Annotated[float, Field(ge=0, le=0.1)]
Apart = Annotated[float, Field(ge=0, le=20)]


@dataclass(frozen=True)
class Watched:
    """Two trainings from their start, side by side.

    Attributes:
        summary: angles and accuracies at the end, beside cross-entropy alone.
        features: new points in the plane of the two features, with class means as arrows, what the classifier looks for
            dotted, and the nearest simplex in grey; left cross-entropy alone, right with both penalties.
        course: the smallest angle between class means and the rare class's accuracy, step by step.
        metrics: the same in numbers, and how far features have collapsed.
    """

    summary: Annotated[str, Summary("cross-entropy")]
    features: Figure
    course: Figure
    metrics: Metrics


@dataclass(frozen=True)
class Recognised:
    """Seven ways to learn from the same long tail of pictures.

    Attributes:
        summary: balanced accuracy of ours, of cross-entropy and of logit adjustment, and how far from a simplex.
        accuracy: new pictures recognised, of frequent, middle and rare classes.
        angles: cosines between all class means; where one colour fills the square it is a simplex.
        metrics: balanced accuracy and distance from the simplex of all seven.
    """

    summary: Annotated[str, Summary("cross-entropy")]
    accuracy: Figure
    angles: Figure
    metrics: Metrics


class NeuralCollapseTail(Method):
    """Spreads the class means of unequal classes evenly, as those of equal classes spread by themselves.

    Trained on equal classes, a network draws the features of each class to one point and these points as far apart
    as can be, to a simplex. On unequal classes the rare ones are pressed together. Two penalties put it right: one
    pulls features to the mean of their class, each class alike, the other turns each mean away from its nearest.
    """

    title = "Neural collapse on a long tail"
    family = "robustness"
    contract = 2
    paper = Paper(
        "Inducing Neural Collapse in Deep Long-tailed Learning",
        ("Xuantong Liu", "Jianfeng Zhang", "Tianyang Hu", "He Cao", "Yuan Yao", "Lujia Pan"),
        2023,
        "AISTATS 2023",
        "https://arxiv.org/abs/2302.12453",
    )

    @action(
        by="actions",
        title="Watch the means part",
        examples={
            "A hundred to one": {"imbalance": 100},
            "Equal classes: it comes by itself": {"imbalance": 1},
            "The turn alone does nothing": {"pull": 0},
            "Logits adjusted on both sides": {"adjust": 1.0},
        },
    )
    def watch(
        self,
        imbalance: Imbalance = 100,
        pull: Pull = 0.003,
        apart: Apart = 5,
        adjust: Annotated[float, Field(ge=0, le=2)] = 0,
        distance: Annotated[float, Field(ge=1, le=8), Rare()] = 4,
        steps: Annotated[int, Field(ge=50, le=2000), Rare()] = 400,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Watched:
        """Train a network with two features on three unequal clouds, with and without the penalties, all else alike.

        Args:
            imbalance: how many times more points the most frequent cloud has than the rarest.
            pull: weight of the penalty that pulls features to the mean of their class.
            apart: weight of the penalty that turns means away from their nearest.
            adjust: strength of logit adjustment, on both sides; 0 for none.
            distance: between the middles of the clouds, in standard deviations.
            steps: mini-batches of 128.
            seed: draws points, start and batches.
        """

    @action(
        by="actions",
        title="Clothes",
        examples={
            "Three hundred of one kind, three of another": {"imbalance": 100},
            "Ten to one": {"imbalance": 10, "seed": 1},
            "Too strong a pull": {"pull": 0.1, "apart": 0.5, "seed": 2},
        },
    )
    def clothes(
        self,
        imbalance: Imbalance = 100,
        most: Annotated[int, Field(ge=20, le=300)] = 300,
        pull: Pull = 0.003,
        apart: Apart = 1.5,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Recognised:
        """Learn ten kinds of clothes from a long tail of pictures, in seven ways.

        Args:
            imbalance: how many times more pictures the most frequent kind has than the rarest.
            most: pictures of the most frequent kind.
            pull: weight of the penalty that pulls features to the mean of their class.
            apart: weight of the penalty that turns means away from their nearest.
            seed: says which kinds are frequent, and draws pictures, start and batches.
        """

    @contestant("worst-group")
    def worst_group(self, seed: int, rare: float) -> Outcome:
        """Labels of what is asked, by a network whose classes are the four groups, a long tail of two."""
        from functools import partial

        from zoo.evidence.tasks.worst_group import tuned

        from . import contest

        return tuned(partial(contest.answers, seed=seed), contest.SETTINGS, seed, rare)

    @cost("A hundred steps with both penalties", size="pictures in a batch", start=64)
    def training(self, size: int) -> Callable[[], object]:
        """On the pictures of the second action."""
        from dataclasses import replace

        from . import data, model

        split = data.tail(*data.sheet(), 300, 100, 0)
        setting = replace(model.CONTESTANTS[model.OURS], steps=100, batch=size)
        return lambda: model.trained(*split.train, setting, 0)
