"""First sand: what visitors see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from zoo.method import Method, Paper, Progress, action
from zoo.types import Figure, Metrics, Table


@dataclass(frozen=True)
class Shrunk:
    """What the numbers become.

    Attributes:
        figure: the numbers as they were measured, and what they are shrunk to.
        metrics: how many numbers there are, and how much of their differences is kept.
    """

    figure: Figure
    metrics: Metrics


class FirstSand(Method):
    """Shrinks noisy numbers towards their mean, which brings them closer to the truth.

    Whoever measures many things once each does better by moving every measurement a little towards the mean of all:
    what is lost in bias is less than what is won in variance. How far follows from the noise and from how much the
    measurements differ.
    """

    title = "First sand"
    family = "kernels"
    contract = 1
    paper = Paper(
        "Estimation with Quadratic Loss",
        ("Willard James", "Charles Stein"),
        1961,
        "Proceedings of the Fourth Berkeley Symposium on Mathematical Statistics and Probability",
        "https://projecteuclid.org/euclid.bsmsp/1200512173",
    )

    @action(title="Shrink numbers", examples=[{"table": "example.csv", "noise": 0.5}])
    def shrink(
        self,
        table: Table,
        noise: Annotated[float, Field(ge=0, le=1)] = 0.5,
        progress: Progress = Progress(),
    ) -> Shrunk:
        """Shrink numbers towards their mean.

        Args:
            table: its first column of numbers is taken.
            noise: standard deviation of the measurements' noise, as a share of that of the numbers.
        """
        from . import data, figures, model

        progress(0.1, "reading numbers")
        values = data.numbers(table)
        kept = model.share(values, noise * values.std())
        progress(0.6, "shrinking")
        estimate = model.shrunk(values, kept)
        rows = [
            ("numbers", len(values), ""),
            ("kept of their differences", kept, "share"),
            ("largest change", float(abs(estimate - values).max()), "in their unit"),
        ]
        progress(1.0, "done")
        return Shrunk(
            figure=figures.before_and_after(values, estimate),
            metrics=Metrics(rows),
        )
