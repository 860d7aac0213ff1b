"""Level-set boosting: what visitors see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from zoo.method import Method, Outcome, Paper, Progress, Rare, Seed, Summary, action, contestant, cost
from zoo.types import ColumnOf, Figure, Metrics, Table

Weak = Literal["a straight line", "one question", "two questions"]
Levels = Annotated[int, Field(ge=5, le=100)]


@dataclass(frozen=True)
class Boosted:
    """A weak learner that is fitted again wherever it says the same.

    Attributes:
        summary: its error beside that of gradient boosting with the same learner.
        rounds: what it says of each group beside what is true, and errors, round after round.
        metrics: errors, calibration of groups and what is still to gain, for all rivals.
    """

    summary: Annotated[str, Summary("gradient boosting")]
    rounds: Figure
    metrics: Metrics


class LevelSetBoosting(Method):
    """Lets a weak expert be right for every group, by asking it again wherever it says the same.

    Take all rows for which the model says about the same, fit the weak learner to those alone, and believe it where
    that is better on rows held out. Round by round rows part and meet again. When no such set is left on which the
    learner could do better, predictions are right on average in every group that the learner can describe, and
    straight lines together have become a curve.
    """

    title = "Level-set boosting"
    family = "robustness"
    contract = 2
    paper = Paper(
        "Multicalibration as Boosting for Regression",
        ("Ira Globus-Harris", "Declan Harrison", "Michael Kearns", "Aaron Roth", "Jessica Sorrell"),
        2023,
        "ICML 2023",
        "https://arxiv.org/abs/2301.13767",
    )

    @action(
        by="actions",
        title="A drawn world",
        examples={
            "Straight lines": {"weak": "a straight line"},
            "Trees of one question": {"weak": "one question", "rows": 10000},
            "Trees of two, where boosting wins": {"weak": "two questions", "rows": 10000},
        },
    )
    def watch(
        self,
        weak: Weak = "a straight line",
        rows: Annotated[int, Field(ge=1000, le=50_000)] = 20_000,
        levels: Levels = 40,
        noise: Annotated[float, Field(ge=0, le=0.5)] = 0.1,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Boosted:
        """Boost a weak learner in a world with two groups, and watch each come to its diagonal.

        Args:
            weak: what is fitted again and again.
            rows: to learn from; half as many again decide, and as many report.
            levels: into how many the predictions are parted.
            noise: of the targets, as a share of their range.
            seed: draws the world.
        """

    @action(
        by="actions",
        title="Your own table",
        examples={
            "Minutes to work": {"table": "commutes.csv", "target": "minutes", "groups": ["bicycle", "rain"]},
            "The same, with trees": {"table": "commutes.csv", "target": "minutes", "weak": "one question"},
        },
    )
    def your_table(
        self,
        table: Table,
        target: Annotated[str, Field(max_length=200), ColumnOf("table")],
        groups: Annotated[list[str], ColumnOf("table")] = [],  # noqa: B006
        weak: Weak = "a straight line",
        levels: Levels = 20,
        seed: Annotated[Seed, Rare()] = 0,
        progress: Progress = Progress(),
    ) -> Boosted:
        """Predict a column of your own table, and see for which groups each model is right.

        Args:
            table: 200 rows or more; columns of numbers, and columns of two values, which may be words.
            target: the column of numbers to predict.
            groups: columns of two values each; the first three of those if empty.
            weak: what is fitted again and again.
            levels: into how many the predictions are parted; few rows need few.
            seed: chooses the fifth of the rows that decides and the fifth that reports.
        """

    @contestant("worst-group")
    def worst_group(self, seed: int, rare: float) -> Outcome:
        """Labels of what is asked, by level sets and the odds of the colour taken away."""
        from . import contest

        return Outcome(contest.answers(seed, rare))

    @cost("Boosting straight lines", size="rows", start=1000)
    def boosting(self, size: int) -> Callable[[], object]:
        """With 40 levels, in the drawn world."""
        from . import data, model

        split = data.world(size, 0)
        return lambda: model.boost(split.train, split.held, model.line)
